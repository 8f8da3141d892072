//! Typed numbers beside the tensors, since Burn 0.22: counters of an optimiser, the state of a scheduler.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::NAME;
use super::cbor::{self, Cbor, CborOut};
use crate::error::{Error, ErrorKind, Result};
use crate::format::flat::digest::HeaderHasher;
use crate::value::Value;

/// Reads the scalars: a map from names to maps of one entry, whose key is the type. An integer of either sign becomes
/// [`Value::Int`] where it fits.
pub(super) fn read(cbor: &mut Cbor<'_>) -> Result<Vec<(String, Value)>> {
    let mut scalars = Vec::new();
    cbor.map(|cbor, name| {
        let mut scalar = None;
        cbor.map(|cbor, kind| {
            let value = match &*kind {
                "Int" => Value::Int(cbor.i64()?),
                "UInt" => Value::from(cbor.u64()?),
                "Float" => Value::Float(cbor.f64()?),
                "Bool" => Value::Bool(cbor.bool()?),
                other => return Err(Error::corrupt(format!("the scalar `{name}` is of unknown type `{other}`"))),
            };
            cbor::set(&mut scalar, &name, value)
        })?;
        let scalar = scalar.ok_or_else(|| Error::corrupt(format!("the scalar `{name}` has no value")))?;
        scalars.push((name.into_owned(), scalar));
        Ok(())
    })?;
    Ok(scalars)
}

/// The scalars that `values` are, by name: a map of numbers and truth values, or nothing.
pub(super) fn from_values(values: &Value) -> Result<Vec<(&str, &Value)>> {
    let refuse = |what: String| Err(Error::new(ErrorKind::Unrepresentable { format: NAME, what }));
    let entries = match values {
        Value::Null => return Ok(Vec::new()),
        Value::Map(entries) => entries,
        _ => return refuse("values that are not a map".to_string()),
    };
    let mut scalars = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        if !matches!(value, Value::Int(_) | Value::UInt(_) | Value::Float(_) | Value::Bool(_)) {
            return refuse(format!("the value `{name}`, which is neither a number nor a truth value"));
        }
        scalars.push((name.as_str(), value));
    }
    scalars.sort_unstable_by_key(|&(name, _)| name);
    match scalars.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(Error::argument(format!("two values are called `{}`", pair[0].0))),
        None => Ok(scalars),
    }
}

/// Writes scalars that [`from_values`] gave.
pub(super) fn write(scalars: &[(&str, &Value)], out: &mut CborOut) {
    out.map(scalars.len());
    for (name, value) in scalars {
        out.text(name);
        out.map(1);
        match value {
            Value::Int(number) => {
                out.text("Int");
                out.i64(*number);
            }
            Value::UInt(number) => {
                out.text("UInt");
                out.u64(*number);
            }
            Value::Bool(value) => {
                out.text("Bool");
                out.bool(*value);
            }
            other => {
                out.text("Float");
                out.f64(other.as_f64().unwrap_or(f64::NAN));
            }
        }
    }
}

/// Feeds scalars, in the order of their names, to the digest of a header.
pub(super) fn hash<'a>(scalars: impl ExactSizeIterator<Item = (&'a str, &'a Value)>, hasher: &mut HeaderHasher) {
    hasher.number(scalars.len() as u64);
    for (name, value) in scalars {
        hasher.text(name);
        let (kind, bits) = match *value {
            Value::Int(number) => (0, number.cast_unsigned()),
            Value::UInt(number) => (1, number),
            Value::Bool(value) => (2, u64::from(value)),
            ref other => (3, other.as_f64().unwrap_or(f64::NAN).to_bits()),
        };
        hasher.number(kind);
        hasher.number(bits);
    }
}
