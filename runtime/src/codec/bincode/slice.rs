//! Parts of bincode's format in bytes that are at hand, without a type.

use alloc::format;

use super::de::{BYTES_2, BYTES_4, BYTES_8, LAST_SINGLE};
use crate::error::{Error, Result};

/// Encoded bytes, and what is behind them, each part taken once.
#[derive(Clone, Copy)]
pub(crate) struct Slice<'a>(pub(crate) &'a [u8]);

impl<'a> Slice<'a> {
    /// So many bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk().ok_or_else(truncated)?;
        self.0 = rest;
        Ok(*array)
    }

    /// An unsigned integer of at most 64 bits.
    pub(crate) fn number(&mut self) -> Result<u64> {
        Ok(match self.array()? {
            [byte @ 0..=LAST_SINGLE] => byte.into(),
            [BYTES_2] => u16::from_le_bytes(self.array()?).into(),
            [BYTES_4] => u32::from_le_bytes(self.array()?).into(),
            [BYTES_8] => u64::from_le_bytes(self.array()?),
            [byte] => return Err(Error::corrupt(format!("{byte:#04x} does not begin an integer of 8 bytes"))),
        })
    }

    /// Bytes behind their number.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8]> {
        let len = usize::try_from(self.number()?).map_err(|_| truncated())?;
        let (bytes, rest) = self.0.split_at_checked(len).ok_or_else(truncated)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// A text.
    pub(crate) fn text(&mut self) -> Result<&'a str> {
        core::str::from_utf8(self.bytes()?).map_err(|_| Error::corrupt("text is not UTF-8"))
    }
}

/// The error that there are fewer bytes than a part has.
pub(crate) fn truncated() -> Error {
    Error::corrupt("a value ends before its end")
}
