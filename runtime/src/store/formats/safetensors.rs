//! SafeTensors: one file, or a set of shards with an index.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::format::safetensors::{SafetensorsFile, ShardedFile, ShardedWriter, Writer};
use crate::format::{FileFormat, TensorFile, detect};
use crate::io::{Beneath, Links, Replace, ShardSet};
use crate::source::Sink;
use crate::store::{Format, Input, Output, Store, WriteFormat};

/// SafeTensors, `.safetensors`: one file, or a set of shards that is opened by its index.
#[derive(Clone, Copy, Debug, Default)]
pub struct Safetensors {
    shard_bytes: Option<u64>,
    links: Links,
}

/// A store of SafeTensors files.
pub type SafetensorsStore = Store<Safetensors>;

impl Store<Safetensors> {
    /// Saves a set of shards of at most so many bytes of tensors each, and an index: `model.safetensors` becomes
    /// `model-00001-of-00002.safetensors`, and so on, and `model.safetensors.index.json`, which is what is loaded from. The set takes
    /// the place of an older one as a whole, and its shards then have random digits in their names, which no other save gives.
    pub fn max_shard_bytes(mut self, bytes: u64) -> Self {
        self.format_mut().shard_bytes = Some(bytes);
        self
    }

    /// Whether the shards that an index names may be links, symbolic as in the caches of model hubs or hard as in those of packages.
    /// They may not by default: a link leads out of the folder.
    pub fn allow_symlinks(mut self, allow: bool) -> Self {
        self.format_mut().links = if allow { Links::Follow } else { Links::Refuse };
        self
    }
}

impl Format for Safetensors {
    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
        if detect(&input.source)? != FileFormat::SafetensorsIndex {
            return Ok(Arc::new(SafetensorsFile::open(Arc::clone(&input.source), input.options)?));
        }
        let Some(path) = input.path else {
            return Err(Error::argument("the index of a set of shards is opened from a file, beside which they are"));
        };
        let shards = Beneath::folder_of(path, self.links);
        Ok(Arc::new(ShardedFile::open(&input.source, &shards, input.options)?))
    }
}

impl WriteFormat for Safetensors {
    fn default_metadata(&self, translated: bool) -> Option<BTreeMap<String, String>> {
        let mut metadata = BTreeMap::from([
            ("producer".into(), "vellum".into()),
            ("version".into(), env!("CARGO_PKG_VERSION").into()),
        ]);
        if translated {
            // What loaders of PyTorch's models look for.
            metadata.insert("format".into(), "pt".into());
        }
        Some(metadata)
    }

    fn write(&self, output: &Output<'_>, sink: &mut dyn Sink) -> Result<()> {
        if self.shard_bytes.is_some() {
            return Err(Error::argument("a set of shards is saved to a file, not to bytes"));
        }
        Writer::new().metadata(output.metadata.clone()).digests(output.digests).write(output.set, sink)
    }

    fn write_file(&self, output: &Output<'_>, path: &Path, new_only: bool) -> Result<()> {
        let Some(max_bytes) = self.shard_bytes else {
            let replace = Replace::new(path).expecting(output.tensor_bytes());
            let mut file = if new_only { replace.new_only() } else { replace }.open()?;
            self.write(output, &mut file)?;
            return file.commit();
        };
        let set = ShardSet::new(path)?;
        let set = if new_only { set.new_only() } else { set };
        let writer = ShardedWriter::new(max_bytes).metadata(output.metadata.clone()).digests(output.digests);
        set.write(&writer, output.set).map(|_index| ())
    }
}
