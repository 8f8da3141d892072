//! What a trailer says of places in a record, put into the record's item: constants and options that are there into their slots, which are
//! nil in Burn's layout, and ties to their parameters.
//!
//! It is done before the item meets a type, so that it is done by the file's own names: a field that has another name since, or that is
//! gone, takes its constants along.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::Cell;
use core::cmp::Ordering;

use super::trailer::Stored;
use crate::error::{Error, Result};
use crate::limits::{Budget, put};
use crate::record::{FileTensor, Item, MatrixLayout};

/// Levels of constants beneath a slot, and of options in each other. Types are not nested so deep without state.
const DEPTH: usize = 128;

/// What a trailer says of places.
#[derive(Default)]
pub(super) struct Said {
    pub(super) constants: Vec<(String, Stored)>,
    pub(super) present: Vec<String>,
    pub(super) columns: Vec<String>,
    pub(super) unsaid: Vec<String>,
    pub(super) ties: Vec<Vec<String>>,
}

impl Said {
    /// What the table of tensors takes.
    fn table(&self) -> u64 {
        self.of_tensors().saturating_mul(size_of::<OfTensor>()) as u64
    }

    /// How much is said of tensors.
    fn of_tensors(&self) -> usize {
        self.columns.len() + self.unsaid.len() + self.ties.iter().map(Vec::len).sum::<usize>()
    }

    fn is_nothing(&self) -> bool {
        self.constants.is_empty() && self.present.is_empty() && self.of_tensors() == 0
    }
}

/// Something that is said of the tensor at a path.
struct OfTensor {
    path: String,
    says: Says,
    /// Whether a tensor was there.
    taken: Cell<bool>,
}

#[derive(Clone, Copy)]
enum Says {
    Columns,
    Unsaid,
    Tie(u64),
}

impl OfTensor {
    fn new(path: String, says: Says) -> Self {
        Self { path, says, taken: Cell::new(false) }
    }

    /// The tensor of which this is said.
    fn of(&self, tensor: FileTensor) -> Result<FileTensor> {
        self.taken.set(true);
        Ok(match self.says {
            Says::Columns => FileTensor { layout: MatrixLayout::Columns, ..tensor.transposed()? },
            Says::Unsaid => FileTensor { layout: MatrixLayout::Unsaid, ..tensor },
            Says::Tie(tie) => FileTensor { tie: Some(tie), ..tensor },
        })
    }

    fn same_is_said(&self, other: &Self) -> bool {
        self.path == other.path && core::mem::discriminant(&self.says) == core::mem::discriminant(&other.says)
    }

    /// The error that nothing is there.
    fn left(&self) -> Error {
        let (what, place) = match self.says {
            Says::Columns => ("columns of", "matrix"),
            Says::Unsaid => ("the layout of", "matrix"),
            Says::Tie(_) => ("a tie of", "parameter"),
        };
        left(what, &self.path, place)
    }
}

/// The item with what is said of its places. What becomes of it in memory is charged, and that which is gone afterwards given back.
pub(super) fn place(item: Item, said: Said, budget: &Budget) -> Result<Item> {
    if said.is_nothing() {
        return Ok(item);
    }
    let table = said.table();
    budget.charge_held(table)?;
    let item = by_tables(item, said, budget)?;
    budget.refund_held(table);
    Ok(item)
}

