//! What a trailer says of places in a record, put into the record's item: constants and options that are there into their slots, which are
//! nil in Burn's layout, and ties to their parameters.
//!
//! It is done before the item meets a type, so that it is done by the file's own names: a field that has another name since, or that is
//! gone, takes its constants along.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::decode::put;
use crate::error::{Error, Result};
use crate::limits::Budget;
use crate::record::{FileTensor, Item};
use crate::value::Value;

/// Levels of constants beneath a slot, and of options in each other. Types are not nested so deep without state.
const DEPTH: usize = 128;

/// What a trailer says of places.
#[derive(Default)]
pub(super) struct Said {
    pub(super) constants: Vec<(String, Value)>,
    pub(super) present: Vec<String>,
    pub(super) columns: Vec<String>,
    pub(super) ties: Vec<Vec<String>>,
}

impl Said {
    /// What the tables by path take, at most. The nodes of a `BTreeMap` are full if it was collected, which takes its list and sorts it; one
    /// that was made entry by entry has nodes that are at least half full.
    fn tables(&self) -> u64 {
        let tied: usize = self.ties.iter().map(Vec::len).sum();
        let collected = self.constants.len().saturating_mul(size_of::<(String, Value)>())
            + self.columns.len().saturating_mul(size_of::<String>());
        let made = (self.present.len() + tied).saturating_mul(size_of::<(String, u64)>());
        collected as u64 * 5 / 4 + made as u64 * 5 / 2
    }
}

/// The item with what is said of its places. What becomes of it in memory is charged, and that which is gone afterwards given back.
pub(super) fn place(item: Item, said: Said, budget: &Budget) -> Result<Item> {
    let tables = said.tables();
    if tables == 0 {
        return Ok(item);
    }
    budget.charge_held(tables)?;
    let item = by_tables(item, said, budget)?;
    budget.refund_held(tables);
    Ok(item)
}

fn by_tables(item: Item, said: Said, budget: &Budget) -> Result<Item> {
    let Said { constants, present, columns, ties } = said;
    let (constants_said, columns_said) = (constants.len(), columns.len());
    let constants: BTreeMap<String, Value> = constants.into_iter().collect();
    if constants.len() < constants_said {
        return Err(Error::corrupt("two constants have one path"));
    }
    let columns: BTreeSet<String> = columns.into_iter().collect();
    // One by one: the list of them all that they would be collected from is none that is there.
    let mut tied = BTreeMap::new();
    let mut pairs = (0..).zip(ties).flat_map(|(tie, paths)| paths.into_iter().map(move |path| (path, tie)));
    if columns.len() < columns_said || !pairs.all(|(path, tie)| tied.insert(path, tie).is_none()) {
        return Err(Error::corrupt("two tensors of which the same is said have one path"));
    }
    let mut marks = BTreeMap::new();
    for path in present {
        *marks.entry(path).or_insert(0) += 1;
    }
    let mut places = Places { constants, present: marks, columns, ties: tied, path: String::new(), budget };
    let item = places.item(item)?;
    let left = |kind: &str, path: &str, place: &str| {
        Err(Error::corrupt(format!("{kind} `{path}`, where the record has no {place}")))
    };
    if let Some(path) = places.constants.keys().next() {
        left("a constant for", path, "slot")
    } else if let Some(path) = places.present.keys().next() {
        left("an option at", path, "slot")
    } else if let Some(path) = places.columns.first() {
        left("columns of", path, "matrix")
    } else if let Some(path) = places.ties.keys().next() {
        left("a tie of", path, "parameter")
    } else {
        Ok(item)
    }
}

/// What has no place yet, and the path of the item that is looked at.
struct Places<'a> {
    constants: BTreeMap<String, Value>,
    /// How many options in each other are there.
    present: BTreeMap<String, usize>,
    columns: BTreeSet<String>,
    ties: BTreeMap<String, u64>,
    path: String,
    budget: &'a Budget,
}

