//! Fixed and extensible arrays: indexes of chunks by their place in the grid.

use alloc::format;
use alloc::vec::Vec;

use super::checksum;
use super::medium::{Medium, to_usize};
use crate::error::Result;
use crate::format::cursor::Cursor;

/// What an element of an array tells of a chunk.
#[derive(Clone, Copy)]
pub(super) struct Elements {
    /// Whether size and filter mask are given.
    pub(super) filtered: bool,
    /// Bytes of the size.
    pub(super) size_width: usize,
    /// Bytes of a chunk that is not filtered.
    pub(super) chunk_len: u64,
}

/// A chunk's address, stored size and filter mask, with its place in the grid.
type Placed = (u64, (u64, u64, u32));

impl Elements {
    /// Bytes of an element.
    fn len(self, medium: &Medium) -> usize {
        medium.offset_size + if self.filtered { self.size_width + 4 } else { 0 }
    }

    /// Takes `count` elements, of places from `first`; those without a chunk are left out.
    fn take(
        self,
        medium: &Medium,
        cursor: &mut Cursor<'_>,
        first: u64,
        count: u64,
        found: &mut Vec<Placed>,
    ) -> Result<()> {
        for index in first..first.saturating_add(count) {
            let address = medium.address(cursor)?;
            let (stored, mask) =
                if self.filtered { (cursor.uint(self.size_width)?, cursor.u32()?) } else { (self.chunk_len, 0) };
            found.extend(address.map(|address| (index, (address, stored, mask))));
        }
        Ok(())
    }

    /// Whether the array's header tells of elements such as these.
    fn check(self, medium: &Medium, cursor: &mut Cursor<'_>) -> Result<()> {
        let place = cursor.clone();
        let (version, filtered, len) = (cursor.u8()?, cursor.u8()?, cursor.u8()?);
        if version != 0 || filtered != u8::from(self.filtered) || usize::from(len) != self.len(medium) {
            return Err(place.corrupt("an array whose elements are not those of its dataset"));
        }
        Ok(())
    }
}

/// The chunks of the fixed array at `address`.
pub(super) fn fixed(
    medium: &Medium,
    address: u64,
    page_bits: u8,
    cells: u64,
    elements: Elements,
) -> Result<Vec<Placed>> {
    let head_len = 4 + 4 + medium.length_size + medium.offset_size + 4;
    let head = medium.block(address, head_len as u64)?;
    let mut cursor = checksum::verified_cursor(&head, medium.offset(address)?)?;
    cursor.signature(*b"FAHD", "a fixed array")?;
    elements.check(medium, &mut cursor)?;
    if cursor.u8()? != page_bits || page_bits >= 32 {
        return Err(cursor.corrupt("a fixed array with pages of another size than its dataset states"));
    }
    let count = medium.length(&mut cursor)?;
    if count != cells {
        return Err(cursor.corrupt(format!("a fixed array of {count} for a grid of {cells} chunks")));
    }
    let Some(block) = medium.address(&mut cursor)? else { return Ok(Vec::new()) };
    let (page, prefix_len) = (1u64 << page_bits, (4 + 2 + medium.offset_size) as u64);
    let element_len = elements.len(medium) as u64;
    let mut found = Vec::new();
    if count <= page {
        let len = count.checked_mul(element_len).and_then(|n| n.checked_add(prefix_len + 4)).unwrap_or(u64::MAX);
        let bytes = medium.block(block, len)?;
        let mut cursor = block_start(medium, &bytes, block, *b"FADB")?;
        elements.take(medium, &mut cursor, 0, count, &mut found)?;
        return Ok(found);
    }
    // Which pages were written, then pages with a checksum each.
    let pages = count.div_ceil(page);
    let bitmap_len = pages.div_ceil(8);
    let head_len = prefix_len + bitmap_len + 4;
    let bytes = medium.block(block, head_len)?;
    let mut cursor = block_start(medium, &bytes, block, *b"FADB")?;
    let bitmap = cursor.take(to_usize(bitmap_len)?)?;
    let mut at = block.saturating_add(head_len);
    for i in 0..pages {
        let first = i * page;
        let here = page.min(count - first);
        if bit(bitmap, i) {
            take_page(medium, at, first, here, elements, &mut found)?;
        }
        at = at.saturating_add(page * element_len + 4);
    }
    Ok(found)
}

