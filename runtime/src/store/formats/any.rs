//! Whatever format a file is of.

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
#[cfg(any(
    feature = "burnpack",
    feature = "gguf",
    feature = "hdf5",
    feature = "onnx",
    feature = "safetensors",
    feature = "sklearn",
    feature = "zip"
))]
use crate::format::FileFormat;
use crate::format::{TensorFile, detect};
use crate::store::{Format, Habits, Input, Store};

/// The format that a file's content shows; its name is not looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Any;

/// A store of a file of any format: see [`Store::open`].
pub type AnyStore = Store<Any>;

impl Store<Any> {
    /// Opens a file of whatever format it is, by its content; [`Store::format_name`] says which.
    ///
    /// # Errors
    /// What is wrong with the file; [`ErrorKind::WrongFormat`] if it is of no format that stores read.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let store = Self::from_file(path);
        store.format_name()?;
        Ok(store)
    }
}

/// What a zip archive is, its members tell.
#[cfg(feature = "zip")]
fn open_zip(input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
    use crate::format::zip::Archive;
    use crate::limits::Budget;

    let budget = Budget::new(input.options.limits.clone(), input.source.len());
    let archive = Archive::open(Arc::clone(&input.source), &budget)?;
    let has = |end: &str| archive.entries().iter().any(|entry| entry.name().ends_with(end));
    #[cfg(feature = "torch")]
    if has("data.pkl") {
        return super::Pytorch::default().open(input);
    }
    #[cfg(feature = "hdf5")]
    if has(".weights.h5") {
        return super::Keras.open(input);
    }
    #[cfg(feature = "numpy")]
    if has(".npy") {
        return super::Npz::default().open(input);
    }
    let found = match archive.entries().first() {
        Some(first) if !has("data.pkl") => format!("zip archive of `{}` and other members", first.name()),
        Some(_) => "PyTorch file (feature `torch`)".to_string(),
        None => "zip archive without members".to_string(),
    };
    Err(Error::new(ErrorKind::WrongFormat { expected: "tensor", found }))
}

impl Format for Any {
    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
        match detect(&input.source)? {
            #[cfg(feature = "burnpack")]
            FileFormat::Burnpack => super::Burnpack.open(input),
            #[cfg(feature = "safetensors")]
            FileFormat::Safetensors | FileFormat::SafetensorsIndex => super::Safetensors::default().open(input),
            #[cfg(feature = "torch")]
            FileFormat::Tar | FileFormat::TorchLegacy => super::Pytorch::default().open(input),
            #[cfg(feature = "sklearn")]
            FileFormat::Pickle
            | FileFormat::Bzip2
            | FileFormat::Gzip
            | FileFormat::Lz4
            | FileFormat::Lzma
            | FileFormat::Xz
            | FileFormat::Zlib => super::Sklearn.open(input),
            #[cfg(feature = "zip")]
            FileFormat::Zip => open_zip(input),
            #[cfg(feature = "numpy")]
            FileFormat::Npy => super::Npz::default().open(input),
            #[cfg(feature = "gguf")]
            FileFormat::Gguf => super::Gguf::default().open(input),
            #[cfg(feature = "onnx")]
            FileFormat::Onnx => super::Onnx::default().open(input),
            #[cfg(all(feature = "bson", feature = "hdf5"))]
            FileFormat::Bson => super::Flux.open(input),
            #[cfg(all(feature = "bson", feature = "hdf5"))]
            FileFormat::Hdf5 if crate::format::jld2::is_jld2(&input.source)? => super::Flux.open(input),
            #[cfg(feature = "hdf5")]
            FileFormat::Hdf5 => {
                let file = super::keras::read(input)?;
                #[cfg(feature = "bson")]
                if crate::format::julia::is_plain(file.metadata()) {
                    return super::Flux.open(input);
                }
                Ok(Arc::new(file))
            }
            other => Err(Error::new(ErrorKind::WrongFormat { expected: "tensor", found: other.to_string() })),
        }
    }

    fn habits(&self, file: Option<&dyn TensorFile>) -> Habits {
        match file.map(TensorFile::format) {
            Some("pytorch") => Habits::PYTORCH,
            Some("keras") => Habits::KERAS,
            Some("jld2" | "bson") => Habits::FLUX,
            #[cfg(feature = "hdf5")]
            Some("hdf5") if file.is_some_and(|file| crate::format::julia::is_plain(file.metadata())) => Habits::FLUX,
            _ if file.is_some_and(TensorFile::is_of_burn) => Habits::BURN,
            _ => Habits::default(),
        }
    }
}
