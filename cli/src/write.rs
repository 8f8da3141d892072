//! Which writer a file needs, by the extension that was asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use vellum::format::gguf::GgmlType;
use vellum::format::hdf5::Hdf5Writer;
use vellum::format::{TensorEntry, TensorFile, TensorSet, burnpack, gguf, keras, numpy, safetensors, torch};
use vellum::io::{Replace, ShardSet};
use vellum::recorder::RecordWriter;
use vellum::{Result, Sink, Value};

use crate::open::tensor_bytes;

/// A format that can be written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    Safetensors,
    /// A set of shards of at most so many bytes of tensors.
    Shards(u64),
    Burnpack,
    Torch,
    Npy,
    Npz,
    /// Its matrices quantised, if so.
    Gguf(Option<GgmlType>),
    Keras,
    Hdf5,
    Record(RecordWriter, &'static str),
}

/// What is asked for where an index is to be written and nobody says how large the shards may be: as the hubs of models have it.
const SHARD_BYTES: u64 = 5_000_000_000;

impl Target {
    /// The format that the name of a file asks for.
    pub(crate) fn of(path: &Path, shard_bytes: Option<u64>, quantize: Option<GgmlType>) -> Result<Self, &'static str> {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let ends = |extension: &str| name.ends_with(extension);
        let record = |writer: RecordWriter, compressed, name| Self::Record(writer.compressed(compressed), name);
        let target = if ends(".safetensors.index.json") {
            Self::Shards(shard_bytes.unwrap_or(SHARD_BYTES))
        } else if ends(".safetensors") {
            shard_bytes.map_or(Self::Safetensors, Self::Shards)
        } else if ends(".weights.h5") {
            Self::Keras
        } else if ends(".h5") || ends(".hdf5") {
            Self::Hdf5
        } else if ends(".bpk") {
            Self::Burnpack
        } else if ends(".pt") || ends(".pth") {
            Self::Torch
        } else if ends(".npy") {
            Self::Npy
        } else if ends(".npz") {
            Self::Npz
        } else if ends(".gguf") {
            Self::Gguf(quantize)
        } else if ends(".mpk") {
            record(RecordWriter::mpk(), false, "burn-mpk")
        } else if ends(".mpk.gz") {
            record(RecordWriter::mpk(), true, "burn-mpk-gzip")
        } else if ends(".json") {
            record(RecordWriter::json(), false, "burn-json")
        } else if ends(".json.gz") {
            record(RecordWriter::json(), true, "burn-json-gzip")
        } else if ends(".bin") || ends(".bin.gz") {
            return Err("Burn's bincode names nothing, so that it is only written from a module");
        } else {
            return Err("the extension names no format that can be written: \
                        safetensors, bpk, pt, pth, npy, npz, gguf, h5, hdf5, weights.h5, mpk, json (both also with .gz)");
        };
        if shard_bytes.is_some() && !matches!(target, Self::Shards(_)) {
            return Err("only SafeTensors are sharded");
        }
        if quantize.is_some() && !matches!(target, Self::Gguf(_)) {
            return Err("only tensors of GGUF are quantised");
        }
        Ok(target)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Safetensors | Self::Shards(_) => "safetensors",
            Self::Burnpack => "burnpack",
            Self::Torch => "pytorch",
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Gguf(_) => "gguf",
            Self::Keras => "keras",
            Self::Hdf5 => "hdf5",
            Self::Record(_, name) => name,
        }
    }

    /// Whether what is written is smaller than its tensors.
    fn is_compressed(self) -> bool {
        matches!(self, Self::Record(_, name) if name.ends_with("-gzip"))
    }

    /// The path that what is written to `path` is read from.
    pub(crate) fn path(self, path: &Path) -> Result<PathBuf> {
        Ok(match self {
            Self::Shards(_) => ShardSet::new(path)?.index().to_path_buf(),
            _ => path.to_path_buf(),
        })
    }

    /// Writes the tensors of `set`, which come from `from`, to `path`. Nothing is in place before all is written; of one file, before
    /// `unchanged` finds that what was read is what the input still holds.
    pub(crate) fn write(
        self,
        set: &dyn TensorSet,
        from: &dyn TensorFile,
        path: &Path,
        force: bool,
        unchanged: &dyn Fn() -> Result<()>,
    ) -> Result<()> {
        if let Self::Shards(bytes) = self {
            let metadata = metadata(safetensors::default_metadata(), from);
            let shards = ShardSet::new(path)?;
            let shards = if force { shards } else { shards.new_only() };
            return shards.write(&safetensors::ShardedWriter::new(bytes).metadata(metadata), set).map(|_index| ());
        }
        let replace = if force { Replace::new(path) } else { Replace::new(path).new_only() };
        let replace = if self.is_compressed() {
            replace
        } else {
            let len = set.entries().iter().map(tensor_bytes).fold(0, u64::saturating_add);
            replace.expecting(len)
        };
        let mut file = replace.open()?;
        self.put(set, from, &mut file)?;
        unchanged()?;
        file.commit()
    }

    /// Writes one file; the metadata of `from` goes where the format has a place for it.
    fn put(self, set: &dyn TensorSet, from: &dyn TensorFile, sink: &mut dyn Sink) -> Result<()> {
        match self {
            Self::Safetensors | Self::Shards(_) => {
                let metadata = metadata(safetensors::default_metadata(), from);
                safetensors::Writer::new().metadata(metadata).write(set, sink)
            }
            Self::Burnpack => {
                burnpack::Writer::new().metadata(metadata(burnpack::default_metadata(), from)).write(set, sink)
            }
            Self::Torch => torch::write_state_dict(set, sink),
            Self::Npy => numpy::write_npy(set, sink),
            Self::Npz => numpy::write_npz(set, false, sink),
            Self::Gguf(quantize) => {
                let unknown = [("general.architecture".to_owned(), Value::from("unknown"))];
                let metadata = match from.values() {
                    Value::Map(own) if from.format() == self.name() => own,
                    _ => &unknown[..],
                };
                let encode = |entry: &TensorEntry| quantize.and_then(|kind| gguf::quantized_as(kind)(entry));
                gguf::write(set, metadata, &encode, sink)
            }
            Self::Keras => keras::write_weights(set, sink),
            Self::Hdf5 => Hdf5Writer::default().write(set, sink),
            Self::Record(writer, _) => writer.write(set, sink),
        }
    }
}

/// What a writer says of itself, and the text metadata of `from` that is the model's: not how a record was encoded, and not the names of
/// tied tensors, which the writer finds anew.
fn metadata(mut own: BTreeMap<String, String>, from: &dyn TensorFile) -> BTreeMap<String, String> {
    if from.is_of_burn() {
        // So that a load knows how the weights of `LinearLayout::Col` lie: the tensors are as Burn had them.
        own.insert("producer".into(), "burn".into());
        own.remove("version");
    }
    if !from.format().starts_with("burn-") {
        let names: BTreeSet<&str> = from.tensors().iter().map(|entry| entry.name.as_str()).collect();
        let theirs = from.metadata().iter().filter(|(key, _)| !names.contains(key.as_str()));
        own.extend(theirs.map(|(key, value)| (key.clone(), value.clone())));
    }
    own
}
