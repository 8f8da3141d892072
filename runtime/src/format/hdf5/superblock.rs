//! The superblock: where the file's structures begin.

use alloc::sync::Arc;

use super::checksum;
use super::medium::Medium;
use crate::error::{Error, ErrorKind, Result};
use crate::format::blocks::Blocks;
use crate::format::cursor::Cursor;
use crate::limits::Budget;
use crate::source::{self, Source};

/// The first eight bytes of a superblock.
pub(crate) const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";
/// A user block is at least this long, and doubles.
const FIRST_USER_BLOCK: u64 = 512;
/// Bytes of the largest superblock (version 1 with 8-byte addresses).
const LARGEST: u64 = 100;

/// Whether `source` has a superblock at one of the places where the format allows one.
pub(crate) fn find(source: &dyn Source) -> Result<Option<u64>> {
    let mut offset = 0u64;
    while offset.checked_add(SIGNATURE.len() as u64).is_some_and(|end| end <= source.len()) {
        let mut found = [0; SIGNATURE.len()];
        source.read_at(offset, &mut found)?;
        if found == SIGNATURE {
            return Ok(Some(offset));
        }
        offset = if offset == 0 { FIRST_USER_BLOCK } else { offset * 2 };
    }
    Ok(None)
}

/// The medium that the superblock describes, and the address of the root group's object header.
pub(super) fn read(source: Arc<dyn Source>, budget: &Budget) -> Result<(Medium, u64)> {
    let source: Arc<dyn Source> = Arc::new(Blocks::new(source));
    let Some(base) = find(&source)? else {
        return Err(Error::new(ErrorKind::WrongFormat { expected: "HDF5", found: "no HDF5 signature".into() }));
    };
    let len = LARGEST.min(source.len() - base);
    let bytes = source::read_vec(&source, base, len)?;
    let mut cursor = Cursor::new(&bytes, base);
    cursor.skip(SIGNATURE.len())?;
    let version = cursor.u8()?;
    let widths_at = match version {
        // Versions of the free space, of the root's symbol table entry and of shared headers, and a reserved byte.
        0 | 1 => 4,
        2 | 3 => 0,
        _ => {
            return Err(Error::new(ErrorKind::UnknownVersion { format: "HDF5", version: alloc::format!("{version}") }));
        }
    };
    cursor.skip(widths_at)?;
    let (offset_size, length_size) = (usize::from(cursor.u8()?), usize::from(cursor.u8()?));
    if ![2, 4, 8].contains(&offset_size) || ![2, 4, 8].contains(&length_size) {
        return Err(cursor.corrupt("addresses and lengths are of 2, 4 or 8 bytes"));
    }
    let medium = Medium { source, budget: budget.clone(), base, offset_size, length_size };
    let root = if version < 2 { old(&medium, &mut cursor, version)? } else { new(&medium, &mut cursor, &bytes)? };
    Ok((medium, root))
}

/// Versions 0 and 1: sizes of B-trees, addresses, the symbol table entry of the root.
fn old(medium: &Medium, cursor: &mut Cursor<'_>, version: u8) -> Result<u64> {
    // A reserved byte, two half-ranks of B-trees (nodes tell their own sizes), flags.
    cursor.skip(1 + 2 + 2 + 4)?;
    if version == 1 {
        cursor.skip(4)?;
    }
    check_base(medium, cursor)?;
    medium.address(cursor)?;
    check_end(medium, cursor)?;
    medium.address(cursor)?;
    // The root's entry: the offset of its name, then its header.
    medium.address(cursor)?;
    medium.defined(cursor, "the root group")
}

/// Versions 2 and 3: addresses and a checksum.
fn new(medium: &Medium, cursor: &mut Cursor<'_>, bytes: &[u8]) -> Result<u64> {
    let flags_and_addresses = 1 + 4 * medium.offset_size;
    let end = cursor.position() + flags_and_addresses + 4;
    checksum::verified(bytes.get(..end).unwrap_or(bytes), medium.base)?;
    cursor.skip(1)?;
    check_base(medium, cursor)?;
    medium.address(cursor)?;
    check_end(medium, cursor)?;
    medium.defined(cursor, "the root group")
}

/// The stated base is where the superblock was found: with any other every address would be read at a wrong place.
fn check_base(medium: &Medium, cursor: &mut Cursor<'_>) -> Result<()> {
    let place = cursor.clone();
    let stated = medium.defined(cursor, "the base")?;
    if stated == medium.base {
        return Ok(());
    }
    Err(place.corrupt(alloc::format!("the base address is {stated}, and the superblock is at {}", medium.base)))
}

/// The file reaches its stated end: one that does not was cut off.
fn check_end(medium: &Medium, cursor: &mut Cursor<'_>) -> Result<()> {
    let (needed, available) = (medium.defined(cursor, "the end of the file")?, medium.source.len());
    if needed <= available { Ok(()) } else { Err(Error::new(ErrorKind::Truncated { needed, available })) }
}
