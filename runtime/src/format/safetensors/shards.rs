//! A set of shards with an index, read as one file.

use alloc::collections::{BTreeMap, BTreeSet, btree_map};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::alias;
use super::index::Index;
use super::reader::SafetensorsFile;
use crate::error::{Error, Result};
use crate::format::flat::digest;
use crate::format::{PlainBytes, ReadOptions, TensorEntry, TensorFile, check_relative};
use crate::limits::Budget;
use crate::source::{Source, read_vec};
use crate::tensor::TensorData;

/// Opens the shards that an index names, beneath the folder of the index.
pub trait OpenShard {
    /// Opens the shard `name`: a path of plain components ([`check_relative`]).
    ///
    /// # Errors
    /// Those of opening it.
    fn open(&self, name: &str) -> Result<Arc<dyn Source>>;

    /// What the shard is called in errors: its name, or a path that has it at its end.
    fn shown(&self, name: &str) -> String {
        name.into()
    }
}

impl<F: Fn(&str) -> Result<Arc<dyn Source>>> OpenShard for F {
    fn open(&self, name: &str) -> Result<Arc<dyn Source>> {
        self(name)
    }
}

/// An open set of shards.
///
/// Each tensor is in the shard that the index names, and no shard holds a tensor that the index does not list there. The metadata is
/// that of the index and of the shards; where two differ on a key, the later shard's has the shard's name and `: ` before it.
pub struct ShardedFile {
    /// With what they are called in errors.
    shards: Vec<(String, SafetensorsFile)>,
    metadata: BTreeMap<String, String>,
    entries: Vec<TensorEntry>,
    /// Shard, and place in it, of each entry.
    places: Vec<(usize, usize)>,
}

impl ShardedFile {
    /// Opens the set: reads its index and the header of every shard.
    ///
    /// # Errors
    /// What is wrong with the index, or with a shard (then [`Error::file`] is the shard);
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) for a shard that is not beneath the folder;
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) where index and shards disagree;
    /// [`ErrorKind::Digest`](crate::ErrorKind::Digest) for a shard of another save than the index.
    pub fn open(index: &dyn Source, shards: &dyn OpenShard, options: &ReadOptions) -> Result<Self> {
        let budget = Budget::new(options.limits.clone(), index.len());
        budget.check_header(index.len())?;
        let index = Index::parse(&read_vec(index, 0, index.len())?)?;
        budget.check_tensors(index.weight_map.len() as u64)?;
        let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
        for shard in index.weight_map.values() {
            check_relative(shard)?;
            *listed.entry(shard).or_default() += 1;
        }
        let mut set =
            Self { shards: Vec::new(), metadata: index.metadata.clone(), entries: Vec::new(), places: Vec::new() };
        for (&name, &tensors) in &listed {
            set.add(name, tensors, &index, shards, options).map_err(|error| error.in_file(shards.shown(name)))?;
        }
        let aliases = alias::add(&set.metadata, &mut set.entries);
        for kept in aliases {
            set.places.push(set.places[kept]);
        }
        Ok(set)
    }

    fn add(
        &mut self,
        name: &str,
        listed: usize,
        index: &Index,
        shards: &dyn OpenShard,
        options: &ReadOptions,
    ) -> Result<()> {
        let shard = SafetensorsFile::open_shard(shards.open(name)?, options)?;
        if let Some(digests) = &index.shards {
            let expected = digests.get(name).ok_or_else(|| Error::corrupt("the index has no digest of this shard"))?;
            let found = shard.header_digest().ok_or_else(|| Error::corrupt("the shard has lost its digests"))?;
            digest::check(*expected, found)?;
        }
        for (place, entry) in shard.tensors().iter().enumerate() {
            if index.weight_map.get(&entry.name).is_none_or(|other| other != name) {
                return Err(Error::corrupt("the index does not list the tensor in this shard").in_tensor(&entry.name));
            }
            self.entries.push(entry.clone());
            self.places.push((self.shards.len(), place));
        }
        if shard.tensors().len() != listed {
            let here: BTreeSet<&str> = shard.tensors().iter().map(|entry| entry.name.as_str()).collect();
            let mut names = index.weight_map.iter().filter(|(_, shard)| *shard == name).map(|(tensor, _)| tensor);
            let missing = names.find(|tensor| !here.contains(tensor.as_str())).cloned().unwrap_or_default();
            return Err(Error::corrupt("the tensor is not in the shard that the index names").in_tensor(missing));
        }
        for (key, value) in shard.metadata() {
            match self.metadata.entry(key.clone()) {
                btree_map::Entry::Vacant(free) => {
                    free.insert(value.clone());
                }
                btree_map::Entry::Occupied(other) if other.get() == value => {}
                btree_map::Entry::Occupied(_) => {
                    self.metadata.insert(format!("{name}: {key}"), value.clone());
                }
            }
        }
        self.shards.push((shards.shown(name), shard));
        Ok(())
    }
}

impl ShardedFile {
    /// The shard that the tensor at `index` is in, with what it is called, and its index there.
    fn place(&self, index: usize) -> Result<(&str, &SafetensorsFile, usize)> {
        let found = self.places.get(index).and_then(|&(shard, place)| Some((self.shards.get(shard)?, place)));
        let ((name, shard), place) = found.ok_or_else(|| Error::argument("there is no tensor of this index"))?;
        Ok((name, shard, place))
    }
}

impl TensorFile for ShardedFile {
    fn format(&self) -> &'static str {
        super::NAME
    }

    fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    fn tensors(&self) -> &[TensorEntry] {
        &self.entries
    }

    fn is_of_burn(&self) -> bool {
        self.shards.iter().any(|(_, shard)| shard.is_of_burn())
    }

    fn read(&self, index: usize) -> Result<TensorData> {
        let (name, shard, place) = self.place(index)?;
        shard.read(place).map_err(|error| error.in_file(name))
    }

    fn plain_bytes(&self, index: usize) -> Option<PlainBytes<'_>> {
        let (name, shard, place) = self.place(index).ok()?;
        let plain = shard.plain_bytes(place)?;
        Some(PlainBytes::new(plain.len(), move |out| plain.read_into(out).map_err(|error| error.in_file(name))))
    }

    fn verify(&self) -> Result<()> {
        self.shards.iter().try_for_each(|(name, shard)| shard.verify().map_err(|error| error.in_file(name)))
    }
}
