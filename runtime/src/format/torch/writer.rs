//! Writing a state dict.

use alloc::format;
use alloc::vec::Vec;

use super::state_dict;
use crate::error::Result;
use crate::format::TensorSet;
use crate::format::flat::{check_unique, tie};
use crate::format::zip::ZipWriter;
use crate::source::Sink;

/// The folder that the members lie in; `torch.save` takes the file's name, or this.
const FOLDER: &str = "archive";
/// The version of the zip format that `torch.save` has written since 1.6.
const VERSION: &[u8] = b"3\n";
/// Bytes that are collected of the pickle before they are given on.
const PIECE: usize = 64 << 10;

/// Writes the tensors of `set`, in order, as a state dict that `torch.load(.., weights_only=True)` reads.
///
/// The zip format: an `OrderedDict` of the tensors, protocol 2; storages little-endian, not compressed, each at a multiple of 64
/// bytes so that PyTorch can map them. Tensors that are one ([`TensorEntry::storage`](crate::format::TensorEntry::storage), and the same dtype, shape and bytes) share a
/// storage. Streaming: no more than a piece of a tensor is held. The same tensors give the same bytes.
///
/// # Errors
/// [`ErrorKind::Unrepresentable`](crate::ErrorKind::Unrepresentable) for a dtype that PyTorch does not have (the floats of six and
/// four bits); [`ErrorKind::Argument`](crate::ErrorKind::Argument) for a name that comes twice; those of the set and of the sink.
pub fn write_state_dict(set: &dyn TensorSet, sink: &mut dyn Sink) -> Result<()> {
    let entries = set.entries();
    check_unique(entries)?;
    let (storages, firsts) = storages(set)?;
    // Written twice, once to know its length: the pickle of a million tensors need not be held.
    let mut len = 0;
    state_dict::write(entries, &storages, &mut |bytes| {
        len += bytes.len() as u64;
        Ok(())
    })?;

    let mut zip = ZipWriter::new(sink);
    zip.stored(&format!("{FOLDER}/data.pkl"), len, |put| {
        let mut piece = Vec::with_capacity(PIECE);
        state_dict::write(entries, &storages, &mut |bytes| {
            piece.extend_from_slice(bytes);
            if piece.len() >= PIECE {
                put(&piece)?;
                piece.clear();
            }
            Ok(())
        })?;
        put(&piece)
    })?;
    word(&mut zip, "byteorder", b"little")?;
    for (key, &index) in firsts.iter().enumerate() {
        let entry = &entries[index];
        let len = entry.dtype.byte_len(entry.shape.num_elements()).unwrap_or_default() as u64;
        let written = zip.stored(&format!("{FOLDER}/data/{key}"), len, |put| set.write_to(index, put));
        written.map_err(|error| error.in_tensor(&entry.name))?;
    }
    word(&mut zip, "version", VERSION)?;
    zip.finish()
}

fn word(zip: &mut ZipWriter<'_>, name: &str, word: &[u8]) -> Result<()> {
    zip.stored(&format!("{FOLDER}/{name}"), word.len() as u64, |put| put(word))
}

/// The number of each tensor's storage, and for each storage the first tensor of it.
fn storages(set: &dyn TensorSet) -> Result<(Vec<usize>, Vec<usize>)> {
    let (mut storages, mut firsts): (Vec<usize>, Vec<usize>) = Default::default();
    for (index, tie) in tie::ties(set)?.into_iter().enumerate() {
        let storage = match tie {
            // An earlier tensor, so that it has its number.
            Some(first) => storages.get(first).copied().unwrap_or(firsts.len()),
            None => firsts.len(),
        };
        if storage == firsts.len() {
            firsts.push(index);
        }
        storages.push(storage);
    }
    Ok((storages, firsts))
}
