//! One file, written.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{NAME, dtype, header};
use crate::error::{Error, ErrorKind, Result};
use crate::format::flat::digest::{self, Digest};
use crate::format::flat::stream::{self, Planned, Stated};
use crate::format::flat::{check_unique, tie};
use crate::format::{TensorEntry, TensorSet};
use crate::source::Sink;

/// Writes SafeTensors files: with the digests of their tensors, unless told otherwise.
///
/// Tensors that are one ([`TensorEntry::storage`], and the same dtype, shape and bytes) are written once, under the first name;
/// the others become aliases in the metadata.
#[derive(Clone, Debug)]
pub struct Writer {
    metadata: BTreeMap<String, String>,
    digests: bool,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// Without metadata, with digests.
    pub fn new() -> Self {
        Self { metadata: BTreeMap::new(), digests: true }
    }

    /// Text to keep in the file's `__metadata__`.
    #[must_use]
    pub fn metadata(mut self, metadata: BTreeMap<String, String>) -> Self {
        self.metadata = metadata;
        self
    }

    /// Whether digests are written. They are metadata entries of ours, which other readers pass over.
    #[must_use]
    pub fn digests(mut self, digests: bool) -> Self {
        self.digests = digests;
        self
    }

    /// Writes the tensors of `set`: the same set and metadata give the same bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Unrepresentable`] for a dtype or a name that the format does not have, and where a name that is to become an
    /// alias is a metadata key with another value; [`ErrorKind::Argument`] for a name that comes twice; those of the set and of the
    /// sink.
    pub fn write(&self, set: &dyn TensorSet, sink: &mut dyn Sink) -> Result<()> {
        let Kept { tensors, metadata } = self.kept(set)?;
        self.write_some(set, tensors, &metadata, sink).map(|_| ())
    }

    /// The tensors of `set` that are to be written, and the metadata with an alias for each of the others.
    pub(super) fn kept(&self, set: &dyn TensorSet) -> Result<Kept> {
        digest::check_keys(&self.metadata)?;
        let entries = set.entries();
        check_unique(entries)?;
        let mut kept = Kept { tensors: Vec::with_capacity(entries.len()), metadata: self.metadata.clone() };
        for (index, tie) in tie::ties(set)?.into_iter().enumerate() {
            let entry = &entries[index];
            if dtype::rank(entry.dtype).is_none() {
                return Err(unrepresentable(entry, format!("dtype {}", entry.dtype)));
            }
            if entry.name == header::METADATA {
                return Err(unrepresentable(entry, "a tensor of this name".into()));
            }
            let Some(first) = tie else {
                kept.tensors.push(index);
                continue;
            };
            let first = &entries[first].name;
            let previous = kept.metadata.insert(entry.name.clone(), first.clone());
            if previous.is_some_and(|previous| previous != *first) {
                return Err(unrepresentable(entry, format!("an alias of `{first}`, and metadata of the same key")));
            }
        }
        Ok(kept)
    }

    /// Writes the tensors of `set` at the indices `kept`, by falling size of their dtype and then by name; gives the digest of the
    /// header, if there is one.
    pub(super) fn write_some(
        &self,
        set: &dyn TensorSet,
        mut kept: Vec<usize>,
        metadata: &BTreeMap<String, String>,
        sink: &mut dyn Sink,
    ) -> Result<Option<Digest>> {
        let entries = set.entries();
        kept.sort_unstable_by_key(|&index| (dtype::rank(entries[index].dtype), entries[index].name.as_str()));
        let mut position = 0u64;
        let mut planned = Vec::with_capacity(kept.len());
        for entry in kept {
            let start = position;
            position = start
                .checked_add(stream::byte_len(&entries[entry])?)
                .ok_or_else(|| Error::argument("the tensors have more bytes than a file can"))?;
            planned.push(Planned { entry, start, end: position });
        }
        let listed = || {
            planned.iter().map(|plan| {
                let TensorEntry { name, dtype, shape, .. } = &entries[plan.entry];
                (name.as_str(), *dtype, shape, plan.start, plan.end)
            })
        };
        let header = core::cell::Cell::new(None);
        let encode = |stated: Stated<'_>| {
            let digests = match stated {
                Stated::Nothing => return Ok(header::encode(listed(), metadata)),
                Stated::Room => return Ok(header::encode(listed(), &digest::with_room(metadata, planned.len()))),
                Stated::Digests(digests) => digests,
            };
            let metadata = digest::with(metadata, digests.iter().copied(), |metadata| {
                let mut rows: Vec<_> = listed().collect();
                // Empty tensors share their place: in the digest the name decides, in the file the dtype does first.
                rows.sort_unstable_by_key(|&(name, _, _, start, end)| (start, end, name));
                let digest = header::digest(rows.into_iter(), metadata);
                header.set(Some(digest));
                digest
            });
            Ok(header::encode(listed(), &metadata))
        };
        stream::write(set, &planned, self.digests, &encode, sink)?;
        Ok(header.get())
    }
}

/// What of a set is written.
pub(super) struct Kept {
    /// Indices in the set, in its order.
    pub(super) tensors: Vec<usize>,
    pub(super) metadata: BTreeMap<String, String>,
}

fn unrepresentable(entry: &TensorEntry, what: String) -> Error {
    Error::new(ErrorKind::Unrepresentable { format: NAME, what }).in_tensor(&entry.name)
}