impl Places<'_> {
    fn item(&mut self, item: Item) -> Result<Item> {
        match item {
            // Bincode says itself that an option is there, where Burn's layout has one.
            Item::Nil | Item::Some(_) => self.nil(),
            Item::Tensor(_) | Item::Map(_)
                if self.ties.contains_key(&self.path) || self.columns.contains(&self.path) =>
            {
                match FileTensor::recognise(item)? {
                    Ok(tensor) => {
                        let tensor = if self.columns.remove(&self.path) { tensor.transposed()? } else { tensor };
                        Ok(Item::Tensor(FileTensor { tie: self.ties.remove(&self.path), ..tensor }))
                    }
                    Err(item) => Ok(item),
                }
            }
            Item::Map(entries) => {
                let placed = entries.into_iter().map(|(name, item)| {
                    let item = self.within(&name, |own| own.item(item))?;
                    Ok((name, item))
                });
                placed.collect::<Result<_>>().map(Item::Map)
            }
            Item::Seq(items) => {
                let items = (0u64..).zip(items);
                let placed = items.map(|(i, item)| self.within(&i.to_string(), |own| own.item(item)));
                placed.collect::<Result<_>>().map(Item::Seq)
            }
            item => Ok(item),
        }
    }

    /// What is in a slot that Burn's layout has nothing in: a constant, or a stateless type with all of its own.
    fn nil(&mut self) -> Result<Item> {
        let own = self.constants.remove(&self.path);
        let prefix = if self.path.is_empty() { String::new() } else { format!("{}.", self.path) };
        let beneath = self.constants.range(prefix.clone()..);
        let beneath = beneath.map(|(path, _)| path).take_while(|path| path.starts_with(&prefix));
        let (count, bytes) = beneath.clone().fold((0, 0), |(count, bytes), path| (count + 1, bytes + path.len()));
        let held = (count * size_of::<String>() + bytes) as u64;
        self.budget.charge_held(held)?;
        let mut list = Vec::with_capacity(count);
        list.extend(beneath.cloned());
        // By their parts, so that what goes under one name follows each other.
        list.sort_unstable_by(|a, b| a.split('.').cmp(b.split('.')));
        let mut item = own.map_or(Item::Nil, Item::Value);
        for path in list {
            let mut names = path.get(prefix.len()..).unwrap_or_default().split('.');
            // What is too deep is left, and is then an error: items are dropped by recursion.
            if names.clone().count() <= DEPTH
                && let Some(value) = self.constants.remove(&path)
            {
                *names.try_fold(&mut item, |item, name| field(item, name, self.budget))? = Item::Value(value);
            }
        }
        self.budget.refund_held(held);
        match self.present.get(&self.path) {
            Some(&options) if options <= DEPTH => {
                self.present.remove(&self.path);
                self.budget.charge_held((options * size_of::<Item>()) as u64)?;
                Ok((0..options).fold(item, |item, _| item.some()))
            }
            _ => Ok(item),
        }
    }

    fn within<T>(&mut self, name: &str, place: impl FnOnce(&mut Self) -> T) -> T {
        let len = self.path.len();
        if len > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        let placed = place(self);
        self.path.truncate(len);
        placed
    }
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
mod tests {
    use alloc::vec;

    use super::*;
    use crate::limits::Limits;

    fn place(item: Item, said: Said) -> Result<Item> {
        super::place(item, said, &Budget::new(Limits::default(), 0))
    }

    fn map(entries: Vec<(&str, Item)>) -> Item {
        Item::Map(entries.into_iter().map(|(name, item)| (name.to_string(), item)).collect())
    }

    fn constants(list: &[(&str, i64)]) -> Said {
        let constants = list.iter().map(|(path, n)| ((*path).to_string(), Value::Int(*n))).collect();
        Said { constants, ..Said::default() }
    }

