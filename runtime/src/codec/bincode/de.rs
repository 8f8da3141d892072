//! Decoding, from an input that is not trusted.

use alloc::format;

use serde::Deserializer;
use serde::de::{DeserializeSeed, EnumAccess, IntoDeserializer, VariantAccess, Visitor};

use crate::codec::decoder::{Decode, State};
use crate::codec::input::{Input, read_array};
use crate::codec::slot::BlobSlot;
use crate::error::{Error, Result};
use crate::limits::Budget;

/// First bytes up to this one are the integer itself; those behind it say how many bytes it has.
pub(super) const LAST_SINGLE: u8 = 250;
pub(super) const BYTES_2: u8 = 251;
pub(super) const BYTES_4: u8 = 252;
pub(super) const BYTES_8: u8 = 253;
const BYTES_16: u8 = 254;

/// A serde deserializer of bincode's standard format; `&mut Decoder` implements [`Deserializer`].
///
/// It takes from the input exactly the bytes of what is decoded. It accepts what bincode accepts, except that a visitor must take all
/// elements of a sequence, and that nesting is bounded by [`Limits::max_depth`](crate::Limits::max_depth) and elements without bytes by
/// [`Limits::max_objects`](crate::Limits::max_objects). Errors say at which bytes.
pub(crate) struct Decoder<'a>(State<'a>);

impl<'a> Decoder<'a> {
    /// Decodes from the next byte of `input`. Blobs go through `blobs` where a [`BlobSeed`](crate::codec::slot::BlobSeed) with the
    /// same slot asks.
    pub(crate) fn new(input: &'a mut dyn Input, budget: &'a Budget, blobs: Option<&'a BlobSlot>) -> Self {
        Self(State::new(input, budget, blobs))
    }

    /// An unsigned integer of at most `widest` bytes.
    fn varint(&mut self, widest: u8) -> Result<u128> {
        let input = &mut *self.0.input;
        let [first] = read_array(input)?;
        match first {
            0..=LAST_SINGLE => Ok(first.into()),
            BYTES_2 => Ok(u16::from_le_bytes(read_array(input)?).into()),
            BYTES_4 if widest >= 4 => Ok(u32::from_le_bytes(read_array(input)?).into()),
            BYTES_8 if widest >= 8 => Ok(u64::from_le_bytes(read_array(input)?).into()),
            BYTES_16 if widest >= 16 => Ok(u128::from_le_bytes(read_array(input)?)),
            _ => Err(Error::corrupt(format!("{first:#04x} does not begin an integer of {widest} bytes"))),
        }
    }

    fn length(&mut self) -> Result<u64> {
        let start = self.0.input.position();
        let length = self.unsigned();
        self.0.located(start, length)
    }

    fn unsigned<T: TryFrom<u128>>(&mut self) -> Result<T> {
        #[expect(clippy::cast_possible_truncation, reason = "at most 16")]
        let integer = self.varint(size_of::<T>() as u8)?;
        T::try_from(integer).map_err(|_| Error::corrupt("an integer is wider than its type"))
    }

    fn signed<T: TryFrom<i128>>(&mut self) -> Result<T> {
        #[expect(clippy::cast_possible_truncation, reason = "at most 16")]
        let zigzag = self.varint(size_of::<T>() as u8)?;
        let magnitude = (zigzag >> 1).cast_signed();
        let integer = if zigzag & 1 == 0 { magnitude } else { !magnitude };
        T::try_from(integer).map_err(|_| Error::corrupt("an integer is wider than its type"))
    }

    /// A byte that is 0 or 1.
    fn truth(&mut self, what: &str) -> Result<bool> {
        match read_array(self.0.input)? {
            [0] => Ok(false),
            [1] => Ok(true),
            [byte] => Err(Error::corrupt(format!("{what} is {byte:#04x}, not 0 or 1"))),
        }
    }

