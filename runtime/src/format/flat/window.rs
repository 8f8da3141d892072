//! Small tensors, several at a time. Ten thousand that are read alone cost as many calls of the system, and memory whose pages the system
//! has to provide one by one.

use core::ops::Range;
use std::sync::{Mutex, PoisonError};

use xxhash_rust::xxh3::Xxh3Default;

use super::digest::{self, Digest};
use super::place::Place;
use crate::bytes::{Bytes, BytesMut};
use crate::dtype::DType;
use crate::error::Result;
use crate::format::{ReadOptions, TensorEntry};
use crate::source::Source;
use crate::tensor::TensorData;

/// Tensors of at least as many bytes are read alone: they have large pages of their own.
const SMALL: u64 = 4 << 20;
/// The first window: whoever stops behind two tensors has not read much for nothing.
const FIRST: u64 = 1 << 18;
/// The largest: as long as one tensor of it lives, all of it does.
const LARGEST: u64 = 16 << 20;

/// As much as is read at a time: a part of the second-level cache, in which it is hashed.
const PIECE: usize = 1 << 18;

/// What was read ahead where tensors are read one behind the other.
#[derive(Default)]
pub(in crate::format) struct Window(Mutex<State>);

#[derive(Default)]
struct State {
    /// Which tensor is next if they are read in order.
    next: usize,
    /// How much the window was to hold.
    len: u64,
    held: Option<Held>,
}

/// Tensors that lie one behind the other.
struct Held {
    /// Which they are.
    indices: Range<usize>,
    /// Where the first starts in the file.
    start: u64,
    /// All from there on.
    bytes: Bytes,
    /// What each of them hashes to, if digests are checked.
    digests: Vec<Digest>,
}

impl Window {
    /// The tensor at `index` of `places`, checked against its digest: with others in one buffer if they are small and it is read behind the
    /// one before it, and else by itself.
    ///
    /// # Errors
    /// As [`Place::read`].
    pub(in crate::format) fn read(
        &self,
        source: &dyn Source,
        places: &[Place],
        index: usize,
        entry: &TensorEntry,
        options: &ReadOptions,
    ) -> Result<TensorData> {
        let place = &places[index];
        let held = if options.share { None } else { self.hold(source, places, index, options.digests) };
        let Some((bytes, found)) = held else {
            return place.read(source, entry, options);
        };
        let checked = || {
            if let Some((expected, found)) = place.digest.zip(found) {
                digest::check(expected, found)?;
            }
            TensorData::new(bytes, entry.shape.clone(), entry.dtype)?.into_aligned()
        };
        checked().map_err(|error| error.in_tensor(&entry.name).at(place.range.clone()))
    }

    /// The bytes of a tensor as a part of the window, and what they hash to. If a window cannot be read there is none: then what is wrong
    /// is for the tensor whose bytes they are to say.
    fn hold(&self, source: &dyn Source, places: &[Place], index: usize, hash: bool) -> Option<(Bytes, Option<Digest>)> {
        let range = &places[index].range;
        // What another thread left behind in a panic is as good as any.
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let in_order = index > 0 && state.next == index;
        state.next = index + 1;
        if !in_order || range.end - range.start >= SMALL {
            (state.len, state.held) = (0, None);
            return None;
        }
        if !state.held.as_ref().is_some_and(|held| held.indices.contains(&index)) {
            state.held = None;
            state.len = (2 * state.len).clamp(FIRST, LARGEST);
            let count = fitting(&places[index..], range.start + state.len);
            state.held = Some(Held::read(source, places, index..index + count, hash)?);
        }
        let held = state.held.as_ref()?;
        let within = |at: u64| usize::try_from(at - held.start).ok();
        let bytes = held.bytes.slice(within(range.start)?..within(range.end)?)?;
        let digest = held.digests.get(index - held.indices.start).copied();
        if held.indices.end == state.next {
            // It is used up, and only its tensors should keep it.
            state.held = None;
        }
        Some((bytes, digest))
    }
}

