//! A value to any serde type.

use alloc::format;
use alloc::string::String;

use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::Value;
use super::float::narrow_nan;
use super::ser::{PAIRS, PAIRS_FIELD, SOME, SOME_FIELD};
use crate::error::{Error, Result};

/// The serde type that `value` holds, as [`to_value`](super::to_value) made it.
///
/// What was made by hand or read from a file is taken as serde takes it: integers for floats, a list for a tuple, an object's fields
/// for a struct. Text and bytes are borrowed where the type borrows.
///
/// # Errors
/// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) with serde's words if it holds something else.
pub fn from_value<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T> {
    T::deserialize(value)
}

impl Value {
    /// The content of a `Some` that is an object, because its content alone would be read otherwise.
    fn wrapped(&self) -> Option<&Self> {
        self.reserved(SOME, SOME_FIELD)
    }

    /// The only field of an object of a class that [`to_value`](super::to_value) makes.
    fn reserved(&self, reserved: &str, name: &str) -> Option<&Self> {
        match self {
            Self::Object { class, fields } if class == reserved => match fields.as_slice() {
                [(field, content)] if field == name => Some(content),
                _ => None,
            },
            _ => None,
        }
    }

    /// What serde's errors should call it.
    fn unexpected(&self) -> Unexpected<'_> {
        match self {
            Self::Null => Unexpected::Unit,
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::Int(value) => Unexpected::Signed(*value),
            Self::UInt(value) => Unexpected::Unsigned(*value),
            Self::Float(value) => Unexpected::Float(*value),
            Self::Str(text) => Unexpected::Str(text),
            Self::Bytes(bytes) => Unexpected::Bytes(bytes),
            Self::List(_) => Unexpected::Seq,
            Self::Map(_) => Unexpected::Map,
            Self::Object { .. } => Unexpected::Other("object"),
            Self::Tensor(_) => Unexpected::Other("tensor"),
        }
    }
}

fn visit_list<'de, V: Visitor<'de>>(items: &'de [Value], visitor: V) -> Result<V::Value> {
    let mut list = SeqDeserializer::new(items.iter());
    let value = visitor.visit_seq(&mut list)?;
    list.end()?;
    Ok(value)
}

/// Bytes as a list of them, all of which must be taken.
pub(super) fn visit_bytes<'de, V: Visitor<'de>>(bytes: &[u8], visitor: V) -> Result<V::Value> {
    let mut list = SeqDeserializer::<_, Error>::new(bytes.iter().copied());
    let value = visitor.visit_seq(&mut list)?;
    list.end()?;
    Ok(value)
}

fn visit_map<'de, V: Visitor<'de>>(entries: &'de [(String, Value)], visitor: V) -> Result<V::Value> {
    let mut map = MapDeserializer::new(entries.iter().map(|(key, value)| (Key(key), value)));
    let value = visitor.visit_map(&mut map)?;
    map.end()?;
    Ok(value)
}

/// The entries of a map whose keys are values.
fn visit_pairs<'de, V: Visitor<'de>>(pairs: &'de [Value], visitor: V) -> Result<V::Value> {
    let pair = |pair: &'de Value| match pair {
        Value::List(pair) => match pair.as_slice() {
            [key, value] => Some((key, value)),
            _ => None,
        },
        _ => None,
    };
    if !pairs.iter().all(|item| pair(item).is_some()) {
        return Err(Error::corrupt(format!("`{PAIRS}` holds something else than lists of key and value")));
    }
    let mut map = MapDeserializer::new(pairs.iter().filter_map(pair));
    let value = visitor.visit_map(&mut map)?;
    map.end()?;
    Ok(value)
}

impl<'de> Deserializer<'de> for &'de Value {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if let Some(content) = self.wrapped() {
            return visitor.visit_some(content);
        }
        if let Some(Value::List(pairs)) = self.reserved(PAIRS, PAIRS_FIELD) {
            return visit_pairs(pairs, visitor);
        }
        match self {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => visitor.visit_i64(*value),
            Value::UInt(value) => visitor.visit_u64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Str(text) => visitor.visit_borrowed_str(text),
            Value::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Value::List(items) => visit_list(items, visitor),
            Value::Map(entries) | Value::Object { fields: entries, .. } => visit_map(entries, visitor),
            Value::Tensor(_) => Err(de::Error::invalid_type(self.unexpected(), &visitor)),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f64 char str string bytes byte_buf unit unit_struct map struct
        identifier ignored_any
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self {
            Value::Float(value) => match narrow_nan(*value) {
                Some(nan) => visitor.visit_f32(nan),
                None => visitor.visit_f64(*value),
            },
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self.wrapped().unwrap_or(self)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self {
            Value::Bytes(bytes) => visit_bytes(bytes, visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self {
            Value::Str(name) => visitor.visit_enum(Variant { name, content: None }),
            Value::Map(entries) => match entries.as_slice() {
                [(name, content)] => visitor.visit_enum(Variant { name, content: Some(content) }),
                _ => Err(de::Error::invalid_length(entries.len(), &"a map of one entry, the variant")),
            },
            _ => Err(de::Error::invalid_type(self.unexpected(), &"a variant")),
        }
    }

    fn is_human_readable(&self) -> bool {
        true
    }
}

impl<'de> IntoDeserializer<'de, Error> for &'de Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A key that is text; or the name of a variant without content, where an enum is the key.
pub(super) struct Key<'de>(pub(super) &'de str);

impl<'de> IntoDeserializer<'de, Error> for Key<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(Variant { name: self.0, content: None })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// A variant and its content, if it has one.
struct Variant<'de> {
    name: &'de str,
    content: Option<&'de Value>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        Ok((seed.deserialize(StrDeserializer::<Error>::new(self.name))?, self))
    }
}

impl<'de> Variant<'de> {
    fn content(&self, expected: &'static str) -> Result<&'de Value> {
        self.content.ok_or_else(|| de::Error::invalid_type(Unexpected::UnitVariant, &expected))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        self.content.map_or(Ok(()), from_value)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        seed.deserialize(self.content("newtype variant")?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        self.content("tuple variant")?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _fields: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.content("struct variant")?.deserialize_any(visitor)
    }
}