fn by_tables(mut item: Item, said: Said, budget: &Budget) -> Result<Item> {
    let mut tensors = Vec::with_capacity(said.of_tensors());
    let Said { mut constants, mut present, columns, unsaid, ties } = said;
    tensors.extend(columns.into_iter().map(|path| OfTensor::new(path, Says::Columns)));
    tensors.extend(unsaid.into_iter().map(|path| OfTensor::new(path, Says::Unsaid)));
    for (tie, paths) in (0..).zip(ties) {
        tensors.extend(paths.into_iter().map(|path| OfTensor::new(path, Says::Tie(tie))));
    }
    // What is said of one path stands in the order from above.
    tensors.sort_by(|a, b| by_parts(&a.path, &b.path));
    constants.sort_unstable_by(|(a, _), (b, _)| by_parts(a, b));
    present.sort_unstable_by(|a, b| by_parts(a, b));
    if constants.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b)) {
        return Err(Error::corrupt("two constants have one path"));
    }
    if tensors.windows(2).any(|pair| matches!(pair, [a, b] if a.same_is_said(b))) {
        return Err(Error::corrupt("two tensors of which the same is said have one path"));
    }
    let mut places = Places {
        constants: &constants,
        present: &present,
        tensors: &tensors,
        path: String::new(),
        beneath: 0,
        slots: Vec::new(),
        budget,
    };
    places.walk(&mut item)?;
    let Places { mut slots, .. } = places;
    slots.sort_unstable_by(|a, b| by_parts(&a.path, &b.path));
    fill(&mut slots, constants, budget)?;
    mark(&mut slots, &present, budget)?;
    let names: usize = slots.iter().map(|slot| slot.path.len()).sum();
    budget.refund_held((slots.capacity() * size_of::<Slot<'_>>() + names) as u64);
    drop(slots);
    match tensors.iter().find(|said| !said.taken.get()) {
        Some(said) => Err(said.left()),
        None => Ok(item),
    }
}

fn left(kind: &str, path: &str, place: &str) -> Error {
    Error::corrupt(format!("{kind} `{path}`, where the record has no {place}"))
}

/// The order of paths by their parts: all that go on from one stand right behind it.
fn by_parts(a: &str, b: &str) -> Ordering {
    let key = |byte: u8| (byte != b'.', byte);
    a.bytes().map(key).cmp(b.bytes().map(key))
}

/// Whether a path is this one, or goes on from it.
fn leads_to(path: &str, further: &str) -> bool {
    further.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Of sorted things with paths, those whose path beyond its first `start` bytes is `name`, or goes on from it. What is shorter comes first.
fn beneath<'a, T>(list: &'a [T], path: fn(&T) -> &str, start: usize, name: &str) -> &'a [T] {
    let before = list.partition_point(|thing| path(thing).get(start..).is_none_or(|rest| by_parts(rest, name).is_lt()));
    let list = &list[before..];
    &list[..list.partition_point(|thing| path(thing).get(start..).is_some_and(|rest| leads_to(name, rest)))]
}

/// A place that Burn's layout has nothing in: for a constant, or for a stateless type with all of its own. Its path is not always its own
/// alone, and another's can go on from it, since keys of maps may have dots.
struct Slot<'i> {
    path: String,
    /// Where that which is beneath it begins in a path: at the first byte if it is the root.
    beneath: usize,
    item: &'i mut Item,
    /// The slot before it whose path its own goes on from.
    outer: Option<usize>,
}

impl Slot<'_> {
    /// Whether a path is this one's, or goes on from it.
    fn leads_to(&self, path: &str) -> bool {
        self.beneath == 0 || leads_to(&self.path, path)
    }
}

/// Finds the places of which something is said. What is said of tensors is done there. Of each list there is that which the path of the item leads
/// to, so that no more than a name of each is looked at for each item.
struct Places<'a, 'i> {
    constants: &'a [(String, Stored)],
    /// The options that are there.
    present: &'a [String],
    tensors: &'a [OfTensor],
    path: String,
    /// As a [`Slot`] has it.
    beneath: usize,
    slots: Vec<Slot<'i>>,
    budget: &'a Budget,
}

impl<'i> Places<'_, 'i> {
    fn walk(&mut self, item: &'i mut Item) -> Result<()> {
        if self.constants.is_empty() && self.present.is_empty() && self.tensors.is_empty() {
            return Ok(());
        }
        if matches!(item, Item::Tensor(_) | Item::Map(_)) && self.said_here().next().is_some() {
            let here = |error: Error| error.in_tensor(&self.path);
            match FileTensor::recognise(core::mem::take(item), false).map_err(here)? {
                Ok(tensor) => {
                    let tensor = self.said_here().try_fold(tensor, |tensor, said| said.of(tensor));
                    *item = tensor.map_err(here)?.into();
                    return Ok(());
                }
                Err(other) => *item = other,
            }
        }
        match item {
            Item::Nil | Item::Some(_) => self.slot(item),
            Item::Map(entries) => {
                entries.iter_mut().try_for_each(|(name, item)| self.within(name, |own| own.walk(item)))
            }
            Item::Seq(items) => {
                let mut items = items.iter_mut().enumerate();
                items.try_for_each(|(i, item)| self.within(&i.to_string(), |own| own.walk(item)))
            }
            _ => Ok(()),
        }
    }

    /// What is said of a tensor at this path, if none took it. All that is in the list goes on from the path, the shortest first.
    fn said_here(&self) -> impl Iterator<Item = &OfTensor> {
        self.tensors.iter().take_while(|said| said.path.len() == self.path.len() && !said.taken.get())
    }

    fn slot(&mut self, item: &'i mut Item) -> Result<()> {
        let is_there = self.present.first().is_some_and(|said| said.len() == self.path.len());
        if is_there || !self.constants.is_empty() {
            // Bincode says itself that an option is there, where Burn's layout has one.
            *item = Item::Nil;
            self.budget.charge_held(self.path.len() as u64)?;
            let slot = Slot { path: self.path.clone(), beneath: self.beneath, item, outer: None };
            put(&mut self.slots, slot, self.budget)?;
        }
        Ok(())
    }

    fn within<T>(&mut self, name: &str, place: impl FnOnce(&mut Self) -> T) -> T {
        let Self { constants, present, tensors, beneath: start, .. } = *self;
        let len = self.path.len();
        self.constants = beneath(constants, |(path, _)| path, start, name);
        self.present = beneath(present, |path| path, start, name);
        self.tensors = beneath(tensors, |said| &said.path, start, name);
        if start > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        self.beneath = self.path.len() + 1;
        let placed = place(self);
        self.path.truncate(len);
        (self.constants, self.present, self.tensors, self.beneath) = (constants, present, tensors, start);
        placed
    }
}

