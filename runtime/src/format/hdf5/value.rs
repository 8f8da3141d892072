//! Elements as values: numbers, text, records, lists.

use alloc::string::String;
use alloc::vec::Vec;

use half::{bf16, f16};

use super::dataspace::Dataspace;
use super::datatype::{Class, Datatype, Padding};
use super::heap::GlobalHeaps;
use super::medium::{Medium, to_usize};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::value::Value;

/// Makes values of bytes; keeps the heaps that it read.
pub(crate) struct Decoder<'m> {
    pub(crate) medium: &'m Medium,
    pub(crate) heaps: GlobalHeaps,
}

impl<'m> Decoder<'m> {
    pub(crate) fn new(medium: &'m Medium) -> Self {
        Self { medium, heaps: GlobalHeaps::default() }
    }

    /// The elements of a dataspace: a value for a scalar, nested lists for axes.
    pub(crate) fn all(&mut self, datatype: &Datatype, dataspace: &Dataspace, bytes: &[u8]) -> Result<Value> {
        if *dataspace == Dataspace::Null {
            return Ok(Value::Null);
        }
        self.nested(datatype, dataspace.dims(), bytes)
    }

    fn nested(&mut self, datatype: &Datatype, dims: &[u64], bytes: &[u8]) -> Result<Value> {
        let Some((&first, rest)) = dims.split_first() else { return self.one(datatype, bytes) };
        let count = to_usize(first)?;
        let len = bytes.len().checked_div(count).unwrap_or(0);
        // Lists of nothing would be made without a byte behind them.
        if len == 0 {
            return Ok(Value::List(Vec::new()));
        }
        self.medium.budget.charge_objects(first)?;
        bytes.chunks_exact(len).map(|part| self.nested(datatype, rest, part)).collect::<Result<_>>().map(Value::List)
    }

    /// One element.
    pub(crate) fn one(&mut self, datatype: &Datatype, bytes: &[u8]) -> Result<Value> {
        let medium = self.medium;
        let bytes = bytes.get(..datatype.size).unwrap_or(bytes);
        match &datatype.class {
            Class::Integer { .. } | Class::Float { .. } | Class::Bitfield { .. } => {
                Ok(number(datatype, bytes).unwrap_or_else(|| Value::Bytes(bytes.to_vec())))
            }
            Class::Enum { .. } if datatype.is_bool() => Ok(Value::Bool(bytes.first() == Some(&1))),
            Class::Enum { base, .. } => self.one(base, bytes),
            Class::String { padding } => Ok(text(trimmed(bytes, *padding))),
            Class::VarString => {
                let (len, bytes) = self.heaps.get(medium, bytes)?;
                let bytes =
                    bytes.get(..to_usize(len)?).ok_or_else(|| Error::corrupt("a string past its heap's object"))?;
                Ok(text(trimmed(bytes, Padding::ZeroTerminated)))
            }
            Class::Sequence(base) => {
                let (count, bytes) = self.heaps.get(medium, bytes)?;
                let len = to_usize(count)?.checked_mul(base.size);
                let Some(bytes) = len.and_then(|len| bytes.get(..len)) else {
                    return Err(Error::corrupt("a sequence past its heap's object"));
                };
                medium.budget.charge_objects(count)?;
                let bytes = bytes.to_vec();
                bytes.chunks_exact(base.size).map(|item| self.one(base, item)).collect::<Result<_>>().map(Value::List)
            }
            Class::Array { base, dims } => self.nested(base, dims, bytes),
            Class::Compound(members) => {
                medium.budget.charge_objects(members.len() as u64)?;
                let member = |member: &super::datatype::Member| {
                    let bytes = bytes.get(member.offset..).unwrap_or_default();
                    Ok((member.name.clone(), self.one(&member.datatype, bytes)?))
                };
                members.iter().map(member).collect::<Result<_>>().map(Value::Map)
            }
            Class::Complex(part) => {
                let (re, im) = bytes.split_at(part.size.min(bytes.len()));
                Ok(Value::List(alloc::vec![self.one(part, re)?, self.one(part, im)?]))
            }
            Class::ObjectReference => {
                let address = medium.address(&mut crate::format::cursor::Cursor::new(bytes, 0))?;
                let address = address.filter(|&address| address != 0);
                Ok(address.map_or(Value::Null, |address| Value::Object {
                    class: "object reference".into(),
                    fields: alloc::vec![("address".into(), Value::from(address))],
                }))
            }
            Class::Opaque => Ok(Value::Bytes(bytes.to_vec())),
            Class::Other(what) => Err(Error::refused(what.as_str())),
        }
    }
}

/// A number's value, if its bytes are those of a dtype.
pub(crate) fn number(datatype: &Datatype, bytes: &[u8]) -> Option<Value> {
    let (dtype, reversed) = datatype.tensor_dtype()?;
    let mut wide = [0u8; 8];
    let len = dtype.size().filter(|&len| len <= 8)?;
    wide.get_mut(..len)?.copy_from_slice(bytes.get(..len)?);
    if reversed {
        wide.get_mut(..len)?.reverse();
    }
    let bits = u64::from_le_bytes(wide);
    let [a, b, c, d, ..] = wide;
    // Sign bits are spread from the top of the number's own width.
    let unused = 64 - 8 * u32::try_from(len).ok()?;
    let signed = (bits << unused).cast_signed() >> unused;
    Some(match dtype {
        DType::F64 => Value::Float(f64::from_bits(bits)),
        DType::F32 => Value::Float(f64::from(f32::from_le_bytes([a, b, c, d]))),
        DType::F16 => Value::Float(f64::from(f16::from_le_bytes([a, b]))),
        DType::BF16 => Value::Float(f64::from(bf16::from_le_bytes([a, b]))),
        DType::I64 | DType::I32 | DType::I16 | DType::I8 => Value::Int(signed),
        DType::U64 | DType::U32 | DType::U16 | DType::U8 => Value::from(bits),
        _ => return None,
    })
}

/// A string's bytes without its padding.
fn trimmed(bytes: &[u8], padding: Padding) -> &[u8] {
    let last = |pad: u8| bytes.iter().rposition(|&byte| byte != pad).map_or(0, |at| at + 1);
    let end = match padding {
        Padding::ZeroTerminated => bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len()),
        Padding::Zeros => last(0),
        Padding::Spaces => last(b' '),
    };
    bytes.get(..end).unwrap_or(bytes)
}

/// Text, or bytes where they are none.
fn text(bytes: &[u8]) -> Value {
    match core::str::from_utf8(bytes) {
        Ok(text) => Value::Str(String::from(text)),
        Err(_) => Value::Bytes(bytes.to_vec()),
    }
}
