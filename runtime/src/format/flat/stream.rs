//! Writing a header and the tensors behind it.

use alloc::vec::Vec;

use super::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{TensorEntry, TensorSet};
use crate::source::Sink;
use crate::xxh3::Xxh3;

/// A tensor's place in a file to be written, from the start of the data.
pub(in crate::format) struct Planned {
    /// Its index in the set.
    pub(in crate::format) entry: usize,
    pub(in crate::format) start: u64,
    pub(in crate::format) end: u64,
}

/// Put and hashed at a time: what was just put is still in the cache when it is hashed. Pieces end at multiples of this in the file,
/// because a system writes whole pages faster than parts of them.
const PIECE: u64 = 1 << 17;

/// What a header is to state of the planned tensors.
#[derive(Clone, Copy)]
pub(in crate::format) enum Stated<'a> {
    /// No digests.
    Nothing,
    /// Digests that are not known yet: zeros that take their room.
    Room,
    /// The digest of each.
    Digests(&'a [Digest]),
}

/// Makes the header. With digests it has as many bytes whatever they are, and with room for them too.
type Encode<'a> = &'a dyn Fn(Stated<'_>) -> Result<Vec<u8>>;

/// Bytes that an entry takes.
///
/// # Errors
/// [`ErrorKind::ByteLength`] where a sub-byte dtype does not fill its last byte.
pub(in crate::format) fn byte_len(entry: &TensorEntry) -> Result<u64> {
    entry.dtype.byte_len(entry.shape.num_elements()).map(|len| len as u64).ok_or_else(|| wrong_length(entry, 0))
}

/// Writes the header that `encode` makes, then the planned tensors in their order, zeros between them.
///
/// With `digests`, into a sink that can be rewritten the header is put twice, first with room for digests; for any other sink the
/// tensors are asked for twice.
///
/// # Errors
/// Those of the set, of `encode` and of the sink; [`ErrorKind::ByteLength`] if the set gives other bytes than it said.
pub(in crate::format) fn write(
    set: &dyn TensorSet,
    planned: &[Planned],
    digests: bool,
    encode: Encode<'_>,
    sink: &mut dyn Sink,
) -> Result<()> {
    if !digests {
        let header = encode(Stated::Nothing)?;
        sink.put(&header)?;
        return put_tensors(set, planned, &header, sink, None);
    }
    let mut found = Vec::with_capacity(planned.len());
    if let Some(start) = sink.position() {
        let blank = encode(Stated::Room)?;
        sink.put(&blank)?;
        put_tensors(set, planned, &blank, sink, Some(&mut found))?;
        let header = encode(Stated::Digests(&found))?;
        debug_assert_eq!(header.len(), blank.len(), "digests have a fixed width");
        return sink.rewrite(start, &header);
    }
    let first = planned.iter().map(|plan| hash(set, plan.entry)).collect::<Result<Vec<_>>>()?;
    let header = encode(Stated::Digests(&first))?;
    sink.put(&header)?;
    put_tensors(set, planned, &header, sink, Some(&mut found))?;
    if let Some(changed) = planned.iter().zip(&first).zip(&found).find(|((_, first), found)| first != found) {
        let name = &set.entries()[changed.0.0.entry].name;
        return Err(Error::argument("its bytes changed while it was written").in_tensor(name));
    }
    Ok(())
}

/// The digest of a tensor of the set.
///
/// # Errors
/// Those of the set.
pub(in crate::format) fn hash(set: &dyn TensorSet, entry: usize) -> Result<Digest> {
    let mut hasher = Xxh3::new();
    set.write_to(entry, &mut |bytes| {
        hasher.update(bytes);
        Ok(())
    })?;
    Ok(hasher.digest128())
}

fn put_tensors(
    set: &dyn TensorSet,
    planned: &[Planned],
    header: &[u8],
    sink: &mut dyn Sink,
    mut digests: Option<&mut Vec<Digest>>,
) -> Result<()> {
    let data = header.len() as u64;
    let mut position = 0;
    for plan in planned {
        put_zeros(plan.start - position, sink)?;
        position = plan.start;
        let entry = &set.entries()[plan.entry];
        let mut hasher = digests.is_some().then(Xxh3::new);
        let put = set.write_to(plan.entry, &mut |bytes| {
            if bytes.len() as u64 > plan.end - position {
                return Err(wrong_length(entry, position - plan.start + bytes.len() as u64));
            }
            let mut rest = bytes;
            while !rest.is_empty() {
                let room = PIECE - (data + position) % PIECE;
                let (piece, after) =
                    rest.split_at(usize::try_from(room).map_or(rest.len(), |room| room.min(rest.len())));
                sink.put(piece)?;
                if let Some(hasher) = &mut hasher {
                    hasher.update(piece);
                }
                position += piece.len() as u64;
                rest = after;
            }
            Ok(())
        });
        put.map_err(|error| error.in_tensor(&entry.name))?;
        if position != plan.end {
            return Err(wrong_length(entry, position - plan.start));
        }
        if let (Some(digests), Some(hasher)) = (&mut digests, hasher) {
            digests.push(hasher.digest128());
        }
    }
    Ok(())
}

fn put_zeros(count: u64, sink: &mut dyn Sink) -> Result<()> {
    const ZEROS: [u8; 256] = [0; 256];
    let mut left = count;
    while left > 0 {
        let piece = left.min(ZEROS.len() as u64);
        sink.put(&ZEROS[..usize::try_from(piece).unwrap_or(ZEROS.len())])?;
        left -= piece;
    }
    Ok(())
}

fn wrong_length(entry: &TensorEntry, bytes: u64) -> Error {
    let (shape, dtype) = (entry.shape.clone(), entry.dtype);
    Error::new(ErrorKind::ByteLength { shape, dtype, bytes }).in_tensor(&entry.name)
}
