//! Where decoders take bytes from, in order.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use crate::bytes::{Bytes, BytesMut};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Budget;
use crate::source::Source;

/// Bytes in order, each taken once.
pub trait Input {
    /// Fills `buffer` with the next bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] if they are not all there; an I/O error. Then nothing more may be read.
    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<()>;

    /// Puts the next bytes at the front of `buffer`, as many as come easily, and says how many: none only at the end or if `buffer`
    /// is empty.
    ///
    /// # Errors
    /// An I/O error. Then nothing more may be read.
    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize>;

    /// How many bytes have been taken.
    fn position(&self) -> u64;

    /// How many bytes are left, where that is known before they are read: it is for files and memory, not for what is decompressed.
    fn remaining(&self) -> Option<u64>;

    /// Whether no byte is left.
    ///
    /// # Errors
    /// Those of reading on, where only that can tell.
    fn at_end(&mut self) -> Result<bool>;

    /// The next `len` bytes without a copy, where they are in memory already and may be shared; otherwise nothing is taken.
    fn share(&mut self, _len: u64) -> Option<Bytes> {
        None
    }

    /// The next `len` bytes in a buffer of their own, typed by the dtype that they are expected to have
    /// ([`BytesMut::zeroed`]); or shared ([`Input::share`]).
    ///
    /// Memory is never taken on the word of the file: where [`Input::remaining`] is known, `len` is held against it and there is one
    /// allocation; where not, the buffer grows to at most twice what was really read.
    ///
    /// # Errors
    /// As [`Input::read_exact`]; [`ErrorKind::OutOfMemory`].
    fn read_blob(&mut self, len: u64, hint: DType) -> Result<Bytes> {
        if let Some(bytes) = self.share(len) {
            return Ok(bytes);
        }
        let (len, mut step) = sizes(self, len)?;
        let mut buffer = BytesMut::zeroed(hint, step)?;
        let mut filled = 0;
        loop {
            self.read_exact(&mut buffer.as_mut_slice()[filled..])?;
            if step == len {
                return Ok(buffer.freeze());
            }
            filled = step;
            step = len.min(filled.saturating_mul(2));
            let mut larger = BytesMut::zeroed(hint, step)?;
            larger.as_mut_slice()[..filled].copy_from_slice(buffer.as_mut_slice());
            buffer = larger;
        }
    }

    /// As [`Input::read_blob`], for floats of two bytes that are to be `F32`: where it is known that the bytes are there, they are the second
    /// half of memory for the `F32`s, and become these without other memory ([`convert`](crate::convert::convert)).
    ///
    /// # Errors
    /// As [`Input::read_blob`].
    fn read_halves(&mut self, len: u64) -> Result<Bytes> {
        if let Some(bytes) = self.share(len) {
            return Ok(bytes);
        }
        let (half, step) = sizes(self, len)?;
        let Some(whole) = half.checked_mul(2).filter(|_| step == half && half.is_multiple_of(2)) else {
            return self.read_blob(len, DType::F16);
        };
        let mut buffer = BytesMut::zeroed(DType::F32, whole)?;
        self.read_exact(&mut buffer.as_mut_slice()[half..])?;
        let bytes = buffer.freeze();
        Ok(bytes.slice(half..whole).unwrap_or(bytes))
    }

    /// As [`Input::read_blob`], for text and other bytes that are to be owned as they are.
    ///
    /// # Errors
    /// As [`Input::read_blob`].
    fn read_vec(&mut self, len: u64) -> Result<Vec<u8>> {
        let (len, mut step) = sizes(self, len)?;
        let mut bytes = Vec::new();
        let mut filled = 0;
        loop {
            let out_of_memory = |_| Error::new(ErrorKind::OutOfMemory { bytes: step as u64 });
            bytes.try_reserve_exact(step - filled).map_err(out_of_memory)?;
            bytes.resize(step, 0);
            self.read_exact(&mut bytes[filled..])?;
            if step == len {
                return Ok(bytes);
            }
            filled = step;
            step = len.min(filled.saturating_mul(2));
        }
    }