    #[test]
    fn constants_go_into_their_slots_at_any_depth() {
        let item = map(vec![("a", Item::Nil), ("b", Item::Seq(vec![Item::Nil, map(vec![("c", Item::Nil)])]))]);
        let placed = place(item, constants(&[("a", 1), ("b.0", 2), ("b.1.c", 3)])).unwrap();
        let expected = r#"Map([("a", Value(Int(1))), ("b", Seq([Value(Int(2)), Map([("c", Value(Int(3)))])]))])"#;
        assert_eq!(format!("{placed:?}"), expected);
    }

    #[test]
    fn a_stateless_slot_takes_all_constants_beneath_it_and_no_others() {
        let item = map(vec![("act", Item::Nil), ("act2", Item::Nil)]);
        let mut said = constants(&[("act.Leaky.slope", 1), ("act.Leaky.in.n", 2), ("act2", 3)]);
        said.constants.push(("act".into(), Value::Str("Leaky".into())));
        let placed = place(item, said).unwrap();
        let inner = r#"Map([("in", Map([("n", Value(Int(2)))])), ("slope", Value(Int(1)))])"#;
        assert_eq!(
            format!("{placed:?}"),
            format!(r#"Map([("act", Map([("Leaky", {inner})])), ("act2", Value(Int(3)))])"#)
        );
    }

    #[test]
    fn names_that_sort_otherwise_as_text_than_by_their_parts_stay_together() {
        let said = constants(&[("a.b.x", 1), ("a.b-c", 2), ("a.b.y", 3), ("a.b-", 4)]);
        let placed = place(map(vec![("a", Item::Nil)]), said).unwrap();
        let b = r#"Map([("x", Value(Int(1))), ("y", Value(Int(3)))])"#;
        let expected = format!(r#"Map([("a", Map([("b", {b}), ("b-", Value(Int(4))), ("b-c", Value(Int(2)))]))])"#);
        assert_eq!(format!("{placed:?}"), expected);
    }

    #[test]
    fn an_option_that_is_there_is_told_from_one_that_is_not_at_each_level() {
        let item = map(vec![("a", Item::Nil), ("b", Item::Nil), ("c", Item::Seq(vec![Item::Nil, Item::Nil]))]);
        let present = ["b", "b", "c.1"].map(String::from).to_vec();
        let placed = place(item, Said { present, ..Said::default() }).unwrap();
        let expected = r#"Map([("a", Nil), ("b", Some(Some(Nil))), ("c", Seq([Nil, Some(Nil)]))])"#;
        assert_eq!(format!("{placed:?}"), expected);
        let deep = vec!["a".to_string(); 1 << 20];
        assert!(place(map(vec![("a", Item::Nil)]), Said { present: deep, ..Said::default() }).is_err());
    }

    #[test]
    fn what_has_no_place_is_an_error_and_not_dropped() {
        let item = || map(vec![("a", Item::Value(Value::Int(7)))]);
        for path in ["a", "b", ""] {
            assert!(place(item(), constants(&[(path, 1)])).is_err(), "{path}");
            let path = vec![path.to_string()];
            assert!(place(item(), Said { present: path.clone(), ..Said::default() }).is_err(), "{path:?}");
            assert!(place(item(), Said { columns: path.clone(), ..Said::default() }).is_err(), "{path:?}");
            assert!(place(item(), Said { ties: vec![path.clone()], ..Said::default() }).is_err(), "{path:?}");
        }
        let deep = vec!["a"; 1 << 20].join(".");
        assert!(place(map(vec![("a", Item::Nil)]), constants(&[(&deep, 1)])).is_err());
        assert!(place(map(vec![("a", Item::Nil)]), constants(&[("a", 1), ("a", 2)])).is_err());
        let twice = || vec!["a".to_string(); 2];
        for said in [
            Said { columns: twice(), ..Said::default() },
            Said { ties: vec![twice()], ..Said::default() },
            Said { ties: twice().into_iter().map(|path| vec![path]).collect(), ..Said::default() },
        ] {
            let error = place(map(vec![("a", Item::Nil)]), said).unwrap_err().to_string();
            assert!(error.contains("one path"), "{error}");
        }
    }
}
