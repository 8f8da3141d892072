//! Fractal heaps: links of big groups and attributes of objects that have many.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

use super::btree2;
use super::checksum;
use super::medium::{Medium, to_usize};
use crate::error::{Error, Result};
use crate::format::cursor::Cursor;

/// B-tree records of objects too large for the heap, found by a number.
const HUGE_BY_NUMBER: u8 = 1;

/// A fractal heap: blocks of doubling size, as rows of a table, filled with objects.
pub(super) struct FractalHeap<'m> {
    medium: &'m Medium,
    id_len: usize,
    /// Bytes of an offset in the heap and of an object's length.
    offset_len: usize,
    length_len: usize,
    width: u64,
    first_block: u64,
    largest_direct: u64,
    /// Whether direct blocks have checksums.
    checksums: bool,
    root: Option<u64>,
    /// Rows of the root block; none if it is a direct block.
    root_rows: u64,
    huge: Option<u64>,
    /// Direct blocks that were read: address and bytes, by where they start in the heap.
    blocks: BTreeMap<u64, (u64, Vec<u8>)>,
    huge_objects: Option<BTreeMap<u64, (u64, u64)>>,
}

/// A block, and where in the heap it starts.
struct Place {
    address: u64,
    start: u64,
    size: u64,
    /// Rows of an indirect block.
    rows: u64,
}

impl<'m> FractalHeap<'m> {
    pub(super) fn read(medium: &'m Medium, address: u64) -> Result<Self> {
        let (o, l) = (medium.offset_size, medium.length_size);
        let head = medium.block(address, (4 + 1 + 2 + 2 + 1 + 4 + 12 * l + 3 * o + 2 + 2 + 2 + 2 + 4) as u64)?;
        let mut cursor = medium.cursor(&head, address);
        cursor.signature(*b"FRHP", "a fractal heap")?;
        if cursor.u8()? != 0 {
            return Err(cursor.corrupt("a fractal heap of another version"));
        }
        let (id_len, filters) = (usize::from(cursor.u16()?), cursor.u16()?);
        if filters != 0 {
            return Err(Error::refused("a fractal heap whose blocks are filtered"));
        }
        checksum::verified(&head, medium.offset(address)?)?;
        let flags = cursor.u8()?;
        let largest_object = u64::from(cursor.u32()?);
        medium.length(&mut cursor)?;
        let huge = medium.address(&mut cursor)?;
        medium.length(&mut cursor)?;
        medium.address(&mut cursor)?;
        // Space managed and allocated, the allocator's place, counts and sizes of objects.
        cursor.skip(8 * l)?;
        let width = u64::from(cursor.u16()?);
        let (first_block, largest_direct) = (medium.length(&mut cursor)?, medium.length(&mut cursor)?);
        let heap_bits = usize::from(cursor.u16()?);
        cursor.skip(2)?;
        let root = medium.address(&mut cursor)?;
        let root_rows = u64::from(cursor.u16()?);
        // Rows are found by dividing by these.
        let sane = width.is_power_of_two() && first_block.is_power_of_two() && largest_direct.is_power_of_two();
        if !sane || first_block > largest_direct || heap_bits > 64 || width.checked_mul(first_block).is_none() {
            return Err(cursor.corrupt("a fractal heap whose table is not of powers of two"));
        }
        let offset_len = heap_bits.div_ceil(8);
        let length_len = (largest_direct.ilog2() as usize).div_ceil(8).min(btree2::width_of(largest_object));
        Ok(Self {
            medium,
            id_len,
            offset_len,
            length_len,
            width,
            first_block,
            largest_direct,
            checksums: flags & 2 != 0,
            root,
            root_rows,
            huge,
            blocks: BTreeMap::new(),
            huge_objects: None,
        })
    }

    /// The object of an id, and its address for errors.
    pub(super) fn object(&mut self, id: &[u8]) -> Result<(Vec<u8>, u64)> {
        let mut cursor = Cursor::new(id.get(..self.id_len).unwrap_or(id), 0);
        let head = cursor.u8()?;
        match (head >> 6, (head >> 4) & 3) {
            (0, 0) => {
                let (offset, len) = (cursor.uint(self.offset_len)?, cursor.uint(self.length_len)?);
                self.managed(offset, len)
            }
            (0, 1) => self.huge(&mut cursor),
            (0, 2) => {
                // Up to 16 bytes stand in the id itself, longer ones where ids are long.
                const SHORT_IDS: usize = 18;
                let low = usize::from(head & 0x0f);
                let len = if self.id_len <= SHORT_IDS { low + 1 } else { (low << 8 | usize::from(cursor.u8()?)) + 1 };
                Ok((cursor.take(len)?.to_vec(), 0))
            }
            _ => Err(Error::corrupt("an unknown kind of a heap's object")),
        }
    }

    /// An object in a direct block.
    fn managed(&mut self, offset: u64, len: u64) -> Result<(Vec<u8>, u64)> {
        let known = self.blocks.range(..=offset).next_back();
        if known.is_none_or(|(&start, (_, bytes))| offset - start >= bytes.len() as u64) {
            let place = self.direct_block(offset)?;
            let bytes = self.medium.block(place.address, place.size)?;
            self.check_direct(&bytes, &place)?;
            self.blocks.insert(place.start, (place.address, bytes));
        }
        let object = self.blocks.range(..=offset).next_back().and_then(|(&start, (address, bytes))| {
            let from = offset - start;
            let range = usize::try_from(from).ok()?..usize::try_from(from.checked_add(len)?).ok()?;
            Some((bytes.get(range)?.to_vec(), address.saturating_add(from)))
        });
        object.ok_or_else(|| Error::corrupt("an object past its block of a heap"))
    }

