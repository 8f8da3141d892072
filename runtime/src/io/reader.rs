//! A source from front to back.

use std::io::{self, BufRead, Read};

use super::to_io_error;
use crate::error::Result;
use crate::source::{Source, check_range};

/// Reads a source from front to back, as [`std::io::Read`] and [`BufRead`], for parsers that stream.
///
/// Small reads go through a buffer; those at least as large as it go straight from the source to their destination.
/// An [`Error`](crate::Error) of the source travels inside the `io::Error`: [`from_io_error`](super::from_io_error) takes it out.
#[derive(Debug)]
pub struct SourceReader<S> {
    source: S,
    /// Where in the source the buffer ends.
    next: u64,
    buffer: Box<[u8]>,
    /// The part of the buffer that is filled and not yet given out.
    unread: std::ops::Range<usize>,
}

impl<S: Source> SourceReader<S> {
    const BUFFER: usize = 64 << 10;

    /// A reader from the first byte.
    pub fn new(source: S) -> Self {
        let size = usize::try_from(source.len()).map_or(Self::BUFFER, |len| len.min(Self::BUFFER));
        Self { source, next: 0, buffer: vec![0; size].into_boxed_slice(), unread: 0..0 }
    }

    /// Where in the source the next byte comes from.
    pub fn position(&self) -> u64 {
        self.next - self.unread.len() as u64
    }

    /// Bytes that are left.
    pub fn remaining(&self) -> u64 {
        self.source.len() - self.position()
    }

    /// Goes on from `position`, if it is not past the end.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`](crate::ErrorKind::Truncated) if it is.
    pub fn seek_to(&mut self, position: u64) -> Result<()> {
        check_range(&self.source, position, 0)?;
        let buffered = self.position()..=self.next;
        if buffered.contains(&position)
            && let Ok(left) = usize::try_from(self.next - position)
        {
            self.unread.start = self.unread.end - left;
        } else {
            self.unread = 0..0;
            self.next = position;
        }
        Ok(())
    }

    /// The source.
    pub fn get_ref(&self) -> &S {
        &self.source
    }

    /// Reads from the source, past the buffer, as much as there is.
    fn read_source(source: &S, next: &mut u64, out: &mut [u8]) -> io::Result<usize> {
        let left = source.len() - *next;
        let count = usize::try_from(left).map_or(out.len(), |left| left.min(out.len()));
        source.read_at(*next, &mut out[..count]).map_err(to_io_error)?;
        *next += count as u64;
        Ok(count)
    }
}

impl<S: Source> Read for SourceReader<S> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.unread.is_empty() && out.len() >= self.buffer.len() {
            return Self::read_source(&self.source, &mut self.next, out);
        }
        let available = self.fill_buf()?;
        let count = available.len().min(out.len());
        out[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<S: Source> BufRead for SourceReader<S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.unread.is_empty() {
            let count = Self::read_source(&self.source, &mut self.next, &mut self.buffer)?;
            self.unread = 0..count;
        }
        Ok(&self.buffer[self.unread.clone()])
    }

    fn consume(&mut self, count: usize) {
        self.unread.start = self.unread.end.min(self.unread.start + count);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::bytes::Bytes;

    #[test]
    fn any_mix_of_small_and_large_reads_gives_the_source() {
        let bytes: Vec<u8> = (0..300_000u32).map(|i| i.to_le_bytes()[0] ^ i.to_le_bytes()[1]).collect();
        let mut reader = SourceReader::new(Bytes::from(bytes.clone()));
        let mut read = Vec::new();
        for size in [1usize, 7, 65_535, 65_536, 3, 100_000].iter().cycle() {
            let mut piece = vec![0; *size];
            let count = reader.read(&mut piece).unwrap();
            if count == 0 {
                break;
            }
            read.extend_from_slice(&piece[..count]);
            assert_eq!(reader.position(), read.len() as u64);
        }
        assert!(read == bytes);
        assert_eq!(reader.remaining(), 0);
    }

    #[test]
    fn seeking_within_and_past_the_buffer_lands_where_it_says() {
        let bytes: Vec<u8> = (0..200_000u32).map(|i| (i / 256).to_le_bytes()[0]).collect();
        let mut reader = SourceReader::new(Bytes::from(bytes.clone()));
        for position in [0u64, 10, 65_536, 70_000, 69_000, 199_999, 5] {
            reader.seek_to(position).unwrap();
            let mut byte = [0];
            reader.read_exact(&mut byte).unwrap();
            assert_eq!(byte[0], bytes[usize::try_from(position).unwrap()]);
        }
        assert!(reader.seek_to(200_001).is_err());
    }

    #[test]
    fn large_reads_pass_the_buffer_by() {
        struct Counted(Bytes, AtomicUsize);
        impl Source for Counted {
            fn len(&self) -> u64 {
                Source::len(&self.0)
            }
            fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
                self.1.fetch_add(1, Ordering::Relaxed);
                self.0.read_at(offset, buffer)
            }
        }
        let mut reader = SourceReader::new(Counted(Bytes::from(vec![1u8; 10 << 20]), AtomicUsize::new(0)));
        let mut all = vec![0; 10 << 20];
        reader.read_exact(&mut all).unwrap();
        assert_eq!(reader.get_ref().1.load(Ordering::Relaxed), 1);
    }
}
