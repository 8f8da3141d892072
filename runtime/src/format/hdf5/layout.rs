//! Layouts: where a dataset's bytes are.

use alloc::format;
use alloc::vec::Vec;

use super::header::Message;
use super::medium::{Medium, to_usize};
use crate::error::{Error, Result};
use crate::format::cursor::Cursor;

/// Where a dataset's bytes are.
#[derive(Clone, Debug)]
pub(super) enum Layout {
    /// In the object header.
    Compact(Vec<u8>),
    /// In one piece; nowhere if nothing was written. The stated size is `None` where the format has none.
    Contiguous { address: Option<u64>, size: Option<u64> },
    /// In chunks.
    Chunked(Chunked),
}

/// How a dataset is cut into chunks.
#[derive(Clone, Debug)]
pub(super) struct Chunked {
    /// The lengths of a chunk, one an axis.
    pub(super) dims: Vec<u64>,
    /// The size of an element as the layout states it.
    pub(super) element_size: u64,
    /// Where the index is; nowhere if no chunk was written.
    pub(super) address: Option<u64>,
    pub(super) index: Index,
    /// Whether chunks that reach past the dataset are stored without filters.
    pub(super) partial_unfiltered: bool,
    /// Bytes of a filtered chunk's size in an index, where the version fixes it.
    pub(super) size_width: Option<usize>,
}

/// What finds a chunk.
#[derive(Clone, Debug)]
pub(super) enum Index {
    /// A version 1 B-tree.
    BTree1,
    /// There is one chunk, of this stored size and filter mask if it is filtered.
    Single { filtered: Option<(u64, u32)> },
    /// All chunks stand in a row.
    Implicit,
    /// An array of fixed length, in pages of this many bits of an index.
    FixedArray { page_bits: u8 },
    /// An array that grew along one axis.
    ExtensibleArray,
    /// A version 2 B-tree.
    BTree2,
}

impl Layout {
    pub(super) fn of_message(medium: &Medium, message: &Message) -> Result<Self> {
        const COMPACT: u8 = 0;
        const CONTIGUOUS: u8 = 1;
        const CHUNKED: u8 = 2;
        const VIRTUAL: u8 = 3;
        if message.is_shared() {
            return Err(Error::refused("messages shared through a heap"));
        }
        let mut cursor = medium.cursor(&message.body, message.address);
        let version = cursor.u8()?;
        match version {
            1 | 2 => Self::oldest(medium, &mut cursor),
            3..=5 => match cursor.u8()? {
                COMPACT => {
                    let len = usize::from(cursor.u16()?);
                    Ok(Self::Compact(cursor.take(len)?.to_vec()))
                }
                CONTIGUOUS => {
                    let (address, size) = (medium.address(&mut cursor)?, medium.length(&mut cursor)?);
                    Ok(Self::Contiguous { address, size: Some(size) })
                }
                CHUNKED if version == 3 => Self::chunked_old(medium, &mut cursor),
                CHUNKED => Self::chunked_new(medium, &mut cursor, version),
                VIRTUAL => Err(Error::refused("a virtual dataset: its data are in other files")),
                class => Err(cursor.corrupt(format!("class {class} of a layout"))),
            },
            _ => Err(cursor.corrupt(format!("version {version} of a layout"))),
        }
    }

    /// Versions 1 and 2.
    fn oldest(medium: &Medium, cursor: &mut Cursor<'_>) -> Result<Self> {
        let (rank, class) = (usize::from(cursor.u8()?), cursor.u8()?);
        cursor.skip(5)?;
        let address = if class == 0 { None } else { medium.address(cursor)? };
        let mut dims = read_dims(cursor, rank, 4)?;
        match class {
            0 => {
                let len = to_usize(u64::from(cursor.u32()?))?;
                Ok(Self::Compact(cursor.take(len)?.to_vec()))
            }
            1 => Ok(Self::Contiguous { address, size: None }),
            2 => {
                let element_size = dims.pop().ok_or_else(|| cursor.corrupt("chunks without axes"))?;
                Ok(Self::Chunked(Chunked {
                    dims,
                    element_size,
                    address,
                    index: Index::BTree1,
                    partial_unfiltered: false,
                    size_width: None,
                }))
            }
            _ => Err(cursor.corrupt(format!("class {class} of a layout"))),
        }
    }

    /// Version 3: a version 1 B-tree.
    fn chunked_old(medium: &Medium, cursor: &mut Cursor<'_>) -> Result<Self> {
        let rank = usize::from(cursor.u8()?);
        let address = medium.address(cursor)?;
        let mut dims = read_dims(cursor, rank, 4)?;
        let element_size = dims.pop().ok_or_else(|| cursor.corrupt("chunks without axes"))?;
        let (index, partial_unfiltered) = (Index::BTree1, false);
        Ok(Self::Chunked(Chunked { dims, element_size, address, index, partial_unfiltered, size_width: None }))
    }

    /// Versions 4 and 5: one of five kinds of index.
    fn chunked_new(medium: &Medium, cursor: &mut Cursor<'_>, version: u8) -> Result<Self> {
        const PARTIAL_UNFILTERED: u8 = 1;
        const SINGLE_FILTERED: u8 = 2;
        let flags = cursor.u8()?;
        let (rank, width) = (usize::from(cursor.u8()?), usize::from(cursor.u8()?));
        let mut dims = read_dims(cursor, rank, width)?;
        let element_size = dims.pop().ok_or_else(|| cursor.corrupt("chunks without axes"))?;
        let index = match cursor.u8()? {
            1 if flags & SINGLE_FILTERED != 0 => {
                Index::Single { filtered: Some((medium.length(cursor)?, cursor.u32()?)) }
            }
            1 => Index::Single { filtered: None },
            2 => Index::Implicit,
            3 => Index::FixedArray { page_bits: cursor.u8()? },
            4 => {
                cursor.skip(5)?;
                Index::ExtensibleArray
            }
            5 => {
                cursor.skip(4 + 1 + 1)?;
                Index::BTree2
            }
            kind => return Err(cursor.corrupt(format!("kind {kind} of a chunk index"))),
        };
        let address = medium.address(cursor)?;
        let partial_unfiltered = flags & PARTIAL_UNFILTERED != 0;
        // Version 5 writes sizes of chunks in full; version 4 in as many bytes as an unfiltered chunk's would take, and one.
        let size_width = (version >= 5).then_some(medium.length_size);
        Ok(Self::Chunked(Chunked { dims, element_size, address, index, partial_unfiltered, size_width }))
    }
}

fn read_dims(cursor: &mut Cursor<'_>, rank: usize, width: usize) -> Result<Vec<u64>> {
    let mut dims = Vec::new();
    for _ in 0..rank {
        dims.push(cursor.uint(width)?);
    }
    Ok(dims)
}
