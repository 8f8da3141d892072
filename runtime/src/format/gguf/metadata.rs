//! The key-value pairs of a GGUF header.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::format::input::{Input, push};
use crate::limits::Budget;
use crate::value::Value;

/// The numbers of the kinds of values.
pub(super) mod kind {
    pub(in super::super) const U8: u32 = 0;
    pub(in super::super) const I8: u32 = 1;
    pub(in super::super) const U16: u32 = 2;
    pub(in super::super) const I16: u32 = 3;
    pub(in super::super) const U32: u32 = 4;
    pub(in super::super) const I32: u32 = 5;
    pub(in super::super) const F32: u32 = 6;
    pub(in super::super) const BOOL: u32 = 7;
    pub(in super::super) const STRING: u32 = 8;
    pub(in super::super) const ARRAY: u32 = 9;
    pub(in super::super) const U64: u32 = 10;
    pub(in super::super) const I64: u32 = 11;
    pub(in super::super) const F64: u32 = 12;
}

/// Levels of arrays in arrays, whatever the limits allow: reading and dropping them recur.
const MAX_DEPTH: u64 = 32;

/// The pairs, as values and, those that are simple, as text.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    pub(super) values: Vec<(String, Value)>,
    pub(super) texts: BTreeMap<String, String>,
    pub(super) alignment: Option<u32>,
    /// What the tensors are whose dtype GGUF has not.
    pub(super) dtypes: BTreeMap<String, DType>,
}

/// The key whose value says where tensors may start.
pub(super) const ALIGNMENT_KEY: &str = "general.alignment";

/// The key of Vellum's own pair, which is no part of the metadata as it is listed: the dtypes that GGUF has not, of the tensors whose bytes
/// lie in integers. An array of strings, each a dtype's name, a blank and the name of a tensor.
pub(super) const DTYPES_KEY: &str = "vellum.dtypes";

impl Metadata {
    pub(super) fn read(input: &mut Input<'_>, count: u64, budget: &Budget) -> Result<Self> {
        let mut metadata = Self::default();
        budget.charge_objects(count)?;
        for _ in 0..count {
            let start = input.position();
            let len = input.u64()?;
            budget.check_name(len)?;
            let key = input.text(len, "a key of the metadata")?;
            let value_kind = input.u32()?;
            if key == ALIGNMENT_KEY {
                if value_kind != kind::U32 {
                    return Err(
                        Error::corrupt(format!("`{ALIGNMENT_KEY}` is no 32-bit number")).at(start..input.position())
                    );
                }
                let alignment = input.u32()?;
                metadata.alignment = Some(alignment);
                metadata.texts.insert(key.clone(), alignment.to_string());
                push(&mut metadata.values, (key, Value::Int(alignment.into())))?;
                continue;
            }
            let value = read_value(input, value_kind, budget, 0).map_err(|error| error.at(start..start + 1))?;
            if key == DTYPES_KEY {
                let wrong = || Error::corrupt(format!("`{DTYPES_KEY}` does not list dtypes"));
                metadata.dtypes = read_dtypes(&value).ok_or_else(|| wrong().at(start..input.position()))?;
            }
            if let Some(text) = text_of(&value, value_kind) {
                metadata.texts.insert(key.clone(), text);
            }
            push(&mut metadata.values, (key, value))?;
        }
        // Which of two values counts, readers do not agree about.
        let mut keys: Vec<&str> = metadata.values.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        if let Some([key, ..]) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::corrupt(format!("the metadata has two values of `{key}`")));
        }
        metadata.values.retain(|(key, _)| key != DTYPES_KEY);
        Ok(metadata)
    }
}

/// The dtypes that [`DTYPES_KEY`] tells, by the names of their tensors; `None` for anything else.
fn read_dtypes(value: &Value) -> Option<BTreeMap<String, DType>> {
    let Value::List(items) = value else { return None };
    let mut dtypes = BTreeMap::new();
    for item in items {
        let Value::Str(text) = item else { return None };
        let (dtype, name) = text.split_once(' ')?;
        if dtypes.insert(name.into(), dtype.parse().ok()?).is_some() {
            return None;
        }
    }
    Some(dtypes)
}

fn read_value(input: &mut Input<'_>, value_kind: u32, budget: &Budget, depth: u64) -> Result<Value> {
    Ok(match value_kind {
        kind::U8 => Value::Int(input.u8()?.into()),
        kind::I8 => Value::Int(input.u8()?.cast_signed().into()),
        kind::U16 => Value::Int(input.u16()?.into()),
        kind::I16 => Value::Int(input.u16()?.cast_signed().into()),
        kind::U32 => Value::Int(input.u32()?.into()),
        kind::I32 => Value::Int(input.u32()?.cast_signed().into()),
        kind::F32 => Value::Float(f32::from_bits(input.u32()?).into()),
        kind::BOOL => match input.u8()? {
            0 => Value::Bool(false),
            1 => Value::Bool(true),
            other => return Err(Error::corrupt(format!("a truth value of the metadata is {other}"))),
        },
        kind::STRING => {
            let len = input.u64()?;
            // Text of a sparse file may well exist, and still be more than anyone wants in memory.
            budget.check_header(len)?;
            // Tokens of some vocabularies are bytes and no text.
            String::from_utf8(input.vec(len)?).map_or_else(|error| Value::Bytes(error.into_bytes()), Value::Str)
        }
        kind::ARRAY => read_array(input, budget, depth + 1)?,
        kind::U64 => Value::from(input.u64()?),
        kind::I64 => Value::Int(input.u64()?.cast_signed()),
        kind::F64 => Value::Float(f64::from_bits(input.u64()?)),
        other => return Err(Error::corrupt(format!("the metadata has a value of the unknown kind {other}"))),
    })
}

fn read_array(input: &mut Input<'_>, budget: &Budget, depth: u64) -> Result<Value> {
    budget.check_depth(depth)?;
    if depth > MAX_DEPTH {
        return Err(Error::refused("the metadata nests arrays too deeply"));
    }
    let (item_kind, count) = (input.u32()?, input.u64()?);
    // Before anything is counted or made: each item takes so many bytes at least.
    let item_len: u64 = match item_kind {
        kind::U8 | kind::I8 | kind::BOOL => 1,
        kind::U16 | kind::I16 => 2,
        kind::U32 | kind::I32 | kind::F32 => 4,
        kind::ARRAY => 12,
        _ => 8,
    };
    if count.checked_mul(item_len).is_none_or(|len| len > input.remaining()) {
        let needed = count.saturating_mul(item_len);
        return Err(Error::new(ErrorKind::Truncated { needed, available: input.remaining() }));
    }
    if item_kind == kind::U8 {
        budget.check_header(count)?;
        return Ok(Value::Bytes(input.vec(count)?));
    }
    budget.charge_objects(count)?;
    let mut items = Vec::new();
    for _ in 0..count {
        push(&mut items, read_value(input, item_kind, budget, depth)?)?;
    }
    Ok(Value::List(items))
}

/// A simple value as text; a 32-bit float in as many digits as tell it from other 32-bit floats.
fn text_of(value: &Value, value_kind: u32) -> Option<String> {
    Some(match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        #[expect(clippy::cast_possible_truncation, reason = "it was widened from 32 bits")]
        Value::Float(number) if value_kind == kind::F32 => (*number as f32).to_string(),
        Value::Float(number) => number.to_string(),
        Value::Str(text) => text.clone(),
        _ => return None,
    })
}
