//! Options, lists, tuples, boxes and maps of records.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;

use super::Record;
use super::bind::Binder;
use super::file_tensor::FileTensor;
use super::item::Item;
use super::leaf::LeafRef;
use super::numbers::{Numbers, each_numbers};
use super::param_id::ParamId;
use super::plain::{number, unpack};
use super::schema::Schema;
use super::tree::{Container, Tree};
use crate::error::{Error, Result};
use crate::path::PathPart;
use crate::report::Difference;

impl<R: Record> Record for Option<R> {
    const NIL_SAYS_NOTHING: bool = R::NIL_SAYS_NOTHING;

    fn schema() -> Schema {
        Schema::Option(R::schema)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Option(self.as_ref().map(|record| Box::new(record.tree())))
    }

    fn into_item(self) -> Result<Item> {
        let absent = if R::NIL_SAYS_NOTHING { Item::Absent } else { Item::Nil };
        self.map_or(Ok(absent), |record| record.into_item().map(Item::some))
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        match item {
            Item::Nil if R::NIL_SAYS_NOTHING => {
                binder.differ(|path| Difference::UnknownPresence { path });
                None
            }
            Item::Nil | Item::Absent => Some(None),
            item => R::bind(item.inside(), binder).map(Some),
        }
    }
}

impl<R: Record> Record for Box<R> {
    const NEEDS_NOTHING: bool = R::NEEDS_NOTHING;
    const NIL_SAYS_NOTHING: bool = R::NIL_SAYS_NOTHING;

    fn schema() -> Schema {
        R::schema()
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        (**self).tree()
    }

    fn into_item(self) -> Result<Item> {
        (*self).into_item()
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        let record = R::bind(item, binder)?;
        binder.charge(size_of::<R>())?;
        Some(Self::new(record))
    }
}

/// A list, whatever form the file gave it, of a length that the type has.
fn of_length(item: Item, expected: usize, binder: &mut Binder<'_>) -> Option<Item> {
    let found = match &item {
        Item::Seq(items) => items.len(),
        Item::Numbers(numbers) => numbers.len(),
        item => return binder.wrong_form("a list", item),
    };
    if found != expected {
        binder.differ(|path| Difference::Length { path, expected, found });
        return None;
    }
    Some(item)
}

/// Binds each part of a list or a map. What is made is charged. After a difference none of it is kept, and the walk goes on for the other
/// differences; at a limit it ends.
fn bind_each<P, T>(
    parts: impl ExactSizeIterator<Item = P>,
    binder: &mut Binder<'_>,
    mut bind: impl FnMut(P, &mut Binder<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let count = parts.len();
    let mut made = Some(binder.room(count)?);
    for part in parts {
        if binder.is_over() {
            return None;
        }
        let one = bind(part, binder);
        let Some(list) = &mut made else { continue };
        match one {
            Some(one) => list.push(one),
            None => {
                made = None;
                binder.refund(count * size_of::<T>());
            }
        }
    }
    made
}

/// Binds each item at its index.
fn bind_items<R: Record>(items: impl ExactSizeIterator<Item = Item>, binder: &mut Binder<'_>) -> Option<Vec<R>> {
    bind_each(items.enumerate(), binder, |(i, item), binder| {
        binder.within(PathPart::Index(i), |binder| R::bind(item, binder))
    })
}

/// Binds a list of numbers. What it becomes is charged if that is of another width, since it is beside the list then.
fn bind_numbers<R: Record>(numbers: Numbers, binder: &mut Binder<'_>) -> Option<Vec<R>> {
    let (made, held) = (numbers.len().saturating_mul(size_of::<R>()), numbers.bytes());
    let beside = if made == held { 0 } else { made };
    binder.charge(beside)?;
    match R::list_from_numbers(numbers, binder) {
        Ok(records) => {
            binder.refund(if made == held { 0 } else { held });
            Some(records)
        }
        Err(numbers) => {
            binder.refund(beside);
            each_numbers!(numbers, list => bind_items(list.into_iter().map(number), binder))
        }
    }
}

impl<R: Record> Record for Vec<R> {
    fn schema() -> Schema {
        Schema::Vec(R::schema)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        match R::list_numbers(self) {
            Some(numbers) => Tree::Numbers(numbers),
            None => Tree::Seq(Container::Vec, self.iter().map(R::tree).collect()),
        }
    }

    fn into_item(self) -> Result<Item> {
        match R::list_numbers(&self) {
            Some(numbers) => Ok(Item::Numbers(numbers)),
            None => Ok(Item::Seq(self.into_iter().map(R::into_item).collect::<Result<_>>()?)),
        }
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        match item {
            Item::Numbers(numbers) => bind_numbers(numbers, binder),
            Item::Seq(items) => bind_items(items.into_iter(), binder),
            item => binder.wrong_form("a list", &item),
        }
    }
}

impl<R: Record, const N: usize> Record for [R; N] {
    fn schema() -> Schema {
        Schema::Array(R::schema, N)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Seq(Container::Array, self.iter().map(R::tree).collect())
    }

    fn into_item(self) -> Result<Item> {
        match R::list_numbers(&self) {
            Some(numbers) => Ok(Item::Numbers(numbers)),
            None => Ok(Item::Seq(self.into_iter().map(R::into_item).collect::<Result<_>>()?)),
        }
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        let bound = match of_length(item, N, binder)? {
            Item::Numbers(numbers) => bind_numbers(numbers, binder)?,
            Item::Seq(items) => bind_items(items.into_iter(), binder)?,
            item => return binder.wrong_form("a list", &item),
        };
        // An array lies in what it is an item of, and is charged with that.
        binder.refund(size_of::<Self>());
        bound.try_into().ok()
    }
}

macro_rules! tuples {
    ($(($count:literal $($name:ident $index:tt)+))+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($name: Record),+> Record for ($($name,)+) {
            fn schema() -> Schema {
                Schema::Tuple(alloc::vec![$($name::schema),+])
            }

            fn tree(&self) -> Tree<LeafRef<'_>> {
                Tree::Seq(Container::Tuple, alloc::vec![$(self.$index.tree()),+])
            }

            fn into_item(self) -> Result<Item> {
                Ok(Item::Seq(alloc::vec![$(self.$index.into_item()?),+]))
            }

            #[allow(non_snake_case, reason = "the type parameters name the items")]
            fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
                let mut items = match of_length(item, $count, binder)? {
                    Item::Seq(items) => items.into_iter(),
                    Item::Numbers(numbers) => unpack(&numbers).into_iter(),
                    item => return binder.wrong_form("a list", &item),
                };
                $(let $name = binder.within(PathPart::Index($index), |binder| {
                    $name::bind(items.next().unwrap_or_default(), binder)
                });)+
                Some(($($name?,)+))
            }
        }
    )+};
}

