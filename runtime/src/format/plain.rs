//! Tensors that are in the file as they are in memory.

use alloc::boxed::Box;
use core::fmt;

use crate::error::{Error, Result};

/// The bytes of a tensor that lie in a file, row-major and little-endian, as they are to be in memory: see
/// [`TensorFile::plain_bytes`](super::TensorFile::plain_bytes).
pub struct PlainBytes<'f> {
    len: usize,
    read: Box<Read<'f>>,
}

/// Fills a slice.
type Read<'f> = dyn FnOnce(&mut [u8]) -> Result<()> + 'f;

impl<'f> PlainBytes<'f> {
    /// `len` bytes that `read` fills a slice with, checked against whatever checksum the format has for them.
    pub fn new(len: usize, read: impl FnOnce(&mut [u8]) -> Result<()> + 'f) -> Self {
        Self { len, read: Box::new(read) }
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Reads them into `out`. On an error it holds nothing of use.
    ///
    /// # Errors
    /// As [`TensorFile::read`](super::TensorFile::read); [`ErrorKind::Argument`](crate::ErrorKind::Argument) if `out` is not as long.
    pub fn read_into(self, out: &mut [u8]) -> Result<()> {
        if out.len() != self.len {
            return Err(Error::argument(alloc::format!(
                "{} bytes are for a slice of as many, not of {}",
                self.len,
                out.len()
            )));
        }
        (self.read)(out)
    }
}

impl fmt::Debug for PlainBytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlainBytes({} bytes)", self.len)
    }
}