/// The shape of an extensible array, and what was found in it.
struct Extensible<'m> {
    medium: &'m Medium,
    elements: Elements,
    /// Chunks in the grid: elements past them are unused.
    cells: u64,
    /// Elements of the smallest data block.
    smallest: u64,
    /// Elements of a page.
    page: u64,
    /// Bytes of a block's place in the array.
    place_len: usize,
    found: Vec<Placed>,
}

/// The chunks of the extensible array at `address`.
pub(super) fn extensible(medium: &Medium, address: u64, cells: u64, elements: Elements) -> Result<Vec<Placed>> {
    let head_len = 4 + 3 + 5 + 6 * medium.length_size + medium.offset_size + 4;
    let head = medium.block(address, head_len as u64)?;
    let mut cursor = checksum::verified_cursor(&head, medium.offset(address)?)?;
    cursor.signature(*b"EAHD", "an extensible array")?;
    elements.check(medium, &mut cursor)?;
    let [index_bits, direct, smallest, pointers, page_bits] = cursor.array::<5>()?.map(u32::from);
    cursor.skip(6 * medium.length_size)?;
    let Some(index_block) = medium.address(&mut cursor)? else { return Ok(Vec::new()) };
    // Blocks double: their sizes are counted in powers of two.
    if !smallest.is_power_of_two() || !pointers.is_power_of_two() || index_bits > 64 || page_bits >= 32 {
        return Err(cursor.corrupt("an extensible array whose blocks are not of powers of two"));
    }
    let mut array = Extensible {
        medium,
        elements,
        cells,
        smallest: u64::from(smallest),
        page: 1 << page_bits,
        place_len: index_bits.div_ceil(8) as usize,
        found: Vec::new(),
    };
    let super_blocks = (1 + index_bits).saturating_sub(smallest.ilog2());
    let first_with_own_block = 2 * pointers.ilog2();
    let data_blocks = 2 * u64::from(pointers - 1);
    let own_blocks = u64::from(super_blocks.saturating_sub(first_with_own_block));
    let o = medium.offset_size as u64;
    let len = (4 + 2 + 4) + o + u64::from(direct) * elements.len(medium) as u64 + (data_blocks + own_blocks) * o;
    let bytes = medium.block(index_block, len)?;
    let mut cursor = block_start(medium, &bytes, index_block, *b"EAIB")?;
    let direct = u64::from(direct);
    elements.take(medium, &mut cursor, 0, direct, &mut array.found)?;
    let mut first = direct;
    // The data blocks of the first super blocks stand in the index block; later super blocks have blocks of their own.
    for super_block in 0..super_blocks {
        let Some((blocks, size)) = array.sizes(super_block) else { break };
        if super_block < first_with_own_block {
            for _ in 0..blocks {
                let block = medium.address(&mut cursor)?;
                array.data_block(block, first, size, None)?;
                first = first.saturating_add(size);
            }
        } else {
            let block = medium.address(&mut cursor)?;
            array.super_block(block, first, blocks, size)?;
            first = first.saturating_add(blocks.saturating_mul(size));
        }
    }
    array.found.retain(|(index, _)| *index < cells);
    Ok(array.found)
}