tuples! {
    (1 A 0)
    (2 A 0 B 1)
    (3 A 0 B 1 C 2)
    (4 A 0 B 1 C 2 D 3)
    (5 A 0 B 1 C 2 D 3 E 4)
    (6 A 0 B 1 C 2 D 3 E 4 F 5)
    (7 A 0 B 1 C 2 D 3 E 4 F 5 G 6)
    (8 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7)
    (9 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8)
    (10 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9)
    (11 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10)
    (12 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11)
}

/// A key of a map: text in a file.
pub trait MapKey: Ord + Sized {
    /// The key that a file spells so.
    ///
    /// # Errors
    /// A text that is none.
    fn from_text(text: String) -> Result<Self>;

    /// The key that a file of before Burn 0.15 spells so, where ids are any text.
    ///
    /// # Errors
    /// A text that is none.
    fn from_old_text(text: String) -> Result<Self> {
        Self::from_text(text)
    }

    /// As a file spells it.
    fn to_text(&self) -> String;
}

impl MapKey for String {
    fn from_text(text: String) -> Result<Self> {
        Ok(text)
    }

    fn to_text(&self) -> String {
        self.clone()
    }
}

/// What the states of an optimizer are known by.
impl MapKey for ParamId {
    fn from_text(text: String) -> Result<Self> {
        Self::parse(&text)
    }

    fn from_old_text(text: String) -> Result<Self> {
        Ok(Self::of_text(&text))
    }

    fn to_text(&self) -> String {
        alloc::format!("{self}")
    }
}

/// Binds the entries of a map, each at its key.
fn bind_entries<K: MapKey, R: Record>(item: Item, binder: &mut Binder<'_>) -> Option<Vec<(K, R)>> {
    let entries = match item {
        Item::Map(entries) if FileTensor::form_of(&entries).is_none() => entries,
        item => return binder.wrong_form("a map", &item),
    };
    let mut bound: Vec<(K, R)> = bind_each(entries.into_iter(), binder, |(text, item), binder| {
        binder.within(PathPart::Key(text.clone()), |binder| {
            let record = R::bind(item, binder);
            let key = if binder.has_text_ids() { K::from_old_text(text) } else { K::from_text(text) };
            match key {
                Ok(key) => record.map(|record| (key, record)),
                Err(error) => binder.fails(error),
            }
        })
    })?;
    // In place, as a set of the keys would be beside them.
    bound.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    if bound.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return binder.fails(Error::corrupt("two keys of a map are the same"));
    }
    Some(bound)
}

/// Binds a map that has room for `room` entries when it has so many as there are.
fn bind_map<K: MapKey, R: Record, M: FromIterator<(K, R)>>(
    item: Item,
    binder: &mut Binder<'_>,
    room: fn(usize) -> usize,
) -> Option<M> {
    let entries = bind_entries(item, binder)?;
    let list = size_of_val(entries.as_slice());
    binder.charge(room(entries.len()).saturating_mul(size_of::<(K, R)>()))?;
    let map = entries.into_iter().collect();
    binder.refund(list);
    Some(map)
}

