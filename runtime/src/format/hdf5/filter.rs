//! Filters: what is done to a chunk before it is stored, undone here.

use alloc::format;
use alloc::vec::Vec;

use flate2::{Decompress, FlushDecompress, Status};

use super::checksum;
use super::header::Message;
use super::medium::{Medium, to_usize};
use crate::error::{Error, Result};

/// A step between a chunk and its stored bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// zlib.
    Deflate,
    /// First bytes of all elements, then second bytes: elements of this size.
    Shuffle(usize),
    /// A checksum of four bytes at the end.
    Fletcher32,
}

/// The filters of a dataset, in the order in which a writer applies them.
pub(super) fn pipeline(medium: &Medium, message: &Message) -> Result<Vec<Filter>> {
    /// Identifiers from here on are registered by others and carry a name.
    const FIRST_NAMED: u16 = 256;
    if message.is_shared() {
        return Err(Error::refused("messages shared through a heap"));
    }
    let mut cursor = medium.cursor(&message.body, message.address);
    let (version, count) = (cursor.u8()?, cursor.u8()?);
    match version {
        1 => cursor.skip(6)?,
        2 => {}
        _ => return Err(cursor.corrupt(format!("version {version} of a filter pipeline"))),
    }
    let mut filters = Vec::new();
    for _ in 0..count {
        let id = cursor.u16()?;
        let name_len = if version == 1 || id >= FIRST_NAMED { usize::from(cursor.u16()?) } else { 0 };
        cursor.skip(2)?;
        let values = usize::from(cursor.u16()?);
        cursor.skip(if version == 1 { name_len.next_multiple_of(8) } else { name_len })?;
        let mut first = None;
        for _ in 0..values {
            let value = cursor.u32()?;
            first.get_or_insert(value);
        }
        if version == 1 && values % 2 == 1 {
            cursor.skip(4)?;
        }
        filters.push(match (id, first) {
            (1, _) => Filter::Deflate,
            (2, Some(size)) if size > 0 => Filter::Shuffle(to_usize(u64::from(size))?),
            (2, _) => return Err(cursor.corrupt("a shuffle filter without the size of an element")),
            (3, _) => Filter::Fletcher32,
            _ => {
                return Err(Error::refused(format!(
                    "data filtered by number {id}, where only deflate, shuffle and fletcher32 are read"
                )));
            }
        });
    }
    Ok(filters)
}

/// The most bytes that a chunk of `len` may be stored in: a filter that makes it grow past this is not one that a writer keeps.
pub(super) fn most_stored(len: u64) -> u64 {
    len.saturating_mul(2).saturating_add(4096)
}

/// The `len` bytes of a chunk from its stored ones. Bit `i` of `mask` says that filter `i` was left out.
pub(super) fn undo(filters: &[Filter], mask: u32, mut bytes: Vec<u8>, len: usize) -> Result<Vec<u8>> {
    let applied = (0u32..).zip(filters).filter(|(i, _)| mask.checked_shr(*i).unwrap_or(0) & 1 == 0);
    let applied: Vec<Filter> = applied.map(|(_, &filter)| filter).collect();
    for (i, filter) in applied.iter().enumerate().rev() {
        // What goes into a filter is known as long as only fixed ones came before it.
        let before = applied.get(..i).unwrap_or_default();
        let sums = before.iter().filter(|&&filter| filter == Filter::Fletcher32).count();
        let exact = (!before.contains(&Filter::Deflate)).then_some(len + 4 * sums);
        bytes = match filter {
            Filter::Deflate => inflate(&bytes, exact, len)?,
            Filter::Shuffle(size) => unshuffle(&bytes, *size),
            Filter::Fletcher32 => {
                let Some((data, stored)) = bytes.split_last_chunk::<4>() else {
                    return Err(Error::corrupt("a chunk without its checksum"));
                };
                checksum::check(u32::from_le_bytes(*stored), checksum::fletcher32(data))?;
                bytes.truncate(data.len());
                bytes
            }
        };
    }
    if bytes.len() == len {
        return Ok(bytes);
    }
    Err(Error::corrupt(format!("a chunk of {} bytes where {len} are needed", bytes.len())))
}

/// Inflates into `exact` bytes, or into no more than a chunk of `len` could have become.
fn inflate(bytes: &[u8], exact: Option<usize>, len: usize) -> Result<Vec<u8>> {
    let most = exact.map_or_else(|| to_usize(most_stored(len as u64)), Ok)?;
    let mut out = bytemuck::allocation::try_zeroed_vec(most)
        .map_err(|()| Error::new(crate::error::ErrorKind::OutOfMemory { bytes: most as u64 }))?;
    let mut inflater = Decompress::new(true);
    let status = inflater.decompress(bytes, &mut out, FlushDecompress::Finish);
    let made = to_usize(inflater.total_out())?;
    match status {
        Ok(Status::StreamEnd) if exact.is_none_or(|exact| exact == made) => {
            out.truncate(made);
            Ok(out)
        }
        Ok(_) => Err(Error::corrupt(format!("a deflated chunk does not end at its {most} bytes"))),
        Err(error) => Err(Error::corrupt(format!("a deflated chunk: {error}"))),
    }
}

/// Puts the bytes of elements of `size` together again; what is not a whole element stays at the end.
fn unshuffle(bytes: &[u8], size: usize) -> Vec<u8> {
    let count = bytes.len() / size;
    let mut out = bytes.to_vec();
    if count < 2 || size < 2 {
        return out;
    }
    for (i, plane) in bytes.chunks_exact(count).take(size).enumerate() {
        for (element, &byte) in out.chunks_exact_mut(size).zip(plane) {
            element[i] = byte;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn shuffled_bytes_come_back_with_their_remainder() {
        assert_eq!(unshuffle(&[1, 3, 2, 4, 9], 2), [1, 2, 3, 4, 9]);
        assert_eq!(unshuffle(&[1, 2, 3], 8), [1, 2, 3]);
    }

    #[test]
    fn a_changed_byte_under_fletcher32_is_told() {
        let mut stored = vec![1, 2, 3, 4];
        stored.extend(checksum::fletcher32(&[1, 2, 3, 4]).to_le_bytes());
        assert_eq!(undo(&[Filter::Fletcher32], 0, stored.clone(), 4).unwrap(), [1, 2, 3, 4]);
        stored[1] ^= 1;
        assert!(undo(&[Filter::Fletcher32], 0, stored.clone(), 4).is_err());
        assert!(undo(&[Filter::Fletcher32], 1, stored, 8).is_ok(), "the mask leaves the filter out");
    }

    #[test]
    fn a_chunk_that_inflates_to_another_length_is_refused() {
        let zeros = b"\x78\x9c\x63\x60\x60\x60\x00\x00\x00\x04\x00\x01"; // four zero bytes
        assert_eq!(undo(&[Filter::Deflate], 0, zeros.to_vec(), 4).unwrap(), [0; 4]);
        for len in [3, 5] {
            assert!(undo(&[Filter::Deflate], 0, zeros.to_vec(), len).is_err());
        }
    }
}
