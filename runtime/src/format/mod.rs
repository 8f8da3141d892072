//! File formats: bytes to named tensors and values, and back. Nothing here knows of modules.

#[cfg(feature = "hdf5")]
mod blocks;
#[cfg(feature = "bson")]
pub mod bson;
#[cfg(feature = "burnpack")]
pub mod burnpack;
#[cfg(feature = "hdf5")]
mod cursor;
mod detect;
#[cfg(any(feature = "burnpack", feature = "safetensors", feature = "torch"))]
#[allow(dead_code, reason = "each format uses a part of it")]
mod flat;
#[cfg(feature = "gguf")]
pub mod gguf;
#[cfg(feature = "hdf5")]
pub mod hdf5;
#[cfg(any(
    feature = "bson",
    feature = "gguf",
    feature = "numpy",
    feature = "onnx",
    feature = "pickle",
    feature = "zip"
))]
#[allow(dead_code, reason = "each format uses a part of it")]
mod input;
#[cfg(feature = "hdf5")]
pub mod jld2;
#[cfg(any(feature = "bson", feature = "hdf5"))]
pub mod julia;
#[cfg(feature = "hdf5")]
pub mod keras;
#[cfg(feature = "numpy")]
pub mod numpy;
#[cfg(feature = "onnx")]
pub mod onnx;
mod options;
#[cfg(any(feature = "bson", feature = "hdf5", feature = "numpy"))]
#[allow(dead_code, reason = "each format uses a part of it")]
mod order;
#[cfg(feature = "pickle")]
#[allow(dead_code, unused_imports, reason = "each format uses a part of it")]
pub(crate) mod pickle;
mod plain;
mod relative;
#[cfg(feature = "safetensors")]
pub mod safetensors;
#[cfg(feature = "sklearn")]
pub mod sklearn;
#[cfg(feature = "torch")]
pub mod torch;
#[cfg(any(feature = "burnpack", feature = "safetensors", feature = "store", feature = "torch"))]
mod unique;
#[cfg(feature = "zip")]
pub mod zip;

pub use detect::{FileFormat, detect};
pub use options::ReadOptions;
pub use plain::PlainBytes;
pub use relative::check_relative;
#[cfg(feature = "store")]
pub(crate) use unique::check_listed;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::shape::Shape;
use crate::tensor::TensorData;
use crate::value::Value;

/// A tensor that a file lists: all that is known before its bytes are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorEntry {
    /// The file's own name for it; nested keys are joined by dots.
    pub name: String,
    /// The type of its elements.
    pub dtype: DType,
    /// The lengths of its axes.
    pub shape: Shape,
    /// The id of the parameter, where the format has one.
    pub param_id: Option<u64>,
    /// Tensors of one file with the same number lie in the same bytes: tied weights, views of one storage.
    pub storage: Option<u64>,
}

/// An open file: what it lists, and each tensor when asked for. Opening reads the header only.
pub trait TensorFile: Send + Sync {
    /// The format's name, such as `safetensors`.
    fn format(&self) -> &'static str;

    /// Text metadata, as the format keeps it.
    fn metadata(&self) -> &BTreeMap<String, String>;

    /// Values beside the tensors, as a tree; [`Value::Null`] where the format has none.
    fn values(&self) -> &Value {
        &Value::Null
    }

    /// The tensors, in the file's order. Names are unique.
    fn tensors(&self) -> &[TensorEntry];

    /// The name that each tensor has in the model, in the order of [`TensorFile::tensors`], where the file's own names say where in
    /// the file it is; `None` for what is no part of the model, such as the state of an optimizer. Names are unique.
    fn model_names(&self) -> Option<&[Option<String>]> {
        None
    }

    /// What the layer of the tensor at `index` was made with, such as `units`, where the file says so: of a layer around others, the one
    /// whose tensor it is.
    fn layer_config(&self, _index: usize) -> Option<&Value> {
        None
    }

    /// Whether Burn wrote the file, which has some matrices transposed without saying which: the weights of its layers of
    /// `LinearLayout::Col`.
    fn is_of_burn(&self) -> bool {
        false
    }

    /// What the file lists and this reader refuses to give as a tensor, by name, with the reason.
    fn refusals(&self) -> &[(String, Error)] {
        &[]
    }

    /// The data of the tensor at `index` of [`TensorFile::tensors`], checked against whatever checksum the format has for it.
    ///
    /// # Errors
    /// What is wrong with its bytes, with its name and its byte range. An index that is out of range is an error, not a panic.
    fn read(&self, index: usize) -> Result<TensorData>;

    /// The bytes of the tensor at `index`, where they are to be copied as they lie in the file: for a caller who has memory for them, such
    /// as one buffer for many small tensors. `None` where [`TensorFile::read`] does better, because it copies nothing or because it makes
    /// other bytes of those in the file, and where there is no such tensor.
    fn plain_bytes(&self, _index: usize) -> Option<PlainBytes<'_>> {
        None
    }

    /// Checks what reading all tensors does not: padding, trailing bytes, checksums of the whole file.
    ///
    /// # Errors
    /// The first thing that is wrong.
    fn verify(&self) -> Result<()> {
        Ok(())
    }
}

/// The tensors to be written to a file, in their order; asked for one at a time, so that a writer never holds them all.
pub trait TensorSet {
    /// What is to be written, in order. Names are unique.
    fn entries(&self) -> &[TensorEntry];

    /// Gives the row-major little-endian bytes of the tensor at `index` to `sink`, in pieces of any size, in order.
    ///
    /// # Errors
    /// Those of making the bytes and those of `sink`.
    fn write_to(&self, index: usize, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>;
}

/// Tensors in memory, to be written.
#[derive(Debug, Default)]
pub struct TensorList {
    entries: Vec<TensorEntry>,
    tensors: Vec<TensorData>,
}

impl TensorList {
    /// Appends a tensor.
    pub fn push(&mut self, name: impl Into<String>, tensor: TensorData) {
        let (dtype, shape) = (tensor.dtype(), tensor.shape().clone());
        self.entries.push(TensorEntry { name: name.into(), dtype, shape, param_id: None, storage: None });
        self.tensors.push(tensor);
    }

    /// Appends a tensor with all that its entry says: the id of the parameter, the storage that ties it to others.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) if the entry's dtype or shape is not the tensor's.
    pub fn push_entry(&mut self, entry: TensorEntry, tensor: TensorData) -> Result<()> {
        if entry.dtype != tensor.dtype() || entry.shape != *tensor.shape() {
            return Err(Error::argument("dtype and shape of an entry are those of its tensor").in_tensor(entry.name));
        }
        self.entries.push(entry);
        self.tensors.push(tensor);
        Ok(())
    }
}

impl TensorSet for TensorList {
    fn entries(&self) -> &[TensorEntry] {
        &self.entries
    }

    fn write_to(&self, index: usize, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        sink(self.tensors[index].bytes())
    }
}