impl Held {
    fn read(source: &dyn Source, places: &[Place], indices: Range<usize>, hash: bool) -> Option<Self> {
        let tensors = &places[indices.clone()];
        let (start, end) = (tensors.first()?.range.start, tensors.last()?.range.end);
        // Eight bytes are what any element is aligned to.
        let mut buffer = BytesMut::zeroed(DType::U64, usize::try_from(end - start).ok()?).ok()?;
        let mut digests = Vec::with_capacity(if hash { tensors.len() } else { 0 });
        let mut hasher = Xxh3Default::new();
        let mut position = start;
        for piece in buffer.as_mut_slice().chunks_mut(PIECE) {
            source.read_at(position, piece).ok()?;
            let piece_end = position + piece.len() as u64;
            while let Some(place) = tensors.get(digests.len()).filter(|_| hash) {
                let within = |at: u64| usize::try_from(at.clamp(position, piece_end) - position).unwrap_or(piece.len());
                hasher.update(&piece[within(place.range.start)..within(place.range.end)]);
                if place.range.end > piece_end {
                    break;
                }
                digests.push(hasher.digest128());
                hasher.reset();
            }
            position = piece_end;
        }
        if hash {
            // Those without bytes that no piece came for.
            digests.resize(tensors.len(), Xxh3Default::new().digest128());
        }
        Some(Self { indices, start, bytes: buffer.freeze(), digests })
    }
}

