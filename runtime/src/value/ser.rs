//! Any serde type to a value.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Display;

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::Value;
use super::float::widen;
use super::tagged::duplicate;
use crate::error::{Error, ErrorKind, Result};

/// The class of an object that holds a `Some` whose content alone would be read as `None`: [`SOME_FIELD`] is the content.
pub(super) const SOME: &str = "serde::Some";
pub(super) const SOME_FIELD: &str = "content";
/// The class of an object that holds a map whose keys are not distinct texts: [`PAIRS_FIELD`] is a list of lists of key and value.
pub(super) const PAIRS: &str = "serde::Map";
pub(super) const PAIRS_FIELD: &str = "entries";

/// Any serde type as a value, from which [`from_value`](super::from_value) makes it again, whatever it is.
///
/// | serde | value |
/// |---|---|
/// | integers | [`Value::Int`], past `i64::MAX` [`Value::UInt`] |
/// | `f32`, `f64` | [`Value::Float`], NaNs with their bits |
/// | `char`, text, a unit variant's name | [`Value::Str`] |
/// | bytes | [`Value::Bytes`] |
/// | `None`, unit, unit struct | [`Value::Null`] |
/// | `Some(x)`, newtype struct | as `x`; a `Some` of something that is [`Value::Null`] is an object of class `serde::Some` |
/// | sequence, tuple, tuple struct | [`Value::List`] |
/// | struct, map with texts as keys | [`Value::Map`] |
/// | map with other keys | an object of class `serde::Map`, of which `entries` is a list of lists of key and value |
/// | other variants | [`Value::Map`] of one: the variant's name, and the content: a value, a list or a map |
///
/// ```
/// use vellum::{Value, from_value, to_value};
///
/// #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
/// enum Schedule { Constant, Step { every: usize, factor: f32 } }
///
/// let value = to_value(&Schedule::Step { every: 10, factor: 0.5 })?;
/// assert_eq!(value.get("Step").and_then(|step| step.get("factor")), Some(&Value::Float(0.5)));
/// assert_eq!(from_value::<Schedule>(&value)?, Schedule::Step { every: 10, factor: 0.5 });
/// # Ok::<(), vellum::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Unrepresentable`] for an integer that fits neither an `i64` nor a `u64`, and what the type's own `Serialize` refuses.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value> {
    value.serialize(ToValue)
}

struct ToValue;

fn too_wide(value: impl Display) -> Error {
    let what = format!("the integer {value}, which fits neither an i64 nor a u64");
    Error::new(ErrorKind::Unrepresentable { format: "a value", what })
}

/// A variant and its content.
fn variant(name: &'static str, content: Value) -> Value {
    Value::Map(vec![(name.into(), content)])
}

impl Serializer for ToValue {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Pairs;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Fields;

    fn serialize_bool(self, value: bool) -> Result<Value> {
        Ok(Value::Bool(value))
    }

    fn serialize_i8(self, value: i8) -> Result<Value> {
        Ok(Value::Int(value.into()))
    }

    fn serialize_i16(self, value: i16) -> Result<Value> {
        Ok(Value::Int(value.into()))
    }

    fn serialize_i32(self, value: i32) -> Result<Value> {
        Ok(Value::Int(value.into()))
    }

    fn serialize_i64(self, value: i64) -> Result<Value> {
        Ok(Value::Int(value))
    }

    fn serialize_i128(self, value: i128) -> Result<Value> {
        match i64::try_from(value) {
            Ok(value) => Ok(Value::Int(value)),
            Err(_) => u64::try_from(value).map(Value::UInt).map_err(|_| too_wide(value)),
        }
    }

    fn serialize_u8(self, value: u8) -> Result<Value> {
        Ok(Value::Int(value.into()))
    }

    fn serialize_u16(self, value: u16) -> Result<Value> {
        Ok(Value::Int(value.into()))
    }

    fn serialize_u32(self, value: u32) -> Result<Value> {
        Ok(Value::Int(value.into()))
    }

    fn serialize_u64(self, value: u64) -> Result<Value> {
        Ok(value.into())
    }

    fn serialize_u128(self, value: u128) -> Result<Value> {
        u64::try_from(value).map(Value::from).map_err(|_| too_wide(value))
    }