/// The trees of a map's entries, sorted by their keys' text.
fn entry_trees<'a, K: MapKey + 'a, R: Record + 'a>(entries: impl Iterator<Item = (&'a K, &'a R)>) -> Tree<LeafRef<'a>> {
    let mut entries: Vec<_> = entries.map(|(key, record)| (key.to_text(), record.tree())).collect();
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    Tree::Map(entries)
}

/// The items of a map's entries, sorted by their keys' text.
fn entry_items<K: MapKey, R: Record>(entries: impl Iterator<Item = (K, R)>) -> Result<Item> {
    let entries = entries.map(|(key, record)| Ok((key.to_text(), record.into_item()?)));
    let mut entries = entries.collect::<Result<Vec<_>>>()?;
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(Item::Map(entries))
}

impl<K: MapKey, R: Record> Record for BTreeMap<K, R> {
    fn schema() -> Schema {
        Schema::Map(R::schema)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        entry_trees(self.iter())
    }

    fn into_item(self) -> Result<Item> {
        entry_items(self.into_iter())
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        /// Entries of a node, of which the last of each level can be all but empty.
        const NODE: usize = 11;
        bind_map(item, binder, |count| {
            let nodes = |count: usize| Some(count / (NODE + 1)).filter(|&nodes| nodes > 0);
            let levels = core::iter::successors(Some(count).filter(|&count| count > 0), |&count| nodes(count)).count();
            count + levels * NODE
        })
    }
}

#[cfg(feature = "std")]
impl<K, R, S> Record for std::collections::HashMap<K, R, S>
where
    K: MapKey + core::hash::Hash,
    R: Record,
    S: std::hash::BuildHasher + Default,
{
    fn schema() -> Schema {
        Schema::Map(R::schema)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        entry_trees(self.iter())
    }

    fn into_item(self) -> Result<Item> {
        entry_items(self.into_iter())
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        // Its table is at most seven eighths full, and as long as a power of two.
        bind_map(item, binder, |count| match count {
            0 => 0,
            1..4 => 4,
            4..8 => 8,
            _ => (count.saturating_mul(8) / 7).next_power_of_two(),
        })
    }
}

impl<T: ?Sized> Record for PhantomData<T> {
    const NEEDS_NOTHING: bool = true;

    fn schema() -> Schema {
        Schema::Nil
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Skipped
    }

    fn into_item(self) -> Result<Item> {
        Ok(Item::Nil)
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        // Serde writes `PhantomData` as a unit struct, which MessagePack shows as an empty list.
        if !item.is_nothing() {
            binder.unexpected(|_| None);
        }
        Some(Self)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use core::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::device::Device;
    use crate::error::ErrorKind;
    use crate::limits::{Budget, Limits};
    use crate::record::{Allowed, Loaded};

    #[test]
    fn the_keys_of_states_are_any_text_where_ids_are() {
        let bind = |text_ids| {
            let item = Item::Map([("the first".into(), Item::Numbers(Numbers::U8([7].into())))].into());
            let loaded = Loaded { item, text_ids, ..Loaded::default() };
            loaded.bind::<BTreeMap<ParamId, Vec<u8>>>(Device::default(), &Allowed::default())
        };
        let (states, _) = bind(true).unwrap();
        assert_eq!(states.into_iter().collect::<Vec<_>>(), [(ParamId::of_text("the first"), [7].into())]);
        let error = bind(false).unwrap_err().to_string();
        assert!(error.contains("is not the id of a parameter"), "{error}");
    }

    /// Comes to a limit when it is bound, and counts how often it is.
    struct Endless;

    static BOUND: AtomicUsize = AtomicUsize::new(0);

    impl Record for Endless {
        fn schema() -> Schema {
            Schema::Nil
        }

        fn tree(&self) -> Tree<LeafRef<'_>> {
            Tree::Skipped
        }

        fn into_item(self) -> Result<Item> {
            Ok(Item::Nil)
        }

        fn bind(_item: Item, binder: &mut Binder<'_>) -> Option<Self> {
            BOUND.fetch_add(1, Ordering::Relaxed);
            binder.charge(usize::MAX).map(|()| Self)
        }
    }

    #[test]
    fn a_walk_ends_at_a_limit() {
        let budget = Some(Budget::new(Limits::default(), 0));
        let lists = vec![Item::Seq(vec![Item::Nil; 3]); 3];
        let loaded = Loaded { item: Item::Map(vec![("a".into(), Item::Seq(lists))]), budget, ..Loaded::default() };
        let error = loaded.bind::<BTreeMap<String, Vec<Vec<Endless>>>>(Device::default(), &Allowed::default());
        assert!(matches!(error.err().unwrap().kind(), ErrorKind::Limit { setting: "record_grace_bytes", .. }));
        assert_eq!(BOUND.load(Ordering::Relaxed), 1);
    }
}
