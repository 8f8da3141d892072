//! Where readers take bytes from, and where writers put them.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use crate::bytes::{Bytes, BytesMut};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::shape::Shape;
use crate::tensor::TensorData;

/// Bytes with random access: a file, bytes in memory, a mapped file, a member of an archive.
pub trait Source: Send + Sync {
    /// Number of bytes. Constant.
    fn len(&self) -> u64;

    /// Whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buffer` with the bytes from `offset`.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] if they are not all there; an I/O error.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()>;

    /// The bytes at `range` without copying them, where they are in memory already and may be shared.
    fn share(&self, _range: Range<u64>) -> Option<Bytes> {
        None
    }
}

impl Source for Bytes {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let range = check_range(self, offset, buffer.len() as u64)?;
        buffer.copy_from_slice(&self[to_usize(&range)?]);
        Ok(())
    }

    fn share(&self, range: Range<u64>) -> Option<Bytes> {
        self.slice(to_usize(&range).ok()?)
    }
}

impl<S: Source + ?Sized> Source for Arc<S> {
    fn len(&self) -> u64 {
        (**self).len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        (**self).read_at(offset, buffer)
    }

    fn share(&self, range: Range<u64>) -> Option<Bytes> {
        (**self).share(range)
    }
}

/// The range of `len` bytes from `offset`, if all of it is in `source`: the check that comes before any allocation.
///
/// # Errors
/// [`ErrorKind::Truncated`] if not.
pub fn check_range(source: &(impl Source + ?Sized), offset: u64, len: u64) -> Result<Range<u64>> {
    let available = source.len();
    match offset.checked_add(len) {
        Some(end) if end <= available => Ok(offset..end),
        end => {
            let needed = end.unwrap_or(u64::MAX);
            Err(Error::new(ErrorKind::Truncated { needed, available }).at(offset..needed))
        }
    }
}

/// The bytes of `len` from `offset`, copied; they are known to exist before memory is taken for them.
///
/// # Errors
/// As [`Source::read_at`]; [`ErrorKind::OutOfMemory`].
pub fn read_vec(source: &(impl Source + ?Sized), offset: u64, len: u64) -> Result<Vec<u8>> {
    check_range(source, offset, len)?;
    let size = usize::try_from(len).map_err(|_| Error::new(ErrorKind::OutOfMemory { bytes: len }))?;
    let mut bytes =
        bytemuck::allocation::try_zeroed_vec(size).map_err(|()| Error::new(ErrorKind::OutOfMemory { bytes: len }))?;
    source.read_at(offset, &mut bytes)?;
    Ok(bytes)
}

/// The tensor whose row-major little-endian bytes start at `offset`: one allocation, one copy. With `share`, bytes that are in
/// memory already are not copied at all.
///
/// # Errors
/// As [`Source::read_at`]; [`ErrorKind::ByteLength`] where a sub-byte dtype does not fill its last byte.
pub fn read_tensor(
    source: &(impl Source + ?Sized),
    offset: u64,
    dtype: DType,
    shape: Shape,
    share: bool,
) -> Result<TensorData> {
    read_tensor_seen(source, offset, dtype, shape, share, None)
}

/// Takes bytes in order as they arrive.
pub type Seen<'a> = &'a mut dyn FnMut(&[u8]);

/// As [`read_tensor`], with all bytes given to `seen` in order as they arrive, while they are in the processor's cache.
///
/// # Errors
/// As [`read_tensor`].
pub fn read_tensor_seen(
    source: &(impl Source + ?Sized),
    offset: u64,
    dtype: DType,
    shape: Shape,
    share: bool,
    seen: Option<Seen<'_>>,
) -> Result<TensorData> {
    let Some(len) = dtype.byte_len(shape.num_elements()) else {
        return Err(Error::new(ErrorKind::ByteLength { shape, dtype, bytes: 0 }));
    };
    let range = check_range(source, offset, len as u64)?;
    if share && let Some(bytes) = source.share(range) {
        if let Some(seen) = seen {
            seen(&bytes);
        }
        return TensorData::new(bytes, shape, dtype);
    }
    let mut buffer = BytesMut::zeroed(dtype, len)?;
    match seen {
        None => source.read_at(offset, buffer.as_mut_slice())?,
        Some(seen) => read_seen(source, offset, buffer.as_mut_slice(), seen)?,
    }
    TensorData::new(buffer.freeze(), shape, dtype)
}

/// Fills `buffer` with the bytes from `offset`, and gives them to `seen` in order as they arrive, while they are in the processor's cache.
///
/// # Errors
/// As [`Source::read_at`].
pub fn read_seen(
    source: &(impl Source + ?Sized),
    offset: u64,
    buffer: &mut [u8],
    seen: &mut dyn FnMut(&[u8]),
) -> Result<()> {
    /// A part of the second-level cache, and enough to make a system call cheap.
    const PIECE: usize = 1 << 18;

    let mut position = offset;
    for piece in buffer.chunks_mut(PIECE) {
        source.read_at(position, piece)?;
        seen(piece);
        position += piece.len() as u64;
    }
    Ok(())
}

/// A part of a source, as a source of its own.
#[derive(Clone)]
pub struct Section {
    source: Arc<dyn Source>,
    range: Range<u64>,
}

impl Section {
    /// The part at `range`.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] if the range is not inside; [`ErrorKind::Argument`] if it ends before it begins.
    pub fn new(source: Arc<dyn Source>, range: Range<u64>) -> Result<Self> {
        let len = range.end.checked_sub(range.start);
        let len = len.ok_or_else(|| Error::argument("the range ends before it begins"))?;
        check_range(&source, range.start, len)?;
        Ok(Self { source, range })
    }
}

