//! A cursor over bytes of a file: every step is checked, numbers are little-endian.

use alloc::format;
use alloc::string::String;

use crate::error::{Error, ErrorKind, Result};

/// A place in bytes that came from a file at `origin`; errors tell the place in the file.
#[derive(Clone)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
    origin: u64,
}

impl<'a> Cursor<'a> {
    /// At the start of `bytes`, which lie in the file at `origin`.
    pub(crate) fn new(bytes: &'a [u8], origin: u64) -> Self {
        Self { bytes, position: 0, origin }
    }

    /// Bytes from the start.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// The place in the file.
    pub(crate) fn offset(&self) -> u64 {
        self.origin.saturating_add(self.position as u64)
    }

    /// Bytes left.
    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// The next `len` bytes.
    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let end = self.position.checked_add(len);
        let Some(taken) = end.and_then(|end| self.bytes.get(self.position..end)) else {
            let (needed, available) = (len as u64, self.remaining() as u64);
            let range = self.offset()..self.offset().saturating_add(needed);
            return Err(Error::new(ErrorKind::Truncated { needed, available }).at(range));
        };
        self.position += len;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// A byte.
    pub(crate) fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    /// A 32-bit number.
    pub(crate) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// A 64-bit number.
    pub(crate) fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// The bytes up to a zero byte, which is passed over.
    pub(crate) fn until_zero(&mut self) -> Result<&'a [u8]> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let len = rest.iter().position(|&byte| byte == 0).unwrap_or(rest.len());
        let text = self.take(len)?;
        self.take(1)?;
        Ok(text)
    }

    /// An error of the file's rules at this place.
    pub(crate) fn corrupt(&self, what: impl Into<String>) -> Error {
        Error::corrupt(what).at(self.offset()..self.offset().saturating_add(1))
    }

    /// Text from bytes; `what` names it in the error.
    pub(crate) fn text(&self, bytes: &[u8], what: &str) -> Result<String> {
        match core::str::from_utf8(bytes) {
            Ok(text) => Ok(text.into()),
            Err(_) => Err(self.corrupt(format!("{what} is not UTF-8"))),
        }
    }

    /// A 16-bit number.
    pub(crate) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// A number of `width` bytes, at most eight.
    pub(crate) fn uint(&mut self, width: usize) -> Result<u64> {
        let bytes = self.take(width)?;
        let mut wide = [0; 8];
        match wide.get_mut(..width) {
            Some(low) => low.copy_from_slice(bytes),
            None => return Err(self.corrupt(format!("a number of {width} bytes"))),
        }
        Ok(u64::from_le_bytes(wide))
    }

    /// Passes over `len` bytes.
    pub(crate) fn skip(&mut self, len: usize) -> Result<()> {
        self.take(len).map(drop)
    }

    /// Passes over padding up to a multiple of eight bytes from `start`, as far as there is any.
    pub(crate) fn pad_to_eight(&mut self, start: usize) -> Result<()> {
        let past = (self.position - start) % 8;
        if past == 0 { Ok(()) } else { self.skip((8 - past).min(self.remaining())) }
    }

    /// Passes over four bytes that must be `signature`; `what` names the structure they begin.
    pub(crate) fn signature(&mut self, signature: [u8; 4], what: &str) -> Result<()> {
        let place = self.clone();
        if self.array::<4>()? == signature { Ok(()) } else { Err(place.corrupt(format!("no signature of {what}"))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_past_the_end() {
        let mut cursor = Cursor::new(&[1, 2, 3], 10);
        assert_eq!(cursor.take(2).unwrap(), [1, 2]);
        assert_eq!(cursor.u32().unwrap_err().byte_range(), Some(12..16));
        assert!(cursor.take(usize::MAX).is_err());
        assert_eq!((cursor.u8().unwrap(), cursor.remaining()), (3, 0));
    }

    #[test]
    fn text_ends_at_a_zero_that_must_be_there() {
        assert_eq!(Cursor::new(b"ab\0c", 0).until_zero().unwrap(), b"ab");
        assert!(Cursor::new(b"ab", 0).until_zero().is_err());
    }
}
