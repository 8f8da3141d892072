//! Decoding, from an input that is not trusted.

use alloc::format;

use serde::Deserializer;
use serde::de::value::SeqDeserializer;
use serde::de::{self, DeserializeSeed, EnumAccess, Unexpected, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::marker::Head;
use crate::codec::decoder::{Decode, State};
use crate::codec::input::{Input, read_array};
use crate::codec::slot::BlobSlot;
use crate::error::{Error, Result};
use crate::limits::Budget;

/// A serde deserializer of MessagePack; `&mut Decoder` implements [`Deserializer`].
///
/// It takes from the input exactly the bytes of what is decoded. It accepts what rmp-serde accepts, except that text must be UTF-8,
/// extension types are refused, and nesting is bounded by [`Limits::max_depth`](crate::Limits::max_depth). Errors say at which bytes.
pub(crate) struct Decoder<'a> {
    state: State<'a>,
    /// The first byte of the next value, where it had to be seen before: an option is only told from its content by it.
    peeked: Option<u8>,
}

/// Bytes of a 128-bit integer, which MessagePack has not: rmp-serde writes them as bytes.
const WIDE: u32 = 16;

impl<'a> Decoder<'a> {
    /// Decodes from the next byte of `input`. Blobs go through `blobs` where a [`BlobSeed`](crate::codec::slot::BlobSeed) with the
    /// same slot asks.
    pub(crate) fn new(input: &'a mut dyn Input, budget: &'a Budget, blobs: Option<&'a BlobSlot>) -> Self {
        Self { state: State::new(input, budget, blobs), peeked: None }
    }

    /// Where the next value begins.
    fn position(&self) -> u64 {
        self.state.input.position() - u64::from(self.peeked.is_some())
    }

    /// The first byte of the next value, which is left there.
    fn peek(&mut self) -> Result<u8> {
        let marker = self.take_marker()?;
        self.peeked = Some(marker);
        Ok(marker)
    }

    fn take_marker(&mut self) -> Result<u8> {
        match self.peeked.take() {
            Some(marker) => Ok(marker),
            None => read_array(self.state.input).map(|[marker]| marker),
        }
    }

    fn head(&mut self) -> Result<Head> {
        let marker = self.take_marker()?;
        Head::read(marker, self.state.input)
    }

    /// Takes the next value, whatever it is. `as_bytes`: bytes are wanted as such, not as a sequence of integers.
    fn any<'de, V: Visitor<'de>>(&mut self, as_bytes: bool, visitor: V) -> Result<V::Value> {
        let start = self.position();
        let result = match self.head() {
            Ok(Head::Nil) => visitor.visit_unit(),
            Ok(Head::Bool(value)) => visitor.visit_bool(value),
            Ok(Head::Unsigned(value)) => visitor.visit_u64(value),
            Ok(Head::Signed(value)) => visitor.visit_i64(value),
            Ok(Head::F32(value)) => visitor.visit_f32(value),
            Ok(Head::F64(value)) => visitor.visit_f64(value),
            Ok(Head::Str(len)) => self.state.read_text(len.into()).and_then(|text| visitor.visit_string(text)),
            Ok(Head::Bin(len)) if as_bytes => self.state.visit_blob(len.into(), visitor),
            Ok(Head::Bin(len)) => self.state.input.read_vec(len.into()).and_then(|bytes| {
                let mut elements = SeqDeserializer::<_, Error>::new(bytes.into_iter());
                let value = visitor.visit_seq(&mut elements)?;
                elements.end()?;
                Ok(value)
            }),
            Ok(Head::Array(len)) => self.sequence(len.into(), visitor),
            Ok(Head::Map(len)) => {
                self.state.begin(start);
                self.map(len.into(), visitor)
            }
            Err(error) => Err(error),
        };
        self.state.located(start, result)
    }

    /// Passes over the next value, without recursion and without taking memory for it.
    fn skip_value(&mut self) -> Result<()> {
        // Each value that is still to come takes at least a byte, so that this ends with the input.
        let mut left: u64 = 1;
        while left > 0 {
            left -= 1;
            match self.head()? {
                Head::Str(len) | Head::Bin(len) => self.state.input.skip(len.into())?,
                Head::Array(len) => left = left.saturating_add(len.into()),
                Head::Map(len) => left = left.saturating_add(2 * u64::from(len)),
                _ => {}
            }
        }
        Ok(())
    }

