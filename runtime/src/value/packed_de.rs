//! From encoded values to any serde type, as `de` does it from values.

use serde::Deserializer;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::float::narrow_nan;
use super::packed::{Cursor, Head};
use super::ser::{PAIRS, PAIRS_FIELD, SOME, SOME_FIELD};
use crate::error::{Error, Result};

impl<'de> Cursor<'de> {
    /// Takes the head of an object of a class that [`to_value`](super::to_value) makes, if that is what comes next: its content follows.
    fn reserved(&mut self, reserved: &str, name: &str) -> bool {
        let mut ahead = *self;
        let is = matches!(ahead.head(), Ok(Head::Object { class, fields: 1 }) if class == reserved)
            && ahead.text().is_ok_and(|field| field == name);
        if is {
            *self = ahead;
        }
        is
    }

    fn peek(&self) -> Result<Head<'de>> {
        let mut ahead = *self;
        ahead.head()
    }

    fn list<V: Visitor<'de>>(&mut self, left: u64, visitor: V) -> Result<V::Value> {
        let mut elements = Parts { cursor: self, left };
        let value = visitor.visit_seq(&mut elements)?;
        elements.finish()?;
        Ok(value)
    }

    fn entries<V: Visitor<'de>>(&mut self, left: u64, pairs: bool, visitor: V) -> Result<V::Value> {
        let mut entries = Entries { parts: Parts { cursor: self, left }, pairs };
        let value = visitor.visit_map(&mut entries)?;
        entries.parts.finish()?;
        Ok(value)
    }
}

impl<'de> Deserializer<'de> for &mut Cursor<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.reserved(SOME, SOME_FIELD) {
            return visitor.visit_some(self);
        }
        if self.reserved(PAIRS, PAIRS_FIELD) {
            return match self.head()? {
                Head::List(len) => self.entries(len, true, visitor),
                other => Err(unexpected(other, "a list of lists of key and value")),
            };
        }
        match self.head()? {
            Head::Null => visitor.visit_unit(),
            Head::Bool(value) => visitor.visit_bool(value),
            Head::Int(value) => visitor.visit_i64(value),
            Head::UInt(value) => visitor.visit_u64(value),
            Head::Float(value) => visitor.visit_f64(value),
            Head::Str(text) => visitor.visit_borrowed_str(text),
            Head::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Head::List(len) => self.list(len, visitor),
            Head::Map(len) | Head::Object { fields: len, .. } => self.entries(len, false, visitor),
            tensor @ Head::Tensor(_) => Err(unexpected(tensor, "a value of its own")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f64 char str string bytes byte_buf unit unit_struct map struct
        identifier ignored_any
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if let Head::Float(value) = self.peek()?
            && let Some(nan) = narrow_nan(value)
        {
            self.head()?;
            return visitor.visit_f32(nan);
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if let Head::Null = self.peek()? {
            self.head()?;
            return visitor.visit_none();
        }
        self.reserved(SOME, SOME_FIELD);
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if let Head::Bytes(bytes) = self.peek()? {
            self.head()?;
            return super::de::visit_bytes(bytes, visitor);
        }
        self.deserialize_any(visitor)
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
        match self.head()? {
            Head::Str(name) => visitor.visit_enum(Variant { name, content: None }),
            Head::Map(1) => {
                let name = self.text()?;
                visitor.visit_enum(Variant { name, content: Some(self) })
            }
            other => Err(unexpected(other, "a variant")),
        }
    }

    fn is_human_readable(&self) -> bool {
        true
    }
}

#[cold]
fn unexpected(found: Head<'_>, expected: &str) -> Error {
    de::Error::custom(format_args!("{found:?} where {expected} should be"))
}

/// The elements of a list, or entries, of which so many are left.
struct Parts<'c, 'de> {
    cursor: &'c mut Cursor<'de>,
    left: u64,
}

impl Parts<'_, '_> {
    /// Counts the next one, if there is one.
    fn next(&mut self) -> bool {
        let more = self.left > 0;
        self.left -= u64::from(more);
        more
    }

    /// Sees that all were taken.
    fn finish(&self) -> Result<()> {
        if self.left == 0 {
            return Ok(());
        }
        Err(de::Error::custom(format_args!("{} more elements than the type has", self.left)))
    }
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if self.next() { seed.deserialize(&mut *self.cursor).map(Some) } else { Ok(None) }
    }
}

/// The entries of a map; `pairs` if they are lists of a key, which is a value too, and a value.
struct Entries<'c, 'de> {
    parts: Parts<'c, 'de>,
    pairs: bool,
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if !self.parts.next() {
            return Ok(None);
        }
        let cursor = &mut *self.parts.cursor;
        if !self.pairs {
            return seed.deserialize(super::de::Key(cursor.text()?)).map(Some);
        }
        match cursor.head()? {
            Head::List(2) => seed.deserialize(cursor).map(Some),
            other => Err(unexpected(other, "a list of key and value")),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        seed.deserialize(&mut *self.parts.cursor)
    }
}

/// A variant, and where its content is, if it has one.
struct Variant<'c, 'de> {
    name: &'de str,
    content: Option<&'c mut Cursor<'de>>,
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        Ok((seed.deserialize(BorrowedStrDeserializer::<Error>::new(self.name))?, self))
    }
}

impl<'c, 'de> Variant<'c, 'de> {
    fn content(self, expected: &'static str) -> Result<&'c mut Cursor<'de>> {
        self.content.ok_or_else(|| de::Error::invalid_type(de::Unexpected::UnitVariant, &expected))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        self.content.map_or(Ok(()), de::Deserialize::deserialize)
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