impl Extensible<'_> {
    /// The number of data blocks of a super block and the elements of each.
    fn sizes(&self, super_block: u32) -> Option<(u64, u64)> {
        let blocks = 1u64.checked_shl(super_block / 2)?;
        let size = 1u64.checked_shl(super_block.div_ceil(2))?.checked_mul(self.smallest)?;
        Some((blocks, size))
    }

    fn super_block(&mut self, address: Option<u64>, first: u64, blocks: u64, size: u64) -> Result<()> {
        let Some(address) = address else { return Ok(()) };
        let medium = self.medium;
        let bitmap_len = if size > self.page { (size / self.page).div_ceil(8) } else { 0 };
        let entries = blocks.checked_mul(bitmap_len + medium.offset_size as u64);
        let len = entries.and_then(|n| n.checked_add((4 + 2 + medium.offset_size + self.place_len + 4) as u64));
        let bytes = medium.block(address, len.unwrap_or(u64::MAX))?;
        let mut cursor = block_start(medium, &bytes, address, *b"EASB")?;
        cursor.skip(self.place_len)?;
        let mut bitmaps = Cursor::new(cursor.take(to_usize(blocks * bitmap_len)?)?, 0);
        let mut first = first;
        for _ in 0..blocks {
            let bitmap = bitmaps.take(to_usize(bitmap_len)?)?;
            let block = medium.address(&mut cursor)?;
            self.data_block(block, first, size, Some(bitmap))?;
            first = first.saturating_add(size);
        }
        Ok(())
    }

    fn data_block(&mut self, address: Option<u64>, first: u64, size: u64, bitmap: Option<&[u8]>) -> Result<()> {
        let Some(address) = address.filter(|_| first < self.cells) else { return Ok(()) };
        let (medium, elements) = (self.medium, self.elements);
        let prefix_len = (4 + 2 + medium.offset_size + self.place_len + 4) as u64;
        let element_len = elements.len(medium) as u64;
        let paged = size > self.page;
        let len = if paged {
            Some(prefix_len)
        } else {
            size.checked_mul(element_len).and_then(|n| n.checked_add(prefix_len))
        };
        let bytes = medium.block(address, len.unwrap_or(u64::MAX))?;
        let mut cursor = block_start(medium, &bytes, address, *b"EADB")?;
        cursor.skip(self.place_len)?;
        if !paged {
            return elements.take(medium, &mut cursor, first, size, &mut self.found);
        }
        let mut at = address.saturating_add(prefix_len);
        for i in 0..size / self.page {
            let first = first.saturating_add(i * self.page);
            if first >= self.cells {
                break;
            }
            if bitmap.is_some_and(|bitmap| bit(bitmap, i)) {
                take_page(medium, at, first, self.page, elements, &mut self.found)?;
            }
            at = at.saturating_add(self.page * element_len + 4);
        }
        Ok(())
    }
}

/// A cursor behind the head that all blocks of arrays have: signature, version, kind of elements, the header's address.
fn block_start<'b>(medium: &Medium, bytes: &'b [u8], address: u64, signature: [u8; 4]) -> Result<Cursor<'b>> {
    let mut cursor = checksum::verified_cursor(bytes, medium.offset(address)?)?;
    cursor.signature(signature, "an array's block")?;
    cursor.skip(2 + medium.offset_size)?;
    Ok(cursor)
}

/// The elements of a page, which has its own checksum.
fn take_page(
    medium: &Medium,
    address: u64,
    first: u64,
    count: u64,
    elements: Elements,
    found: &mut Vec<Placed>,
) -> Result<()> {
    let len = count.checked_mul(elements.len(medium) as u64).and_then(|n| n.checked_add(4)).unwrap_or(u64::MAX);
    let bytes = medium.block(address, len)?;
    let mut cursor = checksum::verified_cursor(&bytes, medium.offset(address)?)?;
    elements.take(medium, &mut cursor, first, count, found)
}

/// Bit `i`, the highest of each byte first.
fn bit(bitmap: &[u8], i: u64) -> bool {
    let byte = usize::try_from(i / 8).ok().and_then(|at| bitmap.get(at));
    byte.is_some_and(|byte| byte & (0x80 >> (i % 8)) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_of_a_page_map_count_from_the_top() {
        assert!(bit(&[0x80, 0x01], 0) && bit(&[0x80, 0x01], 15));
        assert!(!bit(&[0x80], 1) && !bit(&[0x80], 8));
    }
}