    /// An integer of 128 bits: bytes, or a narrower one.
    fn wide(&mut self) -> Result<Wide> {
        match self.head()? {
            Head::Unsigned(value) => Ok(Wide::Unsigned(value)),
            Head::Signed(value) => Ok(Wide::Signed(value)),
            Head::Bin(WIDE) => Ok(Wide::Bytes(read_array(self.state.input)?)),
            other => Err(Error::corrupt(format!("{other:?} where an integer of 128 bits should be"))),
        }
    }
}

/// An integer of 128 bits as it may be written.
enum Wide {
    Unsigned(u64),
    Signed(i64),
    Bytes([u8; WIDE as usize]),
}

impl<'a> Decode<'a> for Decoder<'a> {
    const BYTELESS: bool = false;

    fn state(&mut self) -> &mut State<'a> {
        &mut self.state
    }
}

impl<'de> Deserializer<'de> for &mut Decoder<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.any(true, visitor)
    }

    forward_to_deserialize_any! {
        bool u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 char str string bytes byte_buf unit map identifier
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let start = self.position();
        let result = self.wide().and_then(|wide| match wide {
            Wide::Unsigned(value) => visitor.visit_u64(value),
            Wide::Signed(value) => visitor.visit_i64(value),
            Wide::Bytes(bytes) => visitor.visit_u128(u128::from_be_bytes(bytes)),
        });
        self.state.located(start, result)
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let start = self.position();
        let result = self.wide().and_then(|wide| match wide {
            Wide::Unsigned(value) => visitor.visit_u64(value),
            Wide::Signed(value) => visitor.visit_i64(value),
            Wide::Bytes(bytes) => visitor.visit_i128(i128::from_be_bytes(bytes)),
        });
        self.state.located(start, result)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        const NIL: u8 = 0xc0;
        if self.peek()? == NIL {
            self.peeked = None;
            visitor.visit_none()
        } else {
            self.nested(|decoder| visitor.visit_some(decoder))
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        const EMPTY_ARRAY: u8 = 0x90;
        if self.peek()? == EMPTY_ARRAY {
            self.peeked = None;
            return visitor.visit_unit();
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        self.nested(|decoder| visitor.visit_newtype_struct(decoder))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.any(false, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        self.any(false, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.any(false, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.any(false, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let start = self.position();
        let marker = self.peek()?;
        // A map of one entry: the variant and its content. Anything else is the variant itself.
        let alone = match marker {
            0x80..=0x8f | 0xde | 0xdf => match self.head()? {
                Head::Map(1) => false,
                other => {
                    let error = Error::corrupt(format!("{other:?} where a variant should be alone"));
                    return self.state.located(start, Err(error));
                }
            },
            _ => true,
        };
        self.nested(|decoder| visitor.visit_enum(Variant { decoder, alone }))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let start = self.position();
        let result = self.skip_value().and_then(|()| visitor.visit_unit());
        self.state.located(start, result)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// A variant; `alone` if no content follows its name.
struct Variant<'d, 'a> {
    decoder: &'d mut Decoder<'a>,
    alone: bool,
}

impl<'de> EnumAccess<'de> for Variant<'_, '_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        Ok((seed.deserialize(&mut *self.decoder)?, self))
    }
}

impl Variant<'_, '_> {
    fn with_content(&self, expected: &'static str) -> Result<()> {
        if self.alone { Err(de::Error::invalid_type(Unexpected::UnitVariant, &expected)) } else { Ok(()) }
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        if self.alone { Ok(()) } else { de::Deserialize::deserialize(self.decoder) }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        self.with_content("newtype variant")?;
        seed.deserialize(self.decoder)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        self.with_content("tuple variant")?;
        self.decoder.any(false, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _fields: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.with_content("struct variant")?;
        self.decoder.any(false, visitor)
    }
}
