//! Datasets: elements, found and put together.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use super::chunk::{Chunk, Grid};
use super::dataspace::Dataspace;
use super::datatype::Datatype;
use super::filter::{self, Filter};
use super::header::{Header, kind};
use super::layout::{Chunked, Layout};
use super::medium::{Medium, to_usize};
use crate::bytes::BytesMut;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::shape::Shape;
use crate::source;
use crate::tensor::TensorData;

/// A dataset: all of its header, none of its data.
pub(crate) struct Dataset {
    pub(crate) datatype: Datatype,
    pub(crate) dataspace: Dataspace,
    layout: Layout,
    filters: Vec<Filter>,
    /// The value of elements that were never written; zeros if empty.
    fill: Vec<u8>,
}

impl Dataset {
    /// The dataset of an object header.
    pub(super) fn of_header(medium: &Medium, header: &Header) -> Result<Self> {
        let needed = |kind, what| {
            header
                .only(kind, what)?
                .ok_or_else(|| Error::corrupt(format!("a dataset at {} without a {what}", header.address)))
        };
        let datatype = Datatype::of_message(medium, needed(kind::DATATYPE, "datatype")?)?;
        let dataspace = Dataspace::of_message(medium, needed(kind::DATASPACE, "dataspace")?)?;
        if header.find(kind::EXTERNAL_FILES).is_some() {
            return Err(Error::refused("external storage: the data are in other files"));
        }
        let layout = Layout::of_message(medium, needed(kind::LAYOUT, "layout")?)?;
        let filters = match header.only(kind::FILTERS, "filter pipeline")? {
            Some(message) => filter::pipeline(medium, message)?,
            None => Vec::new(),
        };
        let fill = fill_value(medium, header)?;
        // Elements are filled one by one with it.
        if !fill.is_empty() && fill.len() != datatype.size {
            return Err(Error::corrupt(format!(
                "a fill value of {} bytes for elements of {}",
                fill.len(),
                datatype.size
            )));
        }
        let dataset = Self { datatype, dataspace, layout, filters, fill };
        let len = dataset.len()?;
        match &dataset.layout {
            // Bytes that are missing would have to be invented.
            Layout::Compact(bytes) if bytes.len() as u64 != len => {
                Err(Error::corrupt(format!("{} bytes are stored of a dataset of {len}", bytes.len())))
            }
            Layout::Contiguous { size: Some(size), address: Some(_) } if *size != len => {
                Err(Error::corrupt(format!("{size} bytes are stored of a dataset of {len}")))
            }
            _ => Ok(dataset),
        }
    }

    /// Bytes of all elements.
    pub(crate) fn len(&self) -> Result<u64> {
        let too_many = || Error::new(crate::error::ErrorKind::ShapeOverflow { shape: self.dataspace.dims().to_vec() });
        self.dataspace.elements()?.checked_mul(self.datatype.size as u64).ok_or_else(too_many)
    }

    /// Bytes that reading makes and the file does not hold as they are: none where they lie in one piece.
    pub(crate) fn expanded_len(&self) -> Result<u64> {
        match &self.layout {
            Layout::Compact(_) | Layout::Contiguous { address: Some(_), .. } => Ok(0),
            Layout::Contiguous { address: None, .. } | Layout::Chunked(_) => self.len(),
        }
    }