impl Source for Section {
    fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let range = check_range(self, offset, buffer.len() as u64)?;
        // A reader of the part counts from its start, and an error from the start of all.
        let whole = self.range.start + range.start..self.range.start + range.end;
        self.source.read_at(whole.start, buffer).map_err(|error| error.at(whole))
    }

    fn share(&self, range: Range<u64>) -> Option<Bytes> {
        if range.start > range.end || range.end > self.len() {
            return None;
        }
        self.source.share(self.range.start + range.start..self.range.start + range.end)
    }
}

/// Where a writer puts bytes, in order.
pub trait Sink {
    /// Takes all of `bytes`.
    ///
    /// # Errors
    /// An I/O error; then nothing more may be written.
    fn put(&mut self, bytes: &[u8]) -> Result<()>;

    /// Where the next byte goes, if bytes can be rewritten once they are put; `None` where they are gone.
    fn position(&self) -> Option<u64> {
        None
    }

    /// Puts `bytes` in the place of those from `position` on, all of which were put before. The next byte goes where it would
    /// have gone. Only for a sink with a [`Sink::position`].
    ///
    /// # Errors
    /// An I/O error; [`ErrorKind::Argument`] if these bytes were not put, or the sink cannot do this.
    fn rewrite(&mut self, _position: u64, _bytes: &[u8]) -> Result<()> {
        Err(Error::argument("this sink cannot rewrite what was put"))
    }
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.try_reserve(bytes.len()).map_err(|_| Error::new(ErrorKind::OutOfMemory { bytes: bytes.len() as u64 }))?;
        self.extend_from_slice(bytes);
        Ok(())
    }

    fn position(&self) -> Option<u64> {
        Some(self.len() as u64)
    }

    fn rewrite(&mut self, position: u64, bytes: &[u8]) -> Result<()> {
        let range = to_usize(&(position..position.saturating_add(bytes.len() as u64)))?;
        let place = self.get_mut(range).ok_or_else(|| Error::argument("only what was put can be rewritten"))?;
        place.copy_from_slice(bytes);
        Ok(())
    }
}

fn to_usize(range: &Range<u64>) -> Result<Range<usize>> {
    match (usize::try_from(range.start), usize::try_from(range.end)) {
        (Ok(start), Ok(end)) => Ok(start..end),
        _ => Err(Error::new(ErrorKind::OutOfMemory { bytes: range.end })),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn nothing_is_read_past_the_end() {
        let bytes = Bytes::from(vec![1u8, 2, 3]);
        assert_eq!(read_vec(&bytes, 1, 2).unwrap(), [2, 3]);
        for (offset, len) in [(0, 4), (4, 0), (u64::MAX, 1), (1, u64::MAX)] {
            let error = read_vec(&bytes, offset, len).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Truncated { available: 3, .. }), "{error}");
        }
    }

    #[test]
    fn a_tensor_is_not_allocated_before_its_bytes_are_known_to_exist() {
        let bytes = Bytes::from(vec![0u8; 8]);
        let shape = Shape::new([1 << 50]).unwrap();
        assert!(read_tensor(&bytes, 0, DType::F32, shape, false).is_err());
    }

    #[test]
    fn only_what_was_put_can_be_rewritten() {
        let mut sink = vec![9u8];
        let start = sink.position().unwrap();
        sink.put(&[0, 0, 3]).unwrap();
        sink.rewrite(start, &[1, 2]).unwrap();
        assert_eq!(sink, [9, 1, 2, 3]);
        assert!(sink.rewrite(3, &[0, 0]).is_err() && sink.rewrite(u64::MAX, &[0]).is_err());
    }

    #[test]
    fn a_part_that_cannot_be_read_says_where_in_the_whole() {
        struct Failing;
        impl Source for Failing {
            fn len(&self) -> u64 {
                100
            }

            fn read_at(&self, _offset: u64, _buffer: &mut [u8]) -> Result<()> {
                Err(Error::corrupt("a disk that does not say where"))
            }
        }
        let part = Section::new(Arc::new(Failing), 10..90).unwrap();
        let part = Section::new(Arc::new(part), 20..80).unwrap();
        assert_eq!(read_vec(&part, 5, 7).unwrap_err().byte_range(), Some(35..42));
    }

    #[test]
    fn sharing_copies_nothing() {
        let bytes = Bytes::from_static(&[0, 0, 128, 63, 0, 0, 0, 64]);
        let tensor = read_tensor(&bytes, 4, DType::F32, Shape::scalar(), true).unwrap();
        assert!(core::ptr::eq(tensor.bytes().as_ptr(), bytes[4..].as_ptr()));
        let section = Section::new(Arc::new(bytes), 4..8).unwrap();
        assert!(read_vec(&section, 0, 5).is_err() && section.share(2..5).is_none());
    }

    #[test]
    fn a_part_that_ends_before_it_begins_is_none() {
        let bytes: Arc<dyn Source> = Arc::new(Bytes::from(vec![0u8; 8]));
        let part = |start, end| Section::new(Arc::clone(&bytes), start..end);
        assert!(part(0, 8).is_ok() && part(3, 3).is_ok() && part(8, 8).is_ok());
        assert!(matches!(part(5, 3).map(|part| part.len()).unwrap_err().kind(), ErrorKind::Argument { .. }));
        for (start, end) in [(0, 9), (9, 9), (8, u64::MAX)] {
            let error = part(start, end).map(|part| part.len()).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Truncated { available: 8, .. }), "{error}");
        }
    }
}
