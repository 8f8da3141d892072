//! Values as messages show them.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use core::fmt;

use super::{Value, ser};
use crate::error::shortened;

/// Two values that differ, as a message shows them: where they differ first, which is said at the first of them, and what is there.
pub(crate) fn difference(one: &Value, other: &Value) -> (String, String) {
    let mut place = String::new();
    let (one, other) = innermost(one, other, &mut place);
    let at = if place.is_empty() { String::new() } else { alloc::format!(" at `{place}`") };
    (short(one) + &at, short(other))
}

/// A value as a message shows it, cut where a message would cut it: it may have millions of parts.
fn short(value: &Value) -> String {
    const LONGEST: usize = 200;
    shortened(Shown(value), LONGEST)
}

/// Goes where both have the same parts, and one part differs.
fn innermost<'v>(one: &'v Value, other: &'v Value, place: &mut String) -> (&'v Value, &'v Value) {
    let Some((part, a, b)) = first_difference(one, other) else { return (one, other) };
    if !place.is_empty() {
        place.push('.');
    }
    place.push_str(&part);
    innermost(a, b, place)
}

/// The first part that differs, if both have the same parts.
fn first_difference<'v>(one: &'v Value, other: &'v Value) -> Option<(String, &'v Value, &'v Value)> {
    match (one, other) {
        (Value::List(a), Value::List(b)) if a.len() == b.len() => {
            let (i, (a, b)) = a.iter().zip(b).enumerate().find(|(_, (a, b))| a != b)?;
            Some((i.to_string(), a, b))
        }
        (Value::Map(a), Value::Map(b)) if a.len() == b.len() => {
            // Both can be long, and in any order.
            let b: BTreeMap<&str, &Value> = b.iter().map(|(key, value)| (key.as_str(), value)).collect();
            if !a.iter().all(|(key, _)| b.contains_key(key.as_str())) {
                return None;
            }
            a.iter().find_map(|(key, a)| Some((key.clone(), a, *b.get(key.as_str())?)).filter(|(_, a, b)| a != b))
        }
        _ => None,
    }
}

/// A value, as people write it.
struct Shown<'v>(&'v Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("nothing"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Int(n) => write!(f, "{n}"),
            Value::UInt(n) => write!(f, "{n}"),
            // Not as an integer is shown, which is another value.
            Value::Float(x) => write!(f, "{x:?}"),
            Value::Str(text) => write!(f, "{text:?}"),
            Value::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Value::List(items) => entries(f, ['[', ']'], items, |f, item| Shown(item).fmt(f)),
            Value::Map(fields) => named(f, fields),
            Value::Object { class, fields } => match fields.as_slice() {
                [(_, Value::List(pairs))] if class == ser::PAIRS => {
                    entries(f, ['{', '}'], pairs, |f, pair| match pair {
                        Value::List(pair) if pair.len() == 2 => write!(f, "{}: {}", Shown(&pair[0]), Shown(&pair[1])),
                        other => Shown(other).fmt(f),
                    })
                }
                _ => {
                    write!(f, "{class} ")?;
                    named(f, fields)
                }
            },
            Value::Tensor(place) => write!(f, "tensor {place}"),
        }
    }
}

fn named(f: &mut fmt::Formatter<'_>, fields: &[(String, Value)]) -> fmt::Result {
    entries(f, ['{', '}'], fields, |f, (name, value)| write!(f, "{name}: {}", Shown(value)))
}

fn entries<T>(
    f: &mut fmt::Formatter<'_>,
    [open, close]: [char; 2],
    all: &[T],
    each: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    write!(f, "{open}")?;
    for (i, one) in all.iter().enumerate() {
        f.write_str(if i == 0 { "" } else { ", " })?;
        each(f, one)?;
    }
    write!(f, "{close}")
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::value::to_value;

    fn shown(one: &impl serde::Serialize, other: &impl serde::Serialize) -> (String, String) {
        difference(&to_value(one).unwrap(), &to_value(other).unwrap())
    }

    #[test]
    fn what_differs_is_shown_and_where() {
        #[derive(serde::Serialize)]
        struct Config {
            name: &'static str,
            layers: Vec<(u8, Option<f32>)>,
        }
        let config = |name, last| Config { name, layers: vec![(1, None), (2, last)] };
        assert_eq!(shown(&1, &2), ("1".into(), "2".into()));
        let (one, other) = shown(&config("a", Some(0.5)), &config("a", None));
        assert_eq!((one.as_str(), other.as_str()), ("0.5 at `layers.1.1`", "nothing"));
        let (one, other) = shown(&config("a", None), &config("b", Some(1.0)));
        assert_eq!((one.as_str(), other.as_str()), ("\"a\" at `name`", "\"b\""));
        let other = shown(&config("a", None), &Config { name: "a", layers: vec![] }).1;
        assert_eq!(other, "[]");
        let (one, other) = shown(&vec![0u8; 1_000_000], &"ä".repeat(1000));
        assert!(one.starts_with("[0, 0, ") && one.ends_with('…') && one.len() < 210, "{one}");
        assert!(other.ends_with("ä…") && other.len() < 210, "{other}");
    }

    #[test]
    fn maps_are_shown_as_such_whatever_their_keys_are() {
        let (one, other) = shown(&BTreeMap::from([(1, "x"), (2, "y")]), &BTreeMap::from([(1, "x")]));
        assert_eq!((one.as_str(), other.as_str()), ("{1: \"x\", 2: \"y\"}", "{1: \"x\"}"));
        let (one, other) = shown(&BTreeMap::from([("a", 1)]), &BTreeMap::from([("b", 1)]));
        assert_eq!((one.as_str(), other.as_str()), ("{a: 1}", "{b: 1}"));
    }

    #[test]
    fn long_maps_in_another_order_are_compared_key_by_key() {
        let entry = |n: u32| (n.to_string(), Value::Int(n.into()));
        let one = Value::Map((0..200_000).map(entry).collect());
        let mut entries: Vec<_> = (0..200_000).rev().map(entry).collect();
        entries[0].1 = Value::Null;
        let (one, other) = difference(&one, &Value::Map(entries));
        assert_eq!((one.as_str(), other.as_str()), ("199999 at `199999`", "nothing"));
    }
}
