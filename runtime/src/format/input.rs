//! Reading a header in order from a random-access source, a window at a time.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::error::{Error, ErrorKind, Result};
use crate::source::{self, Source};

/// Bytes read ahead: headers are walked with few reads.
const WINDOW: usize = 8 << 10;
/// Bytes read ahead where a blob was skipped, of which there may be thousands with a short field between each two. What follows reads
/// twice as many each time.
const SHORT: usize = 512;

/// A place in a source that moves forward, with the numbers that headers are made of.
pub(crate) struct Input<'a> {
    source: &'a dyn Source,
    position: u64,
    end: u64,
    window: Vec<u8>,
    window_start: u64,
    big_endian: bool,
}

macro_rules! numbers {
    ($($name:ident)*) => {$(
        pub(crate) fn $name(&mut self) -> Result<$name> {
            let bytes = self.array()?;
            Ok(if self.big_endian { $name::from_be_bytes(bytes) } else { $name::from_le_bytes(bytes) })
        }
    )*};
}

impl<'a> Input<'a> {
    /// Reads the bytes at `range`, numbers little-endian.
    pub(crate) fn new(source: &'a dyn Source, range: Range<u64>) -> Result<Self> {
        source::check_range(source, range.start, range.end.saturating_sub(range.start))?;
        let Range { start, end } = range;
        Ok(Self { source, position: start, end, window: Vec::new(), window_start: start, big_endian: false })
    }

    /// Sets the byte order of the numbers that follow.
    pub(crate) fn set_big_endian(&mut self, big_endian: bool) {
        self.big_endian = big_endian;
    }

    /// Offset in the source of the next byte.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Moves to an offset in the source that is within the range and was passed before.
    pub(crate) fn seek(&mut self, position: u64) {
        self.position = position.min(self.end);
    }

    /// Bytes left.
    pub(crate) fn remaining(&self) -> u64 {
        self.end - self.position
    }

    /// Fills `out` with the next bytes.
    pub(crate) fn fill(&mut self, out: &mut [u8]) -> Result<()> {
        self.check(out.len() as u64)?;
        if let Some(bytes) = self.windowed(out.len()) {
            out.copy_from_slice(bytes);
        } else if out.len() >= WINDOW {
            self.source.read_at(self.position, out)?;
        } else {
            let passed =
                self.position.checked_sub(self.window_start).is_some_and(|passed| passed <= self.window.len() as u64);
            let wanted = if passed { (2 * self.window.len()).clamp(SHORT, WINDOW) } else { SHORT }.max(out.len());
            let ahead = usize::try_from(self.remaining()).map_or(wanted, |left| left.min(wanted));
            self.window.resize(ahead, 0);
            self.window_start = self.position;
            if let Err(error) = self.source.read_at(self.position, &mut self.window) {
                self.window.clear();
                return Err(error);
            }
            out.copy_from_slice(&self.window[..out.len()]);
        }
        self.position += out.len() as u64;
        Ok(())
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// The next `len` bytes, known to exist before memory is taken for them.
    pub(crate) fn vec(&mut self, len: u64) -> Result<Vec<u8>> {
        self.check(len)?;
        let out_of_memory = || Error::new(ErrorKind::OutOfMemory { bytes: len });
        let size = usize::try_from(len).map_err(|_| out_of_memory())?;
        let mut bytes = bytemuck::allocation::try_zeroed_vec(size).map_err(|()| out_of_memory())?;
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// The next `len` bytes as UTF-8; `what` names them in the error.
    pub(crate) fn text(&mut self, len: u64, what: &str) -> Result<String> {
        let start = self.position;
        String::from_utf8(self.vec(len)?)
            .map_err(|_| Error::corrupt(alloc::format!("{what} is not UTF-8")).at(start..start + len))
    }

    /// Moves past `len` bytes without reading them.
    pub(crate) fn skip(&mut self, len: u64) -> Result<()> {
        self.check(len)?;
        self.position += len;
        Ok(())
    }

    numbers! { u8 u16 u32 u64 }

    fn windowed(&self, len: usize) -> Option<&[u8]> {
        let start = usize::try_from(self.position.checked_sub(self.window_start)?).ok()?;
        self.window.get(start..start.checked_add(len)?)
    }

    fn check(&self, len: u64) -> Result<()> {
        if len <= self.remaining() {
            return Ok(());
        }
        let needed = self.position.saturating_add(len);
        Err(Error::new(ErrorKind::Truncated { needed, available: self.end }).at(self.position..needed))
    }
}

/// Appends to a list whose length a file decides: an error, not an abort, where there is no memory for it.
pub(crate) fn push<T>(list: &mut Vec<T>, item: T) -> Result<()> {
    list.try_reserve(1)
        .map_err(|_| Error::new(ErrorKind::OutOfMemory { bytes: (list.len() * size_of::<T>()) as u64 }))?;
    list.push(item);
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use portable_atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::bytes::Bytes;

    #[test]
    fn numbers_come_in_either_byte_order_also_across_windows() {
        let mut bytes = vec![0u8; WINDOW - 2];
        bytes.extend([1, 2, 3, 4, 5, 6]);
        let source = Bytes::from(bytes);
        let mut input = Input::new(&source, 0..source.len() as u64).unwrap();
        assert_eq!(input.u8().unwrap(), 0);
        input.skip(WINDOW as u64 - 3).unwrap();
        assert_eq!(input.u32().unwrap(), 0x0403_0201);
        input.set_big_endian(true);
        assert_eq!((input.u16().unwrap(), input.remaining()), (0x0506, 0));
    }

    #[test]
    fn nothing_is_taken_past_the_end_of_the_range() {
        let source = Bytes::from(vec![7u8; 10]);
        let mut input = Input::new(&source, 2..6).unwrap();
        assert!(input.vec(u64::MAX).is_err() && input.skip(5).is_err() && input.array::<5>().is_err());
        assert_eq!(input.vec(4).unwrap(), [7; 4]);
        assert!(Input::new(&source, 2..11).is_err());
    }

    /// Bytes that count how many are read.
    struct Counted(Bytes, AtomicU64);

    impl Source for Counted {
        fn len(&self) -> u64 {
            Source::len(&self.0)
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
            self.1.fetch_add(buffer.len() as u64, Ordering::Relaxed);
            self.0.read_at(offset, buffer)
        }
    }

    #[test]
    fn a_short_field_between_blobs_is_read_without_much_of_them() {
        const BLOB: usize = 4 * WINDOW;
        let source = Counted(Bytes::from(vec![1u8; 10 * (BLOB + 3)]), AtomicU64::new(0));
        let mut input = Input::new(&source, 0..source.len()).unwrap();
        for _ in 0..10 {
            assert_eq!(input.array().unwrap(), [1, 1, 1]);
            input.skip(BLOB as u64).unwrap();
        }
        assert_eq!(source.1.load(Ordering::Relaxed), 10 * SHORT as u64);
        // Without a blob in between, windows grow.
        let source = Counted(Bytes::from(vec![1u8; 8 * WINDOW]), AtomicU64::new(0));
        let mut input = Input::new(&source, 0..source.len()).unwrap();
        let mut reads = 0;
        while input.remaining() > 0 {
            let before = source.1.load(Ordering::Relaxed);
            input.u8().unwrap();
            reads += usize::from(source.1.load(Ordering::Relaxed) > before);
        }
        assert_eq!((source.1.load(Ordering::Relaxed), reads), (8 * WINDOW as u64, 4 + 8));
    }
}
