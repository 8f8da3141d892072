//! Which writer a file needs, by the extension that was asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use vellum::format::hdf5::Hdf5Writer;
use vellum::format::{TensorFile, TensorSet, burnpack, gguf, keras, numpy, safetensors, torch};
use vellum::{Result, Sink, Value};

/// A format that can be written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    Safetensors,
    Burnpack,
    Torch,
    Npy,
    Npz,
    Gguf,
    Keras,
    Hdf5,
}

impl Target {
    /// The format that the name of a file asks for.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        if name.ends_with(".weights.h5") {
            return Some(Self::Keras);
        }
        Some(match name.rsplit_once('.')?.1 {
            "safetensors" => Self::Safetensors,
            "bpk" => Self::Burnpack,
            "pt" | "pth" => Self::Torch,
            "npy" => Self::Npy,
            "npz" => Self::Npz,
            "gguf" => Self::Gguf,
            "h5" | "hdf5" => Self::Hdf5,
            _ => return None,
        })
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Burnpack => "burnpack",
            Self::Torch => "pytorch",
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Gguf => "gguf",
            Self::Keras => "keras",
            Self::Hdf5 => "hdf5",
        }
    }

    /// Writes the tensors of `set`, which come from `from`; its metadata goes where the format has a place for it.
    pub(crate) fn write(self, set: &dyn TensorSet, from: &dyn TensorFile, sink: &mut dyn Sink) -> Result<()> {
        let with = |mut own: BTreeMap<String, String>| {
            own.extend(carried(from));
            own
        };
        match self {
            Self::Safetensors => {
                safetensors::Writer::new().metadata(with(safetensors::default_metadata())).write(set, sink)
            }
            Self::Burnpack => burnpack::Writer::new().metadata(with(burnpack::default_metadata())).write(set, sink),
            Self::Torch => torch::write_state_dict(set, sink),
            Self::Npy => numpy::write_npy(set, sink),
            Self::Npz => numpy::write_npz(set, false, sink),
            Self::Gguf => {
                let unknown = [("general.architecture".to_owned(), Value::from("unknown"))];
                let metadata = match from.values() {
                    Value::Map(own) if from.format() == self.name() => own,
                    _ => &unknown[..],
                };
                gguf::write(set, metadata, &|_| None, sink)
            }
            Self::Keras => keras::write_weights(set, sink),
            Self::Hdf5 => Hdf5Writer::default().write(set, sink),
        }
    }
}

/// The text metadata that is the model's: not how a record was encoded, and not the names of tied tensors, which the writer finds anew.
fn carried(from: &dyn TensorFile) -> BTreeMap<String, String> {
    if from.format().starts_with("burn-") {
        return BTreeMap::new();
    }
    let names: BTreeSet<&str> = from.tensors().iter().map(|entry| entry.name.as_str()).collect();
    let metadata = from.metadata().iter().filter(|(key, _)| !names.contains(key.as_str()));
    metadata.map(|(key, value)| (key.clone(), value.clone())).collect()
}
