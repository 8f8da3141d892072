//! The formats, each a small file over its room in [`format`](crate::format).

mod any;
#[cfg(feature = "burnpack")]
mod burnpack;
#[cfg(all(feature = "bson", feature = "hdf5"))]
mod flux;
#[cfg(feature = "gguf")]
mod gguf;
#[cfg(feature = "hdf5")]
mod keras;
#[cfg(feature = "numpy")]
mod npz;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(feature = "torch")]
mod pytorch;
#[cfg(feature = "safetensors")]
mod safetensors;
#[cfg(feature = "sklearn")]
mod sklearn;

pub use any::{Any, AnyStore};
#[cfg(feature = "burnpack")]
pub use burnpack::{Burnpack, BurnpackStore};
#[cfg(all(feature = "bson", feature = "hdf5"))]
pub use flux::{Flux, FluxStore};
#[cfg(feature = "gguf")]
pub use gguf::{Gguf, GgufStore};
#[cfg(feature = "hdf5")]
pub use keras::{Keras, KerasStore};
#[cfg(feature = "numpy")]
pub use npz::{Npz, NpzStore};
#[cfg(feature = "onnx")]
pub use onnx::{Onnx, OnnxStore};
#[cfg(feature = "torch")]
pub use pytorch::{Pytorch, PytorchStore};
#[cfg(feature = "safetensors")]
pub use safetensors::{Safetensors, SafetensorsStore};
#[cfg(feature = "sklearn")]
pub use sklearn::{Sklearn, SklearnStore};
