//! Which reader a file needs, by its content.

use std::path::Path;
use std::sync::Arc;

use indicatif::ProgressBar;
use vellum::format::burnpack::BurnpackFile;
use vellum::format::gguf::GgufFile;
use vellum::format::hdf5::Hdf5File;
use vellum::format::keras::KerasFile;
use vellum::format::numpy::NumpyFile;
use vellum::format::onnx::OnnxFile;
use vellum::format::safetensors::{SafetensorsFile, ShardedFile};
use vellum::format::sklearn::{SklearnFile, is_compressed_pickle};
use vellum::format::torch::{TorchFile, TorchOptions};
use vellum::format::zip::Archive;
use vellum::format::{FileFormat, ReadOptions, TensorEntry, TensorFile, bson, detect, jld2};
use vellum::io::{Beneath, FileSource, Links};
use vellum::recorder::RecordFile;
use vellum::{Budget, Error, ErrorKind, Limits, Result, Source, Value};

use crate::args::Input;
use crate::progress;

/// An open file.
pub(crate) struct Opened {
    pub(crate) tensors: Box<dyn TensorFile>,
    source: Arc<FileSource>,
}

impl Opened {
    /// Bytes of all tensors.
    pub(crate) fn bytes(&self) -> u64 {
        self.tensors.tensors().iter().map(tensor_bytes).fold(0, u64::saturating_add)
    }

    /// Checks that what was read is still what the file holds.
    pub(crate) fn check_unchanged(&self) -> Result<()> {
        self.source.check_unchanged()
    }
}

/// A source that tells of what is read from it.
struct Watched {
    source: Arc<dyn Source>,
    bar: ProgressBar,
}

impl Source for Watched {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        self.bar.inc(buffer.len() as u64);
        self.source.read_at(offset, buffer)
    }
}

/// Bytes of a tensor.
pub(crate) fn tensor_bytes(entry: &TensorEntry) -> u64 {
    entry.dtype.byte_len(entry.shape.num_elements()).unwrap_or_default() as u64
}

/// Opens the file at `path`; errors have its name.
pub(crate) fn open(path: &Path, input: Input) -> Result<Opened> {
    let open = || {
        let source = Arc::new(FileSource::open(path)?);
        let tensors = reader(Arc::clone(&source) as Arc<dyn Source>, path, input)?;
        Ok(Opened { tensors, source })
    };
    open().map_err(|error: Error| error.in_file(path.display()))
}

fn reader(source: Arc<dyn Source>, path: &Path, input: Input) -> Result<Box<dyn TensorFile>> {
    let options = ReadOptions::default();
    let budget = Budget::new(Limits::default(), source.len());
    let links = if input.allow_symlinks { Links::Follow } else { Links::Refuse };
    let beside = Beneath::folder_of(path, links);
    let torch = |source| TorchFile::open(source, &TorchOptions::new().allow_missing_crcs(input.allow_missing_crcs));
    let format = detect(&source)?;
    Ok(match format {
        FileFormat::Safetensors => Box::new(SafetensorsFile::open(source, &options)?),
        FileFormat::SafetensorsIndex => Box::new(ShardedFile::open(&source, &beside, &options)?),
        FileFormat::Burnpack => Box::new(BurnpackFile::open(source, &options)?),
        FileFormat::Zip => match zip_kind(&source, &budget)? {
            ZipKind::Torch => Box::new(torch(source)?),
            ZipKind::Numpy => Box::new(NumpyFile::open(source, &budget)?),
            ZipKind::Keras => Box::new(KerasFile::open(source, &budget)?),
        },
        FileFormat::Tar | FileFormat::TorchLegacy => Box::new(torch(source)?),
        FileFormat::Pickle
        | FileFormat::Bzip2
        | FileFormat::Lz4
        | FileFormat::Lzma
        | FileFormat::Xz
        | FileFormat::Zlib => Box::new(SklearnFile::open(source, &options)?),
        FileFormat::Gzip if is_compressed_pickle(&source)? => Box::new(SklearnFile::open(source, &options)?),
        FileFormat::Npy => Box::new(NumpyFile::open(source, &budget)?),
        FileFormat::Gguf => Box::new(GgufFile::open(source, &budget)?),
        FileFormat::Hdf5 => hdf5(source, &budget)?,
        FileFormat::Bson => Box::new(bson::open(source, &budget)?),
        FileFormat::Onnx => Box::new(OnnxFile::open(source, Some(&beside), &budget)?),
        FileFormat::MessagePack | FileFormat::BinRecord | FileFormat::Json | FileFormat::Gzip => {
            // Only its end says what is in it, so that all of it is read now.
            let bar = progress::bar(source.len());
            let file = RecordFile::open(Arc::new(Watched { source, bar: bar.clone() }), &budget);
            bar.finish_and_clear();
            Box::new(file?)
        }
        other => {
            let found = other.to_string();
            return Err(Error::new(ErrorKind::WrongFormat { expected: "model", found }));
        }
    })
}

enum ZipKind {
    Torch,
    Numpy,
    Keras,
}

/// What a zip archive is, by the names of its members.
fn zip_kind(source: &Arc<dyn Source>, budget: &Budget) -> Result<ZipKind> {
    let archive = Archive::open(Arc::clone(source), budget)?;
    let has = |name: &str| archive.find(name).is_some();
    let any = |suffix: &str| archive.entries().iter().any(|entry| entry.name().ends_with(suffix));
    if has("config.json") && has("model.weights.h5") {
        Ok(ZipKind::Keras)
    } else if any("/data.pkl") || any("/version") {
        Ok(ZipKind::Torch)
    } else if any(".npy") || archive.entries().is_empty() {
        // An archive of no arrays is what NumPy saves for no arrays.
        Ok(ZipKind::Numpy)
    } else {
        let found = "a zip archive with the members of none of PyTorch, NumPy and Keras".into();
        Err(Error::new(ErrorKind::WrongFormat { expected: "model", found }))
    }
}

fn hdf5(source: Arc<dyn Source>, budget: &Budget) -> Result<Box<dyn TensorFile>> {
    if jld2::is_jld2(&source)? {
        return Ok(Box::new(jld2::open(source, budget)?));
    }
    let file = Hdf5File::open(Arc::clone(&source), budget)?;
    Ok(if is_keras(file.values()) { Box::new(KerasFile::open(source, budget)?) } else { Box::new(file) })
}

/// Whether the root has an attribute that Keras gives whole models and weights, or the groups of its third version's weights.
fn is_keras(root: &Value) -> bool {
    let has = |part: &str, names: &[&str]| {
        root.get(part).is_some_and(|entries| names.iter().any(|name| entries.get(name).is_some()))
    };
    has("attributes", &["keras_version", "layer_names", "model_config"])
        || has("members", &["layers", "_layer_checkpoint_dependencies"])
}
