//! Chunk indexes: where each chunk of a dataset is.

use alloc::format;
use alloc::vec::Vec;

use super::array::{Elements, extensible, fixed};
use super::btree1;
use super::btree2;
use super::dataspace::product;
use super::layout::{Chunked, Index};
use super::medium::Medium;
use crate::error::{Error, ErrorKind, Result};
use crate::format::cursor::Cursor;

/// B-tree records of chunks that are not filtered, and of those that are.
const CHUNKS: u8 = 10;
const FILTERED_CHUNKS: u8 = 11;

/// A stored chunk.
pub(super) struct Chunk {
    /// Its place in the grid of chunks, one number an axis.
    pub(super) cell: Vec<u64>,
    pub(super) address: u64,
    /// Bytes stored.
    pub(super) stored: u64,
    /// Filters that were left out.
    pub(super) mask: u32,
}

/// The grid of chunks over a dataset.
pub(super) struct Grid<'a> {
    pub(super) chunked: &'a Chunked,
    /// Chunks along each axis.
    pub(super) counts: Vec<u64>,
    /// The axes in the order in which an array counts chunks, each with the chunks that it may come to have.
    array_axes: Vec<(usize, u64)>,
    /// Bytes of a chunk as it is in memory.
    pub(super) chunk_len: u64,
}

impl<'a> Grid<'a> {
    /// The grid of a dataset of these axes and elements; `most` is what the axes may grow to.
    pub(super) fn new(
        medium: &Medium,
        chunked: &'a Chunked,
        dims: &[u64],
        most: &[u64],
        element_size: u64,
    ) -> Result<Self> {
        // Bytes are found by these numbers: a chunk of no length would never cover anything.
        if chunked.dims.len() != dims.len() || chunked.dims.contains(&0) || chunked.element_size != element_size {
            return Err(Error::corrupt(format!("chunks of {:?} do not fit a dataset of {dims:?}", chunked.dims)));
        }
        let counts: Vec<u64> = dims.iter().zip(&chunked.dims).map(|(dim, chunk)| dim.div_ceil(*chunk)).collect();
        let chunk_len = product(&chunked.dims)?.checked_mul(element_size);
        let chunk_len =
            chunk_len.ok_or_else(|| Error::new(ErrorKind::ShapeOverflow { shape: chunked.dims.clone() }))?;
        // Arrays count the chunks that there may come to be, along an axis without end first.
        let endless = |axis: &usize| most[*axis] == u64::MAX >> (64 - 8 * medium.length_size);
        let mut axes: Vec<usize> = (0..dims.len()).collect();
        axes.sort_by_key(|axis| !endless(axis));
        let most_chunks =
            |axis: usize| if endless(&axis) { counts[axis] } else { most[axis].div_ceil(chunked.dims[axis]) };
        let array_axes = axes.into_iter().map(|axis| (axis, most_chunks(axis))).collect();
        Ok(Self { chunked, counts, array_axes, chunk_len })
    }

    /// Chunks in the grid.
    pub(super) fn len(&self) -> Result<u64> {
        product(&self.counts)
    }

    /// Places in an array of chunks.
    fn array_len(&self) -> Result<u64> {
        let counts: Vec<u64> = self.array_axes.iter().map(|&(_, count)| count).collect();
        product(&counts)
    }