    /// Where the data lie in the file, if in one piece; checked to be there.
    pub(crate) fn extent(&self, medium: &Medium) -> Result<Option<core::ops::Range<u64>>> {
        match self.layout {
            Layout::Contiguous { address: Some(address), .. } => {
                source::check_range(&medium.source, medium.offset(address)?, self.len()?).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The data as a tensor of `dtype`, which is that of the elements' layout; `reversed` says that their bytes are big-endian.
    pub(crate) fn tensor(&self, medium: &Medium, dtype: DType, reversed: bool, shape: Shape) -> Result<TensorData> {
        let mut buffer = self.read(medium, dtype)?;
        if reversed {
            // A complex number is two, each reversed in itself.
            let width = match dtype {
                DType::C64 => 4,
                DType::C128 => 8,
                _ => dtype.size().unwrap_or(1),
            };
            buffer.as_mut_slice().chunks_exact_mut(width).for_each(<[u8]>::reverse);
        }
        TensorData::new(buffer.freeze(), shape, dtype)
    }

    /// The elements' bytes as the file has them. What [`Dataset::expanded_len`] says must have been charged.
    pub(crate) fn read(&self, medium: &Medium, dtype: DType) -> Result<BytesMut> {
        let len = self.len()?;
        let extent = self.extent(medium)?;
        let size = to_usize(len)?;
        let mut buffer = BytesMut::zeroed(dtype, size)?;
        let out = buffer.as_mut_slice();
        match &self.layout {
            Layout::Compact(bytes) => out.copy_from_slice(bytes.get(..size).unwrap_or_default()),
            Layout::Contiguous { .. } => match extent {
                Some(extent) => medium.source.read_at(extent.start, out)?,
                None => self.fill(out),
            },
            Layout::Chunked(chunked) => self.read_chunks(medium, chunked, out)?,
        }
        Ok(buffer)
    }

    /// Gives all elements the fill value.
    fn fill(&self, out: &mut [u8]) {
        if self.fill.iter().any(|&byte| byte != 0) {
            out.chunks_exact_mut(self.fill.len()).for_each(|element| element.copy_from_slice(&self.fill));
        }
    }

    fn read_chunks(&self, medium: &Medium, chunked: &Chunked, out: &mut [u8]) -> Result<()> {
        if out.is_empty() {
            return Ok(());
        }
        let (dims, most) = (self.dataspace.dims(), self.dataspace.most());
        let grid = Grid::new(medium, chunked, dims, most, self.datatype.size as u64)?;
        let chunks = grid.chunks(medium, !self.filters.is_empty())?;
        if (chunks.len() as u64) < grid.len()? {
            self.fill(out);
        }
        let mut seen = BTreeSet::new();
        // A chunk at the edge may be larger than the dataset, and is made for a moment.
        medium.budget.charge_expanded(grid.chunk_len)?;
        let done = chunks.iter().try_for_each(|chunk| {
            let inside = chunk.cell.iter().zip(&grid.counts).all(|(place, count)| place < count);
            // A second chunk of a place would overwrite the first, one outside has no place.
            if !inside || !seen.insert(&chunk.cell) {
                return Err(Error::corrupt(format!(
                    "chunk {:?} lies outside of its dataset or is there twice",
                    chunk.cell
                )));
            }
            self.read_chunk(medium, &grid, chunk, out)
        });
        medium.budget.refund_expanded(grid.chunk_len);
        done
    }

    fn read_chunk(&self, medium: &Medium, grid: &Grid<'_>, chunk: &Chunk, out: &mut [u8]) -> Result<()> {
        let chunk_dims = &grid.chunked.dims;
        let offset = medium.offset(chunk.address)?;
        let range = offset..offset.saturating_add(chunk.stored);
        if chunk.stored > filter::most_stored(grid.chunk_len) {
            return Err(Error::corrupt(format!("a chunk of {} stored in {}", grid.chunk_len, chunk.stored)).at(range));
        }
        let stored = source::read_vec(&medium.source, offset, chunk.stored)?;
        let dims = self.dataspace.dims();
        let whole =
            |axis: usize| (chunk.cell[axis] + 1).checked_mul(chunk_dims[axis]).is_some_and(|end| end <= dims[axis]);
        let unfiltered = grid.chunked.partial_unfiltered && !(0..dims.len()).all(whole);
        let filters = if unfiltered { &[][..] } else { &self.filters };
        let bytes = filter::undo(filters, chunk.mask, stored, to_usize(grid.chunk_len)?).map_err(|e| e.at(range))?;
        place(&bytes, &chunk.cell, chunk_dims, dims, self.datatype.size, out)
    }
}

/// Copies what of a chunk lies inside the dataset to its place, a row of the last axis at a time.
fn place(bytes: &[u8], cell: &[u64], chunk_dims: &[u64], dims: &[u64], element: usize, out: &mut [u8]) -> Result<()> {
    let rank = dims.len();
    let narrow = |numbers: &[u64]| numbers.iter().map(|&n| to_usize(n)).collect::<Result<Vec<usize>>>();
    let (chunk_dims, dims, cell) = (narrow(chunk_dims)?, narrow(dims)?, narrow(cell)?);
    // All of these are inside `out` or `bytes`, whose lengths were counted before.
    let start: Vec<usize> = (0..rank).map(|axis| cell[axis] * chunk_dims[axis]).collect();
    let here: Vec<usize> = (0..rank).map(|axis| chunk_dims[axis].min(dims[axis] - start[axis])).collect();
    // Axes that the chunk covers whole make rows longer.
    let mut row_axis = rank.saturating_sub(1);
    while row_axis > 0 && here[row_axis] == dims[row_axis] && chunk_dims[row_axis] == dims[row_axis] {
        row_axis -= 1;
    }
    let inner: usize = dims.iter().skip(row_axis + 1).product();
    let row = here.get(row_axis).copied().unwrap_or(1) * inner * element;
    let mut at = alloc::vec![0usize; row_axis];
    loop {
        let (mut from, mut to) = (0, 0);
        for axis in 0..rank.min(row_axis + 1) {
            let place = at.get(axis).copied().unwrap_or(0);
            from = from * chunk_dims[axis] + place;
            to = to * dims[axis] + start[axis] + place;
        }
        let (from, to) = (from * inner * element, to * inner * element);
        match (bytes.get(from..from + row), out.get_mut(to..to + row)) {
            (Some(source), Some(target)) => target.copy_from_slice(source),
            _ => return Err(Error::corrupt("a chunk that does not fit its dataset")),
        }
        // The next row: an odometer over the outer axes.
        let Some(axis) = (0..row_axis).rev().find(|&axis| at[axis] + 1 < here[axis]) else { return Ok(()) };
        at[axis] += 1;
        at[axis + 1..].fill(0);
    }
}

/// The value of elements that were never written; empty for zeros.
fn fill_value(medium: &Medium, header: &Header) -> Result<Vec<u8>> {
    const DEFINED: u8 = 0x20;
    let Some(message) = header.only(kind::FILL_VALUE, "fill value")? else {
        // The message of old files: a size and the value.
        let Some(message) = header.only(kind::OLD_FILL_VALUE, "fill value")? else { return Ok(Vec::new()) };
        let mut cursor = medium.cursor(&message.body, message.address);
        let size = to_usize(u64::from(cursor.u32()?))?;
        return Ok(cursor.take(size)?.to_vec());
    };
    let mut cursor = medium.cursor(&message.body, message.address);
    let given = match cursor.u8()? {
        version @ (1 | 2) => {
            cursor.skip(2)?;
            let defined = cursor.u8()? != 0;
            version == 1 || defined
        }
        3 => cursor.u8()? & DEFINED != 0,
        version => return Err(cursor.corrupt(format!("version {version} of a fill value"))),
    };
    if !given {
        return Ok(Vec::new());
    }
    // A size of all bits set is that of no value.
    let size = cursor.u32()?;
    if size == u32::MAX { Ok(Vec::new()) } else { Ok(cursor.take(to_usize(u64::from(size))?)?.to_vec()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_at_the_edge_is_cut() {
        let mut out = [0u8; 15];
        // A dataset of 3 x 5 in chunks of 2 x 3: the one in the last row and column holds one row of two.
        place(&[1, 2, 0, 3, 4, 0], &[1, 1], &[2, 3], &[3, 5], 1, &mut out).unwrap();
        assert_eq!(out[10..], [0, 0, 0, 1, 2]);
        place(&[5, 6, 7, 8, 9, 10], &[0, 0], &[2, 3], &[3, 5], 1, &mut out).unwrap();
        assert_eq!(out[..8], [5, 6, 7, 0, 0, 8, 9, 10]);
    }

    #[test]
    fn a_chunk_of_a_scalar_is_one_element() {
        let mut out = [0u8; 2];
        place(&[1, 2], &[], &[], &[], 2, &mut out).unwrap();
        assert_eq!(out, [1, 2]);
    }
}
