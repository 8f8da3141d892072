//! The first byte of a value, and the number that follows it.

use alloc::format;

use crate::codec::input::{Input, read_array};
use crate::error::{Error, Result};

/// The head of a value: the value itself where it is small, otherwise what follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Head {
    Nil,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    F32(f32),
    F64(f64),
    /// Bytes of text.
    Str(u32),
    /// Bytes.
    Bin(u32),
    /// Elements.
    Array(u32),
    /// Entries.
    Map(u32),
}

impl Head {
    /// The head that begins with `marker`.
    pub(super) fn read(marker: u8, input: &mut dyn Input) -> Result<Self> {
        Ok(match marker {
            0x00..=0x7f => Self::Unsigned(marker.into()),
            0x80..=0x8f => Self::Map((marker & 0x0f).into()),
            0x90..=0x9f => Self::Array((marker & 0x0f).into()),
            0xa0..=0xbf => Self::Str((marker & 0x1f).into()),
            0xc0 => Self::Nil,
            0xc2 => Self::Bool(false),
            0xc3 => Self::Bool(true),
            0xc4 => Self::Bin(unsigned_8(input)?),
            0xc5 => Self::Bin(unsigned_16(input)?),
            0xc6 => Self::Bin(unsigned_32(input)?),
            0xca => Self::F32(f32::from_be_bytes(read_array(input)?)),
            0xcb => Self::F64(f64::from_be_bytes(read_array(input)?)),
            0xcc => Self::Unsigned(unsigned_8(input)?.into()),
            0xcd => Self::Unsigned(unsigned_16(input)?.into()),
            0xce => Self::Unsigned(unsigned_32(input)?.into()),
            0xcf => Self::Unsigned(u64::from_be_bytes(read_array(input)?)),
            0xd0 => Self::Signed(i8::from_be_bytes(read_array(input)?).into()),
            0xd1 => Self::Signed(i16::from_be_bytes(read_array(input)?).into()),
            0xd2 => Self::Signed(i32::from_be_bytes(read_array(input)?).into()),
            0xd3 => Self::Signed(i64::from_be_bytes(read_array(input)?)),
            0xd9 => Self::Str(unsigned_8(input)?),
            0xda => Self::Str(unsigned_16(input)?),
            0xdb => Self::Str(unsigned_32(input)?),
            0xdc => Self::Array(unsigned_16(input)?),
            0xdd => Self::Array(unsigned_32(input)?),
            0xde => Self::Map(unsigned_16(input)?),
            0xdf => Self::Map(unsigned_32(input)?),
            0xe0..=0xff => Self::Signed(marker.cast_signed().into()),
            0xc1 => return Err(Error::corrupt("the byte 0xc1 begins no value")),
            0xc7..=0xc9 | 0xd4..=0xd8 => {
                return Err(Error::refused(format!(
                    "extension type {marker:#04x}: it has no meaning in a model's file"
                )));
            }
        })
    }
}

fn unsigned_8(input: &mut dyn Input) -> Result<u32> {
    Ok(u8::from_be_bytes(read_array(input)?).into())
}

fn unsigned_16(input: &mut dyn Input) -> Result<u32> {
    Ok(u16::from_be_bytes(read_array(input)?).into())
}

fn unsigned_32(input: &mut dyn Input) -> Result<u32> {
    Ok(u32::from_be_bytes(read_array(input)?))
}
