//! Writing a state dict.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;

use xxhash_rust::xxh3::Xxh3Default;

use super::state_dict;
use crate::error::{Error, Result};
use crate::format::zip::ZipWriter;
use crate::format::{TensorEntry, TensorSet};
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
/// bytes so that PyTorch can map them. Tensors that are one ([`TensorEntry::storage`], and the same dtype, shape and bytes) share a
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

fn check_unique(entries: &[TensorEntry]) -> Result<()> {
    let mut names = BTreeSet::new();
    match entries.iter().find(|entry| !names.insert(entry.name.as_str())) {
        Some(entry) => Err(Error::argument("two tensors of this name").in_tensor(&entry.name)),
        None => Ok(()),
    }
}

/// The number of each tensor's storage, and for each storage the first tensor of it. Views of one storage need not be one tensor, so
/// that those of one dtype and shape are compared by their bytes.
fn storages(set: &dyn TensorSet) -> Result<(Vec<usize>, Vec<usize>)> {
    let entries = set.entries();
    let twin = |entry: &TensorEntry| entry.storage.map(|storage| (storage, entry.dtype, entry.shape.dims().to_vec()));
    let mut twins: BTreeMap<_, usize> = BTreeMap::new();
    for key in entries.iter().filter_map(twin) {
        *twins.entry(key).or_default() += 1;
    }
    let (mut storages, mut firsts) = (Vec::with_capacity(entries.len()), Vec::new());
    let mut seen = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let mut storage = firsts.len();
        if let Some(key) = twin(entry).filter(|key| twins.get(key).is_some_and(|&count| count > 1)) {
            let mut hasher = Xxh3Default::new();
            set.write_to(index, &mut |bytes| {
                hasher.update(bytes);
                Ok(())
            })?;
            storage = *seen.entry((key, hasher.digest128())).or_insert(storage);
        }
        if storage == firsts.len() {
            firsts.push(index);
        }
        storages.push(storage);
    }
    Ok((storages, firsts))
}
