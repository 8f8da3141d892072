//! One file.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::header::{self, Header};
use super::{NAME, alias};
use crate::error::{Error, Result};
use crate::format::flat::digest::{self, Digest};
use crate::format::flat::place::Place;
use crate::format::{PlainBytes, ReadOptions, TensorEntry, TensorFile};
use crate::limits::Budget;
use crate::source::Source;
use crate::tensor::TensorData;

/// An open SafeTensors file.
///
/// Its tensors are in the order of their bytes; names that the metadata states as aliases (tied weights) follow, each with the
/// [`TensorEntry::storage`] of the tensor it stands for. The metadata is the file's without the digests.
pub struct SafetensorsFile {
    source: Arc<dyn Source>,
    options: ReadOptions,
    metadata: BTreeMap<String, String>,
    entries: Vec<TensorEntry>,
    /// Of the tensors, without the aliases.
    places: Vec<Place>,
    /// The place of each alias.
    aliases: Vec<usize>,
    header: Option<Digest>,
}

impl SafetensorsFile {
    /// Opens a file: reads and checks its header, and its digest if it has one.
    ///
    /// # Errors
    /// The rule of the format that it breaks; a limit of `options`; [`ErrorKind::Digest`](crate::ErrorKind::Digest) if the header is
    /// not the one that was written.
    pub fn open(source: Arc<dyn Source>, options: &ReadOptions) -> Result<Self> {
        let mut file = Self::open_shard(source, options)?;
        file.aliases = alias::add(&file.metadata, &mut file.entries);
        Ok(file)
    }

    /// As [`Self::open`], without looking for aliases: those of a set are found once all of its tensors are known.
    pub(super) fn open_shard(source: Arc<dyn Source>, options: &ReadOptions) -> Result<Self> {
        let budget = Budget::new(options.limits.clone(), source.len());
        let Header { mut metadata, tensors, data } = Header::read(&*source, &budget)?;
        let listed = || tensors.iter().map(|t| (t.name.as_str(), t.dtype, &t.shape, t.start, t.end));
        let digests = digest::take(&mut metadata, tensors.len(), |metadata| header::digest(listed(), metadata))?;
        let places = tensors
            .iter()
            .enumerate()
            .map(|(index, tensor)| Place {
                range: data + tensor.start..data + tensor.end,
                digest: digests.as_ref().and_then(|digests| digests.tensors.get(index).copied()),
            })
            .collect();
        let entries = tensors
            .into_iter()
            .map(|t| TensorEntry { name: t.name, dtype: t.dtype, shape: t.shape, param_id: None, storage: None })
            .collect();
        let header = digests.map(|digests| digests.header);
        Ok(Self { source, options: options.clone(), metadata, entries, places, aliases: Vec::new(), header })
    }

    /// The digest of all that the header says, the digests of the tensors included, if the file has them.
    pub(super) fn header_digest(&self) -> Option<Digest> {
        self.header
    }

    /// Which place the tensor at `index` has, and what it is.
    fn place(&self, index: usize) -> Result<(usize, &TensorEntry)> {
        let place = match index.checked_sub(self.places.len()) {
            None => Some(index),
            Some(alias) => self.aliases.get(alias).copied(),
        };
        let found = place.filter(|place| *place < self.places.len()).zip(self.entries.get(index));
        found.ok_or_else(|| Error::argument("there is no tensor of this index"))
    }
}

impl TensorFile for SafetensorsFile {
    fn format(&self) -> &'static str {
        NAME
    }

    fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    fn tensors(&self) -> &[TensorEntry] {
        &self.entries
    }

    fn is_of_burn(&self) -> bool {
        self.metadata.get("producer").is_some_and(|producer| producer == "burn")
    }

    fn read(&self, index: usize) -> Result<TensorData> {
        let (place, entry) = self.place(index)?;
        self.places[place].read(&*self.source, entry, &self.options)
    }

    fn plain_bytes(&self, index: usize) -> Option<PlainBytes<'_>> {
        let (place, entry) = self.place(index).ok()?;
        self.places[place].plain_bytes(&*self.source, &entry.name, &self.options)
    }

    fn verify(&self) -> Result<()> {
        if self.options.digests {
            return Ok(());
        }
        self.places.iter().zip(&self.entries).try_for_each(|(place, entry)| place.verify(&*self.source, &entry.name))
    }
}