    /// The direct block that holds an offset of the heap, found from the root down.
    fn direct_block(&self, offset: u64) -> Result<Place> {
        let Some(address) = self.root else { return Err(Error::corrupt("an object of an empty heap")) };
        let mut place = Place { address, start: 0, size: self.first_block, rows: self.root_rows };
        while place.rows > 0 {
            let (row, column, start, size) = self.cell(offset - place.start)?;
            if row >= place.rows {
                return Err(Error::corrupt("an object past its heap"));
            }
            let address = self.child(&place, row * self.width + column)?;
            // Each step down goes to a smaller block, so that this ends.
            let rows = if size <= self.largest_direct { 0 } else { self.rows_of(size) };
            place = Place { address, start: place.start + start, size, rows };
        }
        if offset - place.start >= place.size {
            return Err(Error::corrupt("an object past its heap"));
        }
        Ok(place)
    }

    /// Row, column, start and size of the cell of a table that holds an offset.
    fn cell(&self, offset: u64) -> Result<(u64, u64, u64, u64)> {
        let first_row = self.width * self.first_block;
        if offset < first_row {
            let column = offset / self.first_block;
            return Ok((0, column, column * self.first_block, self.first_block));
        }
        let doublings = (offset / first_row).ilog2();
        let too_far = || Error::corrupt("an object past any heap");
        let size = self.first_block.checked_mul(1 << doublings).ok_or_else(too_far)?;
        let row_start = first_row.checked_mul(1 << doublings).ok_or_else(too_far)?;
        let column = (offset - row_start) / size;
        Ok((u64::from(doublings) + 1, column, row_start + column * size, size))
    }

    /// Rows of an indirect block that spans `size` bytes.
    fn rows_of(&self, size: u64) -> u64 {
        let first_row = self.width * self.first_block;
        u64::from((size / first_row).checked_ilog2().unwrap_or(0)) + 1
    }

    /// The address in a cell of an indirect block.
    fn child(&self, place: &Place, cell: u64) -> Result<u64> {
        let medium = self.medium;
        let head = 4 + 1 + medium.offset_size + self.offset_len;
        let entries = place.rows.checked_mul(self.width).and_then(|n| n.checked_mul(medium.offset_size as u64));
        let len = entries.and_then(|n| n.checked_add(head as u64 + 4)).unwrap_or(u64::MAX);
        let bytes = medium.block(place.address, len)?;
        let mut cursor = checksum::verified_cursor(&bytes, medium.offset(place.address)?)?;
        cursor.signature(*b"FHIB", "an indirect block")?;
        cursor.skip(1 + medium.offset_size)?;
        if cursor.uint(self.offset_len)? != place.start {
            return Err(cursor.corrupt("an indirect block of another place"));
        }
        cursor.skip(to_usize(cell * medium.offset_size as u64)?)?;
        medium.defined(&mut cursor, "a block of a heap")
    }

    fn check_direct(&self, bytes: &[u8], place: &Place) -> Result<()> {
        let medium = self.medium;
        let mut cursor = medium.cursor(bytes, place.address);
        cursor.signature(*b"FHDB", "a direct block")?;
        cursor.skip(1 + medium.offset_size)?;
        if cursor.uint(self.offset_len)? != place.start {
            return Err(cursor.corrupt("a direct block of another place"));
        }
        if self.checksums {
            // The checksum stands in the head and is taken as zero while it is made.
            let at = cursor.position();
            let expected = cursor.u32()?;
            let mut zeroed = bytes.to_vec();
            zeroed.get_mut(at..at + 4).unwrap_or_default().fill(0);
            checksum::check(expected, checksum::lookup3(&zeroed))?;
        }
        Ok(())
    }

    /// An object of its own place, found by a number in a B-tree.
    fn huge(&mut self, cursor: &mut Cursor<'_>) -> Result<(Vec<u8>, u64)> {
        let medium = self.medium;
        let key_len = self.id_len.saturating_sub(1).min(medium.length_size);
        if self.id_len > medium.offset_size + medium.length_size {
            let (address, len) = (medium.defined(cursor, "a large object")?, medium.length(cursor)?);
            return Ok((medium.block(address, len)?, address));
        }
        let key = cursor.uint(key_len)?;
        if self.huge_objects.is_none() {
            let Some(tree) = self.huge else { return Err(Error::corrupt("a large object of a heap without any")) };
            let mut objects = BTreeMap::new();
            for record in btree2::records(medium, tree, HUGE_BY_NUMBER)? {
                let mut cursor = Cursor::new(&record, 0);
                let place = (medium.defined(&mut cursor, "a large object")?, medium.length(&mut cursor)?);
                objects.insert(medium.length(&mut cursor)?, place);
            }
            self.huge_objects = Some(objects);
        }
        match self.huge_objects.as_ref().and_then(|objects| objects.get(&key)) {
            Some(&(address, len)) => Ok((medium.block(address, len)?, address)),
            None => Err(Error::corrupt(format!("a heap has no large object {key}"))),
        }
    }
}