    /// The stored chunks.
    pub(super) fn chunks(&self, medium: &Medium, filtered: bool) -> Result<Vec<Chunk>> {
        let Some(address) = self.chunked.address else { return Ok(Vec::new()) };
        let elements = Elements { filtered, size_width: self.size_width(), chunk_len: self.chunk_len };
        match &self.chunked.index {
            Index::BTree1 => self.btree1(medium, address),
            Index::Single { filtered } => {
                let (stored, mask) = filtered.unwrap_or((self.chunk_len, 0));
                Ok(alloc::vec![Chunk { cell: alloc::vec![0; self.counts.len()], address, stored, mask }])
            }
            Index::Implicit => self.implicit(medium, address),
            Index::FixedArray { page_bits } => {
                let stored = fixed(medium, address, *page_bits, self.array_len()?, elements)?;
                Ok(stored.into_iter().filter_map(|(index, chunk)| self.placed(index, chunk)).collect())
            }
            Index::ExtensibleArray => {
                let stored = extensible(medium, address, self.array_len()?, elements)?;
                Ok(stored.into_iter().filter_map(|(index, chunk)| self.placed(index, chunk)).collect())
            }
            Index::BTree2 => self.btree2(medium, address, filtered),
        }
    }

    /// Bytes of a filtered chunk's size in an index.
    fn size_width(&self) -> usize {
        let needed = self.chunk_len.checked_ilog2().unwrap_or(0) as usize;
        self.chunked.size_width.unwrap_or((1 + (needed + 8) / 8).min(8))
    }

    /// The chunk at a place in an array; `None` where the dataset does not reach.
    fn placed(&self, index: u64, (address, stored, mask): (u64, u64, u32)) -> Option<Chunk> {
        let mut cell = alloc::vec![0; self.counts.len()];
        let mut rest = index;
        for &(axis, count) in self.array_axes.iter().rev() {
            cell[axis] = rest.checked_rem(count)?;
            rest = rest.checked_div(count)?;
        }
        let inside = rest == 0 && cell.iter().zip(&self.counts).all(|(place, count)| place < count);
        inside.then_some(Chunk { cell, address, stored, mask })
    }

    fn btree1(&self, medium: &Medium, address: u64) -> Result<Vec<Chunk>> {
        // Size, mask, a coordinate for each axis and one within the element.
        let key_len = 4 + 4 + 8 * (self.counts.len() + 1);
        let entries = btree1::entries(medium, address, btree1::Kind::Chunk, key_len)?;
        let chunk = |(key, address): (Vec<u8>, u64)| {
            let mut cursor = Cursor::new(&key, 0);
            let (stored, mask) = (u64::from(cursor.u32()?), cursor.u32()?);
            let mut cell = Vec::new();
            for &dim in &self.chunked.dims {
                let start = cursor.u64()?;
                // A chunk off the grid would overlap others.
                if start % dim != 0 {
                    return Err(Error::corrupt(format!("a chunk starts at {start}, which is no multiple of {dim}")));
                }
                cell.push(start / dim);
            }
            Ok(Chunk { cell, address, stored, mask })
        };
        entries.into_iter().map(chunk).collect()
    }

    fn btree2(&self, medium: &Medium, address: u64, filtered: bool) -> Result<Vec<Chunk>> {
        let records = btree2::records(medium, address, if filtered { FILTERED_CHUNKS } else { CHUNKS })?;
        let chunk = |record: Vec<u8>| {
            let mut cursor = Cursor::new(&record, 0);
            let address = medium.defined(&mut cursor, "a chunk")?;
            let (stored, mask) =
                if filtered { (cursor.uint(self.size_width())?, cursor.u32()?) } else { (self.chunk_len, 0) };
            let cell = self.counts.iter().map(|_| cursor.u64()).collect::<Result<_>>()?;
            Ok(Chunk { cell, address, stored, mask })
        };
        records.into_iter().map(chunk).collect()
    }

    /// All chunks, one after another.
    fn implicit(&self, medium: &Medium, address: u64) -> Result<Vec<Chunk>> {
        let count = self.array_len()?;
        // Before a list of that many is made, the bytes are known to be there.
        let total = count.saturating_mul(self.chunk_len);
        crate::source::check_range(&medium.source, medium.offset(address)?, total)?;
        medium.budget.charge_objects(count)?;
        Ok((0..count).filter_map(|i| self.placed(i, (address + i * self.chunk_len, self.chunk_len, 0))).collect())
    }
}
