//! Small reads answered from memory.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::bytes::Bytes;
use crate::error::Result;
use crate::source::{Source, check_range, read_vec};

/// A source that keeps the blocks it read last, for formats whose structure is many small pieces close together: a system call for each
/// of them is most of what opening costs. Reads of a block's size or more go straight to where they are wanted.
pub(super) struct Blocks {
    source: Arc<dyn Source>,
    /// A block with the number `n` is kept at `n % KEPT`.
    kept: Mutex<Box<[Option<Block>]>>,
}

struct Block {
    number: u64,
    bytes: Vec<u8>,
}

/// Bytes of a block: as cheap to read as a few of them, so that reads that are never close to each other lose nothing.
const BLOCK: u64 = 4 << 10;
/// Blocks that are kept.
const KEPT: u64 = 64;

impl Blocks {
    pub(super) fn new(source: Arc<dyn Source>) -> Self {
        Self { source, kept: Mutex::new((0..KEPT).map(|_| None).collect()) }
    }

    /// Fills `buffer` with what starts at `offset` of the block `number`.
    fn copy(&self, number: u64, offset: usize, buffer: &mut [u8]) -> Result<()> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let start = number * BLOCK;
        let Some(slot) = usize::try_from(number % KEPT).ok().and_then(|slot| kept.get_mut(slot)) else {
            return self.source.read_at(start + offset as u64, buffer);
        };
        let block = match slot.take() {
            Some(block) if block.number == number => block,
            _ => {
                let len = BLOCK.min(self.source.len().saturating_sub(start));
                Block { number, bytes: read_vec(&self.source, start, len)? }
            }
        };
        let block = slot.insert(block);
        match block.bytes.get(offset..).and_then(|bytes| bytes.get(..buffer.len())) {
            Some(bytes) => buffer.copy_from_slice(bytes),
            None => return self.source.read_at(start + offset as u64, buffer),
        }
        Ok(())
    }

    /// Fills `buffer` from the blocks that it is in.
    fn read_small(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let mut rest = buffer;
        let mut position = offset;
        while !rest.is_empty() {
            let (number, within) = (position / BLOCK, position % BLOCK);
            let step = usize::try_from(BLOCK - within).map_or(rest.len(), |left| left.min(rest.len()));
            let (piece, behind) = rest.split_at_mut(step);
            self.copy(number, usize::try_from(within).unwrap_or(usize::MAX), piece)?;
            rest = behind;
            position += step as u64;
        }
        Ok(())
    }
}

impl Source for Blocks {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let range = check_range(&self.source, offset, buffer.len() as u64)?;
        let read = if buffer.len() as u64 >= BLOCK {
            self.source.read_at(offset, buffer)
        } else {
            self.read_small(offset, buffer)
        };
        // Not every source says where it failed, and readers of many small pieces are not to say it for each.
        read.map_err(|error| error.at(range))
    }

    fn share(&self, range: Range<u64>) -> Option<Bytes> {
        self.source.share(range)
    }
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct Counted(Vec<u8>, AtomicUsize);

    impl Source for Counted {
        fn len(&self) -> u64 {
            self.0.len() as u64
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
            let range = check_range(self, offset, buffer.len() as u64)?;
            let start = usize::try_from(range.start).unwrap();
            buffer.copy_from_slice(&self.0[start..start + buffer.len()]);
            self.1.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }

    #[test]
    fn reads_of_any_size_and_place_give_the_source() {
        let bytes: Vec<u8> = (0..1_000_003u32).map(|i| (i ^ i >> 8).to_le_bytes()[0]).collect();
        let blocks = Blocks::new(Arc::new(Counted(bytes.clone(), AtomicUsize::new(0))));
        let places = [0, 1, 4090, 4095, 4096, 8191, 262_143, 262_145, 999_000, 5000, 0];
        for (offset, len) in places.into_iter().flat_map(|offset| [0, 1, 9, 4095, 4096, 9000].map(|len| (offset, len)))
        {
            let read = read_vec(&blocks, offset, len);
            match bytes.get(usize::try_from(offset).unwrap()..).and_then(|b| b.get(..usize::try_from(len).unwrap())) {
                Some(expected) => assert!(read.unwrap() == expected, "{len} bytes at {offset}"),
                None => assert!(read.is_err(), "{len} bytes at {offset}"),
            }
        }
    }

    #[test]
    fn neighbours_are_read_once_and_what_is_large_straight() {
        let counted = Arc::new(Counted(alloc::vec![7; 40_000], AtomicUsize::new(0)));
        let blocks = Blocks::new(Arc::clone(&counted) as Arc<dyn Source>);
        for offset in 0..4000 {
            assert_eq!(read_vec(&blocks, offset, 8).unwrap(), [7; 8]);
        }
        assert_eq!(counted.1.load(Ordering::Relaxed), 1);
        read_vec(&blocks, 100, 30_000).unwrap();
        assert_eq!(counted.1.load(Ordering::Relaxed), 2);
    }
}