    /// All bytes that are left; shared, where they may be. They are charged as held, the room from which they are moved included, until the
    /// caller gives their number back.
    ///
    /// # Errors
    /// As [`Input::read_blob`]; a limit.
    fn read_to_end(&mut self, budget: &Budget) -> Result<Bytes> {
        if let Some(len) = self.remaining() {
            budget.charge_held(len)?;
            return self.read_blob(len, DType::U8);
        }
        let mut bytes = Vec::new();
        let mut filled = 0;
        loop {
            if filled == bytes.len() {
                // Not twice as much: what comes of the bytes has to find room beside them. A large block is moved by its pages.
                let step = (filled / 16).max(FIRST_STEP);
                budget.charge_held(filled as u64 + step as u64)?;
                let out_of_memory = |_| Error::new(ErrorKind::OutOfMemory { bytes: step as u64 });
                bytes.try_reserve_exact(step).map_err(out_of_memory)?;
                bytes.resize(filled + step, 0);
                budget.refund_held(filled as u64);
            }
            match self.read_some(&mut bytes[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        // The room that is left at the end goes with the bytes, and the caller knows of these alone.
        budget.refund_held((bytes.len() - filled) as u64);
        bytes.truncate(filled);
        Ok(Bytes::from(bytes))
    }

    /// Takes the next `len` bytes and forgets them.
    ///
    /// # Errors
    /// As [`Input::read_exact`].
    fn skip(&mut self, len: u64) -> Result<()> {
        require(self, len)?;
        let mut waste = [0; 4096];
        let mut left = len;
        while left > 0 {
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(waste.len());
            self.read_exact(&mut waste[..step])?;
            left -= step as u64;
        }
        Ok(())
    }
}

/// What is allocated on the word of the file before any of its bytes are seen, where it is not known how many there are.
const FIRST_STEP: usize = 1 << 20;

/// `len` as a size in memory, and how much of it may be allocated at once.
fn sizes(input: &(impl Input + ?Sized), len: u64) -> Result<(usize, usize)> {
    require(input, len)?;
    let size = usize::try_from(len).map_err(|_| Error::new(ErrorKind::OutOfMemory { bytes: len }))?;
    Ok((size, if input.remaining().is_some() { size } else { size.min(FIRST_STEP) }))
}

/// Checks that `len` bytes are left, where that is known.
fn require(input: &(impl Input + ?Sized), len: u64) -> Result<()> {
    match input.remaining() {
        Some(remaining) if len > remaining => Err(truncated(input.position(), len, remaining)),
        _ => Ok(()),
    }
}

/// The error of asking for `len` bytes at `position` where `remaining` are left.
pub(super) fn truncated(position: u64, len: u64, remaining: u64) -> Error {
    let needed = position.saturating_add(len);
    Error::new(ErrorKind::Truncated { needed, available: position.saturating_add(remaining) }).at(position..needed)
}

/// The next `N` bytes.
pub(super) fn read_array<const N: usize>(input: &mut (impl Input + ?Sized)) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

impl<I: Input + ?Sized> Input for &mut I {
    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<()> {
        (**self).read_exact(buffer)
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize> {
        (**self).read_some(buffer)
    }

    fn position(&self) -> u64 {
        (**self).position()
    }

    fn remaining(&self) -> Option<u64> {
        (**self).remaining()
    }

    fn at_end(&mut self) -> Result<bool> {
        (**self).at_end()
    }

    fn share(&mut self, len: u64) -> Option<Bytes> {
        (**self).share(len)
    }
}

/// What [`Buffered`] takes its bytes from.
pub(crate) trait Pull {
    /// Puts the next bytes at the front of `buffer`, as many as come easily, and says how many: none only at the end.
    ///
    /// # Errors
    /// Those of reading.
    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize>;

    /// How many bytes are left, where that is known.
    fn remaining(&self) -> Option<u64> {
        None
    }

    /// The `len` bytes that start `back` before the next one, without a copy, where that is possible; they are taken then.
    fn share(&mut self, _back: usize, _len: u64) -> Option<Bytes> {
        None
    }
}

/// An input that takes small reads from a buffer, and reads large ones straight to where they are wanted.
#[derive(Debug)]
pub(crate) struct Buffered<P> {
    pub(super) inner: P,
    buffer: Vec<u8>,
    /// What was pulled and not yet taken is `buffer[start..end]`.
    start: usize,
    end: usize,
    position: u64,
}

impl<P: Pull> Buffered<P> {
    const CAPACITY: usize = 16 << 10;

    pub(super) fn over(inner: P) -> Self {
        Self::over_from(inner, 0)
    }

    /// Over an `inner` that has given `position` bytes to others.
    fn over_from(inner: P, position: u64) -> Self {
        let known = inner.remaining().and_then(|len| usize::try_from(len).ok()).unwrap_or(usize::MAX);
        Self { inner, buffer: vec![0; Self::CAPACITY.min(known)], start: 0, end: 0, position }
    }

    /// Bytes that come next, which are left there: none only at the end.
    pub(super) fn peek(&mut self) -> Result<&[u8]> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.end = self.inner.pull(&mut self.buffer)?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Takes `len` of the bytes that [`Buffered::peek`] gave.
    pub(super) fn consume(&mut self, len: usize) {
        debug_assert!(len <= self.end - self.start, "only what was given is taken");
        self.start += len;
        self.position += len as u64;
    }
}

impl<P: Pull> Input for Buffered<P> {
    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<()> {
        let wanted = buffer.len();
        // Most reads are of a few bytes that are there.
        if let Some(bytes) = self.buffer[self.start..self.end].get(..wanted) {
            buffer.copy_from_slice(bytes);
            self.consume(wanted);
            return Ok(());
        }
        let mut filled = 0;
        loop {
            let buffered = &self.buffer[self.start..self.end];
            let take = buffered.len().min(wanted - filled);
            buffer[filled..filled + take].copy_from_slice(&buffered[..take]);
            self.start += take;
            filled += take;
            while wanted - filled >= self.buffer.len().max(1) {
                let pulled = self.inner.pull(&mut buffer[filled..])?;
                if pulled == 0 {
                    return Err(truncated(self.position, wanted as u64, filled as u64));
                }
                filled += pulled;
            }
            if filled == wanted {
                self.position += wanted as u64;
                return Ok(());
            }
            if self.at_end()? {
                return Err(truncated(self.position, wanted as u64, filled as u64));
            }
        }
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.start == self.end && buffer.len() >= self.buffer.len() {
            let read = self.inner.pull(buffer)?;
            self.position += read as u64;
            return Ok(read);
        }
        let buffered = self.peek()?;
        let read = buffered.len().min(buffer.len());
        buffer[..read].copy_from_slice(&buffered[..read]);
        self.consume(read);
        Ok(read)
    }

    fn position(&self) -> u64 {
        self.position
    }

    fn remaining(&self) -> Option<u64> {
        self.inner.remaining().map(|left| left + (self.end - self.start) as u64)
    }

    fn at_end(&mut self) -> Result<bool> {
        self.peek().map(<[u8]>::is_empty)
    }

    fn share(&mut self, len: u64) -> Option<Bytes> {
        let bytes = self.inner.share(self.end - self.start, len)?;
        (self.start, self.end) = (0, 0);
        self.position += len;
        Some(bytes)
    }
}

/// A place in a [`Source`].
pub(crate) struct Cursor {
    source: Arc<dyn Source>,
    offset: u64,
    share: bool,
}

/// The bytes of a source from the first to the last.
pub(crate) type SourceInput = Buffered<Cursor>;

impl SourceInput {
    /// From the first byte of `source`. With `share`, blobs that are in memory already are not copied.
    pub(crate) fn new(source: Arc<dyn Source>, share: bool) -> Self {
        Self::over(Cursor { source, offset: 0, share })
    }

    #[cfg(all(feature = "gzip", feature = "json", feature = "mpk"))]
    /// From the byte at `offset` of `source`, or from its end if that comes first. Positions are the source's.
    pub(crate) fn at(source: Arc<dyn Source>, offset: u64) -> Self {
        let offset = offset.min(source.len());
        Self::over_from(Cursor { source, offset, share: false }, offset)
    }

    /// From the first of `bytes`, whose blobs are shared if the bytes live as long as the program and copied otherwise: a small blob
    /// must not keep a whole file in memory.
    pub(crate) fn from_bytes(bytes: Bytes) -> Self {
        let share = bytes.is_static();
        Self::new(Arc::new(bytes), share)
    }

    /// The same of bytes that stand at `position` in the file, where errors place what is wrong with them.
    pub(crate) fn from_bytes_at(bytes: Bytes, position: u64) -> Self {
        Self { position, ..Self::from_bytes(bytes) }
    }
}

impl Pull for Cursor {
    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let left = usize::try_from(self.source.len() - self.offset).unwrap_or(usize::MAX);
        let len = buffer.len().min(left);
        self.source.read_at(self.offset, &mut buffer[..len])?;
        self.offset += len as u64;
        Ok(len)
    }

    fn remaining(&self) -> Option<u64> {
        Some(self.source.len() - self.offset)
    }

    fn share(&mut self, back: usize, len: u64) -> Option<Bytes> {
        let start = self.offset.checked_sub(back as u64).filter(|_| self.share)?;
        let end = start.checked_add(len).filter(|&end| end <= self.source.len())?;
        let bytes = self.source.share(start..end)?;
        self.offset = end;
        Some(bytes)
    }
}

/// Bytes that a reader gives: an input whose length is not known, for the tests of those.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Reader<R>(R);

/// The bytes of a reader whose length is not known.
#[cfg(test)]
pub(crate) type ReadInput<R> = Buffered<Reader<R>>;

#[cfg(test)]
impl<R: std::io::Read> ReadInput<R> {
    /// From the reader's next byte.
    pub(crate) fn new(reader: R) -> Self {
        Self::over(Reader(reader))
    }
}

#[cfg(test)]
impl<R: std::io::Read> Pull for Reader<R> {
    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                result => return result.map_err(|error| Error::io("read", error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codec::digest::Digesting;
    use crate::limits::Limits;

    /// Gives a few bytes at a time, so that no read is answered at once.
    struct Slow(Bytes, usize);

    impl Pull for Slow {
        fn pull(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let left = &self.0[self.1..];
            let len = left.len().min(buffer.len()).min(7000);
            buffer[..len].copy_from_slice(&left[..len]);
            self.1 += len;
            Ok(len)
        }
    }

    fn pattern(len: usize) -> Bytes {
        Bytes::from((0..251u8).cycle().zip(0..=255u8).map(|(a, b)| a ^ b).cycle().take(len).collect::<Vec<_>>())
    }

    #[derive(Clone, Debug)]
    enum Step {
        Exact(usize),
        Some(usize),
        Blob(usize),
        Halves(usize),
        Vec(usize),
        Skip(usize),
        AtEnd,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let len = prop_oneof![0..20usize, 0..60_000usize, Just(1 << 20), Just(2_500_000)];
        let step = (0..7, len).prop_map(|(kind, len)| match kind {
            0 => Step::Exact(len),
            1 => Step::Some(len),
            2 => Step::Blob(len),
            3 => Step::Vec(len),
            4 => Step::Skip(len),
            5 => Step::Halves(len),
            _ => Step::AtEnd,
        });
        proptest::collection::vec(step, 0..12)
    }

    /// Takes bytes in the given steps, and holds each against the bytes themselves.
    fn run(input: impl Input, bytes: &[u8], steps: &[Step]) {
        let mut input = Digesting::new(input);
        let mut taken = 0;
        for step in steps {
            let left = bytes.len() - taken;
            let (read, wanted) = match *step {
                Step::Exact(len) => {
                    let mut buffer = vec![0; len];
                    (input.read_exact(&mut buffer).map(|()| buffer), len)
                }
                Step::Some(len) => {
                    let mut buffer = vec![0; len];
                    let read = input.read_some(&mut buffer).unwrap();
                    assert_eq!(read == 0, len.min(left) == 0);
                    buffer.truncate(read);
                    (Ok(buffer), read)
                }
                Step::Blob(len) => (input.read_blob(len as u64, DType::F32).map(|blob| blob.to_vec()), len),
                Step::Halves(len) => (input.read_halves(len as u64).map(|blob| blob.to_vec()), len),
                Step::Vec(len) => (input.read_vec(len as u64), len),
                Step::Skip(len) => (input.skip(len as u64).map(|()| bytes[taken..taken + len].to_vec()), len),
                Step::AtEnd => {
                    assert_eq!(input.at_end().unwrap(), left == 0);
                    (Ok(Vec::new()), 0)
                }
            };
            if wanted > left {
                let error = read.unwrap_err();
                assert!(matches!(error.kind(), ErrorKind::Truncated { .. }), "{error}");
                return;
            }
            assert!(read.unwrap() == bytes[taken..taken + wanted], "{step:?} at {taken}");
            taken += wanted;
            assert_eq!(input.position(), taken as u64);
            assert!(input.remaining().is_none_or(|remaining| remaining == (bytes.len() - taken) as u64));
            assert_eq!(input.digest(), crate::xxh3::xxh3_128(&bytes[..taken]));
        }
        assert!(*input.read_to_end(&Budget::new(Limits::default(), bytes.len() as u64)).unwrap() == bytes[taken..]);
        assert_eq!(input.digest(), crate::xxh3::xxh3_128(bytes));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_input_gives_the_same_bytes_in_any_steps(
            len in prop_oneof![0..30usize, Just(16384), Just(3_000_000), 0..100_000usize],
            steps in steps(),
        ) {
            let bytes = pattern(len);
            run(SourceInput::new(Arc::new(bytes.clone()), false), &bytes, &steps);
            run(SourceInput::new(Arc::new(bytes.clone()), true), &bytes, &steps);
            run(Buffered::over(Slow(bytes.clone(), 0)), &bytes, &steps);
            #[cfg(feature = "std")]
            run(ReadInput::new(&bytes[..]), &bytes, &steps);
        }
    }

    #[test]
    fn static_bytes_are_shared_and_others_are_typed() {
        let mut input = SourceInput::from_bytes(Bytes::from_static(b"head and blob"));
        assert_eq!(read_array(&mut input).unwrap(), *b"head ");
        let blob = input.read_blob(4, DType::U8).unwrap();
        assert!(blob.is_static() && *blob == *b"and ");
        assert_eq!(read_array(&mut input).unwrap(), *b"blob");
        let mut input = SourceInput::from_bytes(Bytes::from(vec![0; 9]));
        assert_eq!(input.read_blob(8, DType::F64).unwrap().try_into_vec::<f64>().unwrap(), [0.0]);
    }

    #[test]
    fn halves_have_room_for_what_they_become_where_they_are_known_to_be_there() {
        let mut known = SourceInput::new(Arc::new(pattern(10)), false);
        assert_eq!(known.read_halves(4).unwrap().try_into_vec_of_half::<f32>().unwrap().len(), 2);
        // No whole number of halves.
        assert_eq!(*known.read_halves(3).unwrap(), pattern(10)[4..7]);
        let mut unknown = Buffered::over(Slow(pattern(2_500_000), 0));
        assert!(unknown.read_halves(2_000_000).unwrap().try_into_vec_of_half::<f32>().is_err());
    }

    #[test]
    fn memory_is_not_taken_for_bytes_that_are_not_there() {
        for len in [u64::MAX, 1 << 62, 1 << 45] {
            let mut known = SourceInput::new(Arc::new(pattern(10)), false);
            assert!(matches!(known.read_blob(len, DType::F32).unwrap_err().kind(), ErrorKind::Truncated { .. }));
            assert!(matches!(known.read_halves(len).unwrap_err().kind(), ErrorKind::Truncated { .. }));
            let mut unknown = Buffered::over(Slow(pattern(10), 0));
            assert!(matches!(unknown.read_blob(len, DType::F32).unwrap_err().kind(), ErrorKind::Truncated { .. }));
            let mut unknown = Buffered::over(Slow(pattern(10), 0));
            assert!(matches!(unknown.read_halves(len).unwrap_err().kind(), ErrorKind::Truncated { .. }));
            let mut unknown = Buffered::over(Slow(pattern(10), 0));
            assert!(matches!(unknown.read_vec(len).unwrap_err().kind(), ErrorKind::Truncated { .. }));
        }
    }
}
