//! Which values are the same.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::{Value, ser};

/// Equality is of bits for floats, and of maps in any order: that of a `HashMap` is another each time.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        compare(self, other).is_eq()
    }
}

/// An order of all values, in which only the same ones are equal: what the entries of maps are sorted by.
fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::UInt(a), Value::UInt(b)) => a.cmp(b),
        (Value::Float(a), Value::Float(b)) => a.to_bits().cmp(&b.to_bits()),
        (Value::Str(a), Value::Str(b)) => a.cmp(b),
        (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
        (Value::List(a), Value::List(b)) => compare_lists(a.iter(), b.iter(), compare),
        (Value::Map(a), Value::Map(b)) => compare_sorted(a, b, compare_entries),
        (Value::Object { class: c, fields: a }, Value::Object { class: d, fields: b }) => {
            c.cmp(d).then_with(|| match (pairs(c, a), pairs(d, b)) {
                (Some(a), Some(b)) => compare_sorted(a, b, compare),
                _ => compare_lists(a.iter(), b.iter(), compare_entries),
            })
        }
        (Value::Tensor(a), Value::Tensor(b)) => a.cmp(b),
        _ => variant(one).cmp(&variant(other)),
    }
}

fn variant(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Int(_) => 2,
        Value::UInt(_) => 3,
        Value::Float(_) => 4,
        Value::Str(_) => 5,
        Value::Bytes(_) => 6,
        Value::List(_) => 7,
        Value::Map(_) => 8,
        Value::Object { .. } => 9,
        Value::Tensor(_) => 10,
    }
}

/// The entries of a map whose keys are no texts.
fn pairs<'v>(class: &str, fields: &'v [(String, Value)]) -> Option<&'v [Value]> {
    match fields {
        [(_, Value::List(pairs))] if class == ser::PAIRS => Some(pairs),
        _ => None,
    }
}

fn compare_entries((name, one): &(String, Value), (other_name, other): &(String, Value)) -> Ordering {
    name.cmp(other_name).then_with(|| compare(one, other))
}

/// Compares the first elements that differ, or the lengths.
fn compare_lists<T>(
    one: impl ExactSizeIterator<Item = T>,
    other: impl ExactSizeIterator<Item = T>,
    compare: impl Fn(T, T) -> Ordering,
) -> Ordering {
    let lengths = one.len().cmp(&other.len());
    one.zip(other).map(|(a, b)| compare(a, b)).find(|order| order.is_ne()).unwrap_or(lengths)
}

/// Compares two lists when each is sorted.
fn compare_sorted<'v, T>(one: &'v [T], other: &'v [T], compare: fn(&T, &T) -> Ordering) -> Ordering {
    let sorted = |list: &'v [T]| {
        let mut list: Vec<&T> = list.iter().collect();
        list.sort_unstable_by(|a, b| compare(a, b));
        list
    };
    // What differs in length needs no sorting.
    let lengths = one.len().cmp(&other.len());
    lengths.then_with(|| compare_lists(sorted(one).into_iter(), sorted(other).into_iter(), compare))
}