    fn character(&mut self) -> Result<char> {
        let mut bytes: [u8; 4] = [0; 4];
        self.0.input.read_exact(&mut bytes[..1])?;
        // The leading ones of the first byte tell how many there are; what is no UTF-8 is told below.
        let len = match bytes[0].leading_ones() {
            0 => 1,
            ones @ 2..=4 => ones as usize,
            _ => return Err(not_a_character()),
        };
        self.0.input.read_exact(&mut bytes[1..len])?;
        core::str::from_utf8(&bytes[..len]).ok().and_then(|text| text.chars().next()).ok_or_else(not_a_character)
    }

    /// Reads a value and shows it to a visitor; errors of both are at its bytes.
    fn visit<T, R>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T>,
        visit: impl FnOnce(T) -> Result<R>,
    ) -> Result<R> {
        let start = self.0.input.position();
        let result = read(self).and_then(visit);
        self.0.located(start, result)
    }
}

#[cold]
fn not_a_character() -> Error {
    Error::corrupt("a character is not UTF-8")
}

impl<'a> Decode<'a> for Decoder<'a> {
    const BYTELESS: bool = true;

    fn state(&mut self) -> &mut State<'a> {
        &mut self.0
    }
}

/// Methods that read one value and visit it.
macro_rules! scalars {
    ($($method:ident => $visit:ident, $read:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            self.visit($read, |value| visitor.$visit(value))
        }
    )*};
}

/// Methods for which the format has no answer: it does not say what a value is.
macro_rules! unknowable {
    ($($method:ident: $what:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value> {
            let here = self.0.input.position();
            Err(Error::refused(concat!("bincode does not say ", $what)).at(here..here))
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Decoder<'_> {
    type Error = Error;

    scalars! {
        deserialize_bool => visit_bool, |decoder| decoder.truth("a bool");
        deserialize_u8 => visit_u8, |decoder| read_array(decoder.0.input).map(u8::from_le_bytes);
        deserialize_u16 => visit_u16, Decoder::unsigned;
        deserialize_u32 => visit_u32, Decoder::unsigned;
        deserialize_u64 => visit_u64, Decoder::unsigned;
        deserialize_u128 => visit_u128, Decoder::unsigned;
        deserialize_i8 => visit_i8, |decoder| read_array(decoder.0.input).map(i8::from_le_bytes);
        deserialize_i16 => visit_i16, Decoder::signed;
        deserialize_i32 => visit_i32, Decoder::signed;
        deserialize_i64 => visit_i64, Decoder::signed;
        deserialize_i128 => visit_i128, Decoder::signed;
        deserialize_f32 => visit_f32, |decoder| read_array(decoder.0.input).map(f32::from_le_bytes);
        deserialize_f64 => visit_f64, |decoder| read_array(decoder.0.input).map(f64::from_le_bytes);
        deserialize_char => visit_char, Decoder::character;
        deserialize_string => visit_string, |decoder| {
            let len = decoder.length()?;
            decoder.0.read_text(len)
        };
    }

    unknowable! {
        deserialize_any: "what a value is";
        deserialize_identifier: "what a field is called";
        deserialize_ignored_any: "how long a value is, so that none can be passed over";
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_string(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let len = self.length()?;
        self.0.visit_blob(len, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.visit(|decoder| decoder.truth("the tag of an option"), Ok)? {
            self.nested(|decoder| visitor.visit_some(decoder))
        } else {
            visitor.visit_none()
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        self.nested(|decoder| visitor.visit_newtype_struct(decoder))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let len = self.length()?;
        self.sequence(len, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        self.0.begin(self.0.input.position());
        self.sequence(len as u64, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.sequence(len as u64, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let len = self.length()?;
        self.map(len, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.sequence(fields.len() as u64, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.nested(|decoder| visitor.visit_enum(decoder))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

impl<'de> EnumAccess<'de> for &mut Decoder<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        let value = self.visit(Decoder::unsigned::<u32>, |index| seed.deserialize(index.into_deserializer()))?;
        Ok((value, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Decoder<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        self.sequence(len as u64, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.sequence(fields.len() as u64, visitor)
    }
}
