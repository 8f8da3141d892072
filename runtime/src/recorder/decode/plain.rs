//! Values and lists of them, by their type.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::context::Context;
use super::typed::{Items, TypedItem, Typing};
use crate::dtype::DType;
use crate::limits::put;
use crate::record::{Item, Numbers};
use crate::recorder::stored_schema::{Kind, Type};
use crate::value::{Value, widen};

/// A value of fixed width, or a text.
pub(super) fn decode_plain<'de, D: Deserializer<'de>>(
    plain: Type,
    context: Context<'_>,
    deserializer: D,
) -> Result<Item, D::Error> {
    Ok(Item::Value(match plain {
        Type::Unit => {
            <()>::deserialize(deserializer)?;
            return Ok(Item::Nil);
        }
        Type::Bool => Value::Bool(bool::deserialize(deserializer)?),
        Type::I8 => Value::Int(i8::deserialize(deserializer)?.into()),
        Type::I16 => Value::Int(i16::deserialize(deserializer)?.into()),
        Type::I32 => Value::Int(i32::deserialize(deserializer)?.into()),
        Type::I64 => Value::Int(i64::deserialize(deserializer)?),
        Type::U8 => Value::Int(u8::deserialize(deserializer)?.into()),
        Type::U16 => Value::Int(u16::deserialize(deserializer)?.into()),
        Type::U32 => Value::Int(u32::deserialize(deserializer)?.into()),
        Type::U64 => Value::from(u64::deserialize(deserializer)?),
        Type::F32 => Value::Float(widen(f32::deserialize(deserializer)?)),
        Type::F64 => Value::Float(f64::deserialize(deserializer)?),
        Type::Char => {
            let c = char::deserialize(deserializer)?;
            context.charge_bytes(c.len_utf8())?;
            Value::Str(c.to_string())
        }
        Type::Str => {
            let text = String::deserialize(deserializer)?;
            context.charge_bytes(text.len())?;
            Value::Str(text)
        }
    }))
}

/// A list of plain values, packed where they are numbers. An array's has a `len` that its type says.
pub(super) fn decode_list<'de, D: Deserializer<'de>>(
    plain: Type,
    len: Option<usize>,
    item: TypedItem<'_>,
    deserializer: D,
) -> Result<Item, D::Error> {
    let typing = item.typing;
    Ok(Item::Numbers(match plain {
        Type::Bool => Numbers::Bool(numbers(typing, len, deserializer)?),
        Type::I8 => Numbers::I8(numbers(typing, len, deserializer)?),
        Type::I16 => Numbers::I16(numbers(typing, len, deserializer)?),
        Type::I32 => Numbers::I32(numbers(typing, len, deserializer)?),
        Type::I64 => Numbers::I64(numbers(typing, len, deserializer)?),
        Type::U8 => Numbers::U8(numbers(typing, len, deserializer)?),
        Type::U16 => Numbers::U16(numbers(typing, len, deserializer)?),
        Type::U32 => Numbers::U32(numbers(typing, len, deserializer)?),
        Type::U64 => Numbers::U64(numbers(typing, len, deserializer)?),
        Type::F32 => Numbers::F32(numbers(typing, len, deserializer)?),
        Type::F64 => Numbers::F64(numbers(typing, len, deserializer)?),
        Type::Unit | Type::Char | Type::Str => {
            return match len {
                Some(len) => deserializer.deserialize_tuple(len, Items(item)),
                None => deserializer.deserialize_seq(Items(item)),
            };
        }
    }))
}

/// The elements of a tensor of before 0.14, as the settings and the kind of the tensor say.
pub(super) struct Elements<'a> {
    pub(super) kind: Kind,
    pub(super) typing: Typing<'a>,
}

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = Numbers;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Numbers, D::Error> {
        let Self { kind, typing } = self;
        let dtype = match kind {
            Kind::Any | Kind::Float | Kind::Complex => typing.precision.float,
            Kind::Integer => typing.precision.int,
            Kind::Bool => DType::Bool,
        };
        Ok(match dtype {
            DType::F64 => Numbers::F64(numbers(typing, None, deserializer)?),
            // The bits of a half, which serde's form of it is.
            DType::F16 | DType::BF16 => Numbers::U16(numbers(typing, None, deserializer)?),
            DType::I64 => Numbers::I64(numbers(typing, None, deserializer)?),
            DType::I32 => Numbers::I32(numbers(typing, None, deserializer)?),
            DType::I16 => Numbers::I16(numbers(typing, None, deserializer)?),
            DType::I8 => Numbers::I8(numbers(typing, None, deserializer)?),
            DType::U64 => Numbers::U64(numbers(typing, None, deserializer)?),
            DType::U32 => Numbers::U32(numbers(typing, None, deserializer)?),
            DType::U16 => Numbers::U16(numbers(typing, None, deserializer)?),
            DType::U8 => Numbers::U8(numbers(typing, None, deserializer)?),
            DType::Bool => Numbers::Bool(numbers(typing, None, deserializer)?),
            _ => Numbers::F32(numbers(typing, None, deserializer)?),
        })
    }
}

/// A list of numbers of one type.
fn numbers<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    typing: Typing<'_>,
    len: Option<usize>,
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct List<'a, T>(Typing<'a>, PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for List<'_, T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of numbers")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(number) = seq.next_element()? {
                put(&mut list, number, self.0.context.budget).map_err(|error| self.0.fail(error))?;
            }
            Ok(list)
        }
    }

    let list = List(typing, PhantomData);
    match len {
        Some(len) => deserializer.deserialize_tuple(len, list),
        None => deserializer.deserialize_seq(list),
    }
}