    fn serialize_f32(self, value: f32) -> Result<Value> {
        Ok(Value::Float(widen(value)))
    }

    fn serialize_f64(self, value: f64) -> Result<Value> {
        Ok(Value::Float(value))
    }

    fn serialize_char(self, value: char) -> Result<Value> {
        Ok(Value::Str(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Result<Value> {
        Ok(value.into())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value> {
        Ok(Value::Bytes(value.to_vec()))
    }

    fn serialize_none(self) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value> {
        let content = value.serialize(self)?;
        // What is null is read as `None`, and what is such an object as the `Some` around its content: both need one more.
        let ambiguous = match &content {
            Value::Null => true,
            Value::Object { class, .. } => class == SOME,
            _ => false,
        };
        Ok(if ambiguous {
            Value::Object { class: SOME.into(), fields: vec![(SOME_FIELD.into(), content)] }
        } else {
            content
        })
    }

    fn serialize_unit(self) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Result<Value> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Result<Value> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Value> {
        Ok(variant(name, value.serialize(self)?))
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Items> {
        Ok(Items::default())
    }

    fn serialize_tuple(self, _len: usize) -> Result<Items> {
        Ok(Items::default())
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<Items> {
        Ok(Items::default())
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Items> {
        Ok(Items { variant: Some(variant), items: Vec::new() })
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Pairs> {
        Ok(Pairs::default())
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Fields> {
        Ok(Fields::default())
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Fields> {
        Ok(Fields { variant: Some(variant), fields: Vec::new() })
    }

    fn is_human_readable(&self) -> bool {
        true
    }
}

/// The elements of a sequence, a tuple, or a tuple variant.
#[derive(Default)]
struct Items {
    variant: Option<&'static str>,
    items: Vec<Value>,
}

macro_rules! items {
    ($($trait:ident::$method:ident;)*) => {$(
        impl $trait for Items {
            type Ok = Value;
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.items.push(to_value(value)?);
                Ok(())
            }

            fn end(self) -> Result<Value> {
                let list = Value::List(self.items);
                Ok(match self.variant {
                    Some(name) => variant(name, list),
                    None => list,
                })
            }
        }
    )*};
}

items! {
    SerializeSeq::serialize_element;
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

/// The fields of a struct or of a struct variant.
#[derive(Default)]
struct Fields {
    variant: Option<&'static str>,
    fields: Vec<(String, Value)>,
}

macro_rules! fields {
    ($($trait:ident;)*) => {$(
        impl $trait for Fields {
            type Ok = Value;
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
                self.fields.push((key.into(), to_value(value)?));
                Ok(())
            }

            fn end(self) -> Result<Value> {
                if let Some(key) = duplicate(&self.fields) {
                    let what = format!("two fields called `{key}`");
                    return Err(Error::new(ErrorKind::Unrepresentable { format: "a value", what }));
                }
                let map = Value::Map(self.fields);
                Ok(match self.variant {
                    Some(name) => variant(name, map),
                    None => map,
                })
            }
        }
    )*};
}

fields! {
    SerializeStruct;
    SerializeStructVariant;
}

/// The entries of a map, and a key whose value is still to come.
#[derive(Default)]
struct Pairs {
    key: Option<Value>,
    pairs: Vec<(Value, Value)>,
}

impl SerializeMap for Pairs {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key = Some(to_value(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = self.key.take().ok_or_else(|| Error::argument("a map's value was serialised before its key"))?;
        self.pairs.push((key, to_value(value)?));
        Ok(())
    }

    fn end(self) -> Result<Value> {
        let mut seen = BTreeSet::new();
        if self.pairs.iter().all(|(key, _)| key.as_str().is_some_and(|key| seen.insert(key))) {
            let entry = |(key, value)| if let Value::Str(key) = key { Some((key, value)) } else { None };
            return Ok(Value::Map(self.pairs.into_iter().filter_map(entry).collect()));
        }
        let pairs = self.pairs.into_iter().map(|(key, value)| Value::List(vec![key, value])).collect();
        Ok(Value::Object { class: PAIRS.into(), fields: vec![(PAIRS_FIELD.into(), Value::List(pairs))] })
    }
}