/// How many of the places lie one behind the other and end before `limit`; the first counts in any case.
fn fitting(places: &[Place], limit: u64) -> usize {
    let behind = |pair: &&[Place]| pair[1].range.start >= pair[0].range.end && pair[1].range.end <= limit;
    1 + places.windows(2).take_while(behind).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};
    use crate::shape::Shape;

    /// Bytes that count how they are read, of which those behind `bad` cannot be.
    struct Counted {
        bytes: Vec<u8>,
        reads: Mutex<Vec<Range<u64>>>,
        bad: u64,
    }

    impl Source for Counted {
        fn len(&self) -> u64 {
            self.bytes.len() as u64
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
            let range = offset..offset + buffer.len() as u64;
            self.reads.lock().unwrap().push(range.clone());
            if range.end > self.bad {
                return Err(Error::new(ErrorKind::Changed));
            }
            let start = usize::try_from(offset).unwrap();
            buffer.copy_from_slice(&self.bytes[start..start + buffer.len()]);
            Ok(())
        }
    }

    /// Tensors of as many bytes, one behind the other, and the source that they are in.
    fn tensors(lens: &[u64]) -> (Counted, Vec<Place>, Vec<TensorEntry>) {
        let mut start = 3;
        let (mut places, mut entries) = (Vec::new(), Vec::new());
        for (index, len) in lens.iter().enumerate() {
            places.push(Place { range: start..start + len, digest: None });
            let shape = Shape::new([usize::try_from(*len).unwrap()]).unwrap();
            let name = index.to_string();
            entries.push(TensorEntry { name, dtype: DType::U8, shape, param_id: None, storage: None });
            start += len;
        }
        let bytes: Vec<u8> = (0..start).map(|at| (at % 251) as u8).collect();
        (Counted { bytes, reads: Mutex::default(), bad: start }, places, entries)
    }

    fn check(read: &[usize], lens: &[u64], reads: usize) {
        let (source, places, entries) = tensors(lens);
        let (window, options) = (Window::default(), ReadOptions::default());
        for &index in read {
            let tensor = window.read(&source, &places, index, &entries[index], &options).unwrap();
            let range = places[index].range.clone();
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            assert!(tensor.bytes()[..] == source.bytes[range], "{index}");
        }
        assert_eq!(source.reads.lock().unwrap().len(), reads, "{read:?}");
    }

    #[test]
    fn small_tensors_in_order_come_several_at_a_time_and_others_alone() {
        let all: Vec<usize> = (0..100).collect();
        // The first alone, then as many as make 256 KiB, 512 KiB, 1 MiB, 2 MiB, and the last two: each in pieces.
        check(&all, &[40_000; 100], 1 + 1 + 2 + 4 + 8 + 1);
        check(&[0, 0, 2, 1, 3], &[40_000; 4], 5);
        check(&[0, 1, 2], &[SMALL, SMALL, 10], 3);
        check(&[0, 1, 2, 3, 4], &[0, 0, 10, 0, 10], 2);
        // What was skipped ends the order, and what it held.
        check(&[0, 1, 2, 5, 6, 7], &[40_000; 8], 4);
    }

    #[test]
    fn a_window_has_nothing_but_the_tensors() {
        let (source, places, entries) = tensors(&[100_000; 9]);
        let (window, options) = (Window::default(), ReadOptions::default());
        for (index, entry) in entries.iter().enumerate() {
            window.read(&source, &places, index, entry, &options).unwrap();
        }
        let mut at = places[0].range.start;
        for read in source.reads.lock().unwrap().iter() {
            assert_eq!(read.start, at);
            at = read.end;
        }
        assert_eq!(at, places[8].range.end);
    }

    #[test]
    fn what_cannot_be_read_is_the_tensors_whose_bytes_they_are() {
        let (mut source, places, entries) = tensors(&[100; 4]);
        source.bad = places[3].range.start;
        let (window, options) = (Window::default(), ReadOptions::default());
        for (index, entry) in entries.iter().enumerate().take(3) {
            window.read(&source, &places, index, entry, &options).unwrap();
        }
        let error = window.read(&source, &places, 3, &entries[3], &options).unwrap_err();
        assert_eq!((error.tensor(), error.byte_range()), (Some("3"), Some(places[3].range.clone())));
    }

    #[test]
    fn elements_are_aligned_wherever_they_lie() {
        let (source, places, mut entries) = tensors(&[8, 1, 8, 8]);
        for index in [2, 3] {
            entries[index].dtype = DType::F64;
            entries[index].shape = Shape::new([1]).unwrap();
        }
        let (window, options) = (Window::default(), ReadOptions::default());
        for (index, entry) in entries.iter().enumerate() {
            let tensor = window.read(&source, &places, index, entry, &options).unwrap();
            assert!(entry.dtype != DType::F64 || tensor.as_slice::<f64>().is_ok(), "{index}");
        }
    }

    #[test]
    fn digests_are_checked_in_a_window_too() {
        let lens = [100_000, 300_000, 0, 1, 262_144, 70_000, 0, 0];
        let (mut source, mut places, entries) = tensors(&lens);
        for place in &mut places {
            let range = usize::try_from(place.range.start).unwrap()..usize::try_from(place.range.end).unwrap();
            place.digest = Some(xxhash_rust::xxh3::xxh3_128(&source.bytes[range]));
        }
        let options = ReadOptions { digests: true, ..ReadOptions::default() };
        let fails = |source: &Counted, places: &[Place]| -> Vec<usize> {
            let window = Window::default();
            let read = |index: &usize| window.read(source, places, *index, &entries[*index], &options);
            let is_wrong = |index: &usize| match read(index) {
                Ok(_) => false,
                Err(error) => matches!(error.kind(), ErrorKind::Digest { .. }),
            };
            (0..lens.len()).filter(is_wrong).collect()
        };
        assert!(fails(&source, &places).is_empty());
        for (index, len) in lens.iter().enumerate().filter(|(_, len)| **len > 0) {
            for at in [places[index].range.start, places[index].range.start + len - 1] {
                let at = usize::try_from(at).unwrap();
                source.bytes[at] ^= 1;
                assert_eq!(fails(&source, &places), [index]);
                source.bytes[at] ^= 1;
            }
        }
        places[7].digest = Some(1);
        assert_eq!(fails(&source, &places), [7]);
    }
}
