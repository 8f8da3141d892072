//! A set of shards with an index, written.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::index::{self, Index};
use super::writer::{Kept, Writer};
use crate::error::{Error, Result};
use crate::format::flat::stream::byte_len;
use crate::format::{TensorSet, check_relative};
use crate::source::Sink;

/// Takes the files of a set that is written: the shards in order, the index last.
pub trait PutShard {
    /// Makes a shard of what `body` puts into its sink: the file `name`, or one of another name where a shard of an older set has that.
    /// Gives the name that the index is to have.
    ///
    /// # Errors
    /// Those of `body` and of the file; then the set must not take the place of an older one.
    fn put_shard(&mut self, name: &str, body: &mut dyn FnMut(&mut dyn Sink) -> Result<()>) -> Result<String>;

    /// Makes the index, under its name.
    ///
    /// # Errors
    /// As [`PutShard::put_shard`].
    fn put_index(&mut self, name: &str, bytes: &[u8]) -> Result<()>;
}

/// Writes SafeTensors sets: shards of a limited size (`model-00001-of-00002.safetensors`) and an index
/// (`model.safetensors.index.json`).
#[derive(Clone, Debug)]
pub struct ShardedWriter {
    writer: Writer,
    metadata: BTreeMap<String, String>,
    max_bytes: u64,
    digests: bool,
}

impl ShardedWriter {
    /// Shards of at most `max_bytes` of tensors; a tensor that has more gets a shard of its own. The set has digests.
    pub fn new(max_bytes: u64) -> Self {
        Self { writer: Writer::new(), metadata: BTreeMap::new(), max_bytes, digests: true }
    }

    /// Text to keep in the `__metadata__` of every shard and in the index.
    #[must_use]
    pub fn metadata(mut self, metadata: BTreeMap<String, String>) -> Self {
        self.writer = self.writer.metadata(metadata.clone());
        self.metadata = metadata;
        self
    }

    /// Whether digests are written.
    #[must_use]
    pub fn digests(mut self, digests: bool) -> Self {
        self.writer = self.writer.digests(digests);
        self.digests = digests;
        self
    }

    /// Writes the tensors of `set` in its order as the set `stem`, and gives the name of the index.
    ///
    /// # Errors
    /// As [`Writer::write`]; [`ErrorKind::Refused`](crate::ErrorKind::Refused) for a stem that is not a plain name; those of `files`.
    pub fn write(&self, set: &dyn TensorSet, stem: &str, files: &mut dyn PutShard) -> Result<String> {
        check_relative(stem)?;
        index::check_keys(&self.metadata)?;
        let entries = set.entries();
        let Kept { tensors, metadata } = self.writer.kept(set)?;
        let mut shards: Vec<Vec<usize>> = Vec::new();
        let (mut shard_bytes, mut total_size) = (0u64, 0u64);
        for tensor in tensors {
            let bytes = byte_len(&entries[tensor])?;
            shard_bytes = shard_bytes.saturating_add(bytes);
            total_size = total_size.saturating_add(bytes);
            match shards.last_mut() {
                Some(shard) if shard_bytes <= self.max_bytes => shard.push(tensor),
                _ => {
                    shard_bytes = bytes;
                    shards.push(Vec::from([tensor]));
                }
            }
        }
        let mut index = Index {
            metadata,
            total_size: Some(total_size),
            weight_map: BTreeMap::new(),
            shards: self.digests.then(BTreeMap::new),
        };
        let count = shards.len();
        for (number, tensors) in shards.into_iter().enumerate() {
            let name = format!("{stem}-{:05}-of-{count:05}.safetensors", number + 1);
            let mut digest = None;
            let name = files
                .put_shard(&name, &mut |sink| {
                    digest = self.writer.write_some(set, tensors.clone(), &self.metadata, sink)?;
                    Ok(())
                })
                .map_err(|error| error.in_file(&name))?;
            for tensor in tensors {
                index.weight_map.insert(entries[tensor].name.clone(), name.clone());
            }
            if let Some(digests) = &mut index.shards {
                let digest = digest.ok_or_else(|| Error::argument("a shard was not written").in_file(&name))?;
                digests.insert(name, digest);
            }
        }
        let name = format!("{stem}.safetensors.index.json");
        files.put_index(&name, &index.encode()).map_err(|error| error.in_file(&name))?;
        Ok(name)
    }
}
