//! Local heaps (names of old groups) and global heaps (elements of variable length).

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::medium::{Medium, to_usize};
use crate::error::{Error, Result};
use crate::format::cursor::Cursor;

/// The data segment of a local heap: zero-terminated names at offsets.
pub(super) struct LocalHeap {
    address: u64,
    data: Vec<u8>,
}

impl LocalHeap {
    pub(super) fn read(medium: &Medium, address: u64) -> Result<Self> {
        let head = medium.block(address, (8 + 2 * medium.length_size + medium.offset_size) as u64)?;
        let mut cursor = medium.cursor(&head, address);
        cursor.signature(*b"HEAP", "a local heap")?;
        cursor.skip(4)?;
        let size = medium.length(&mut cursor)?;
        medium.length(&mut cursor)?;
        let address = medium.defined(&mut cursor, "a local heap's data")?;
        Ok(Self { address, data: medium.block(address, size)? })
    }

    /// The text at `offset`.
    pub(super) fn text(&self, medium: &Medium, offset: u64) -> Result<String> {
        let mut cursor = medium.cursor(&self.data, self.address);
        cursor.skip(to_usize(offset)?)?;
        let text = cursor.until_zero()?;
        cursor.text(text, "a link's name")
    }
}

/// Global heaps that were read, by address.
#[derive(Default)]
pub(crate) struct GlobalHeaps(BTreeMap<u64, Collection>);

/// A collection's bytes and the places of its objects in them.
struct Collection {
    bytes: Vec<u8>,
    objects: BTreeMap<u32, core::ops::Range<usize>>,
}

impl GlobalHeaps {
    /// An element of variable length, whose place `reference` tells: the number of its items and their bytes.
    pub(crate) fn get(&mut self, medium: &Medium, reference: &[u8]) -> Result<(u64, &[u8])> {
        let mut cursor = Cursor::new(reference, 0);
        let (count, address, index) = (cursor.u32()?, medium.address(&mut cursor)?, cursor.u32()?);
        // An element without items is written without an object.
        let Some(address) = address.filter(|_| count != 0) else { return Ok((0, &[])) };
        let collection = match self.0.entry(address) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(Collection::read(medium, address)?),
        };
        let object = collection.objects.get(&index).and_then(|range| collection.bytes.get(range.clone()));
        match object {
            Some(object) => Ok((u64::from(count), object)),
            None => Err(Error::corrupt(format!("the global heap at address {address} has no object {index}"))),
        }
    }
}

impl Collection {
    fn read(medium: &Medium, address: u64) -> Result<Self> {
        let head_len = 8 + medium.length_size;
        let head = medium.block(address, head_len as u64)?;
        let mut cursor = medium.cursor(&head, address);
        cursor.signature(*b"GCOL", "a global heap")?;
        cursor.skip(4)?;
        let bytes = medium.block(address, medium.length(&mut cursor)?)?;
        let mut cursor = medium.cursor(&bytes, address);
        cursor.skip(head_len)?;
        let object_head = 8 + medium.length_size;
        let mut objects = BTreeMap::new();
        while cursor.remaining() >= object_head {
            let index = u32::from(cursor.u16()?);
            cursor.skip(6)?;
            let size = to_usize(medium.length(&mut cursor)?)?;
            // Object 0 is the free space at the end.
            if index == 0 {
                break;
            }
            let start = cursor.position();
            cursor.skip(size)?;
            cursor.pad_to_eight(start)?;
            if objects.insert(index, start..start + size).is_some() {
                return Err(cursor.corrupt(format!("a global heap with two objects {index}")));
            }
        }
        Ok(Self { bytes, objects })
    }
}