/// Puts each constant into the slot whose path is the longest of those that lead to it. Both are sorted by their parts.
fn fill(slots: &mut [Slot<'_>], constants: Vec<(String, Stored)>, budget: &Budget) -> Result<()> {
    let (mut next, mut inner) = (0, None);
    for (path, value) in constants {
        while let Some(slot) = slots.get(next).filter(|slot| by_parts(&slot.path, &path).is_le()) {
            let outer = leading(slots, inner, &slot.path);
            slots[next].outer = outer;
            inner = Some(next);
            next += 1;
        }
        inner = leading(slots, inner, &path);
        let Some(place) = inner else { return Err(left("a constant for", &path, "slot")) };
        let slot = &slots[place];
        if slot.outer.is_some_and(|outer| slots[outer].path == slot.path) {
            return several("a constant for", &path);
        }
        let names = if path == slot.path { None } else { path.get(slot.beneath..) }.map(|names| names.split('.'));
        // Items are dropped by recursion.
        if names.clone().is_some_and(|names| names.count() > DEPTH) {
            return Err(left("a constant for", &path, "slot"));
        }
        let item = &mut *slots[place].item;
        *names.into_iter().flatten().try_fold(item, |item, name| field(item, name, budget))? = value.into_item();
    }
    Ok(())
}

/// The last slot from `inner` outwards that leads to a path.
fn leading(slots: &[Slot<'_>], mut inner: Option<usize>, path: &str) -> Option<usize> {
    while let Some(slot) = inner.map(|place| &slots[place]).filter(|slot| !slot.leads_to(path)) {
        inner = slot.outer;
    }
    inner
}

/// Marks the options that are there, as often as they are in each other. Both are sorted by their parts.
fn mark(slots: &mut [Slot<'_>], present: &[String], budget: &Budget) -> Result<()> {
    for said in present.chunk_by(|a, b| a == b) {
        let path = &said[0];
        let place = slots.partition_point(|slot| by_parts(&slot.path, path).is_lt());
        let (slot, others) = match slots.get_mut(place..).and_then(|from| from.split_first_mut()) {
            Some((slot, others)) if slot.path == *path && said.len() <= DEPTH => (slot, others),
            _ => return Err(left("an option at", path, "slot")),
        };
        if others.first().is_some_and(|other| other.path == *path) {
            return several("an option at", path);
        }
        budget.charge_held((said.len() * size_of::<Item>()) as u64)?;
        let item = core::mem::take(slot.item);
        *slot.item = (0..said.len()).fold(item, |item, _| item.some());
    }
    Ok(())
}

fn several<T>(kind: &str, path: &str) -> Result<T> {
    Err(Error::corrupt(format!("{kind} `{path}`, where the record has several slots")))
}

/// The item under a name, which is the last one or a new one. What is no map becomes one: the name of a variant, which stands there as a constant, comes before what is in
/// the variant, and that says it too.
fn field<'a>(item: &'a mut Item, name: &str, budget: &Budget) -> Result<&'a mut Item> {
    if !matches!(item, Item::Map(_)) {
        *item = Item::Map(Vec::new());
    }
    let Item::Map(entries) = item else { unreachable!("it was just made one") };
    if entries.last().is_none_or(|(known, _)| known != name) {
        budget.charge_held(name.len() as u64)?;
        put(entries, (name.to_string(), Item::Nil), budget)?;
    }
    let last = entries.len() - 1;
    Ok(&mut entries[last].1)
}

#[cfg(test)]
mod tests;
