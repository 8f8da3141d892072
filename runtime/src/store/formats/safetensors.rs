//! SafeTensors: one file, or a set of shards with an index.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::format::safetensors::{PutShard, SafetensorsFile, ShardedFile, ShardedWriter, Writer};
use crate::format::{FileFormat, TensorFile, detect};
use crate::io::{AtomicFile, Replace, ReplaceSet, Symlinks, open_beneath};
use crate::source::{Sink, Source};
use crate::store::{Format, Input, Output, Store, WriteFormat};

/// SafeTensors, `.safetensors`: one file, or a set of shards that is opened by its index.
#[derive(Clone, Copy, Debug, Default)]
pub struct Safetensors {
    shard_bytes: Option<u64>,
    symlinks: Symlinks,
}

/// A store of SafeTensors files.
pub type SafetensorsStore = Store<Safetensors>;

impl Store<Safetensors> {
    /// Saves a set of shards of at most so many bytes of tensors each, and an index: `model.safetensors` becomes
    /// `model-00001-of-00002.safetensors`, and so on, and `model.safetensors.index.json`, which is what is loaded from. The set takes
    /// the place of an older one as a whole.
    pub fn max_shard_bytes(mut self, bytes: u64) -> Self {
        self.format_mut().shard_bytes = Some(bytes);
        self
    }

    /// Whether the shards that an index names may be symbolic links, as in the caches of model hubs. They may not by default.
    pub fn allow_symlinks(mut self, allow: bool) -> Self {
        self.format_mut().symlinks = if allow { Symlinks::Follow } else { Symlinks::Refuse };
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
        let folder = path.parent().unwrap_or(Path::new(""));
        let shards = |name: &str| -> Result<Arc<dyn Source>> {
            Ok(Arc::new(open_beneath(folder, name, self.symlinks).map_err(|error| error.in_file(name))?))
        };
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
        let (folder, name) = (path.parent().unwrap_or(Path::new("")), path.file_name().and_then(|name| name.to_str()));
        let Some(name) = name else {
            return Err(Error::argument("the path names no file, or not in Unicode"));
        };
        let stem = name.strip_suffix(".index.json").unwrap_or(name);
        let stem = stem.strip_suffix(".safetensors").unwrap_or(stem);
        let mut files = Files { folder, new_only, put: Vec::new() };
        ShardedWriter::new(max_bytes)
            .metadata(output.metadata.clone())
            .digests(output.digests)
            .write(output.set, stem, &mut files)?;
        let mut set = ReplaceSet::new();
        let Some(index) = files.put.pop() else {
            return Err(Error::argument("a set of shards has an index"));
        };
        files.put.into_iter().for_each(|shard| set.push(shard));
        set.commit(index)
    }
}

/// The files of a set, in the order they are put: the index last.
struct Files<'a> {
    folder: &'a Path,
    new_only: bool,
    put: Vec<AtomicFile>,
}

impl PutShard for Files<'_> {
    fn put(&mut self, name: &str, body: &mut dyn FnMut(&mut dyn Sink) -> Result<()>) -> Result<()> {
        let replace = Replace::new(self.folder.join(name));
        let mut file = if self.new_only { replace.new_only() } else { replace }.open()?;
        body(&mut file)?;
        self.put.push(file);
        Ok(())
    }
}
