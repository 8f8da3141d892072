//! Vellum saves and loads machine-learning models: typed structs that hold tensors, and the formats that people keep weights in.
//!
//! - `#[derive(Module)]` gives a struct or enum a typed record, and [`Module`]'s methods: saving, loading by value and in place, visiting.
//! - [`recorder`] has Burn's recorders: `.mpk`, `.bin` and `.json` files of every version that had them, and bytes in memory.
//! - [`format`](mod@format) has the other formats: SafeTensors, Burnpack, PyTorch, NumPy, HDF5, and more, each behind a feature.
//! - `store` (a feature) loads modules from these by the names of their tensors, with filters, renaming and adapters.
//! - [`backend`] has tensors on `ndarray`; plain `ndarray` arrays are tensors too, and so is any type that implements [`Leaf`].
//! - [`prelude`] is what most programs need.
//!
//! # Examples
//!
//! A struct of plain arrays is saved to bytes and comes back:
//!
#![cfg_attr(feature = "derive", doc = "```")]
#![cfg_attr(not(feature = "derive"), doc = "```ignore")]
//! use ndarray::{Array2, array};
//! use vellum::recorder::{BinBytesRecorder, FullPrecisionSettings, Recorder};
//! use vellum::{Device, Module, Param};
//!
//! #[derive(Module)]
//! struct Scale {
//!     weight: Param<Array2<f32>>,
//!     #[module(constant)]
//!     unit: String,
//! }
//!
//! let scale = Scale { weight: Param::new(array![[1.0, 2.0]]), unit: "metres".into() };
//! let recorder = BinBytesRecorder::<FullPrecisionSettings>::default();
//! let bytes = recorder.record(scale.record(), ())?;
//!
//! let loaded = Scale::init_with(recorder.load(bytes, Device::default())?);
//! assert_eq!((loaded.weight.val(), loaded.unit), (array![[1.0, 2.0]], "metres".to_string()));
//! # Ok::<(), vellum::Error>(())
//! ```
//!
//! What does not fit changes nothing, and the error says all that is wrong:
//!
#![cfg_attr(feature = "derive", doc = "```")]
#![cfg_attr(not(feature = "derive"), doc = "```ignore")]
//! use ndarray::{Array1, array};
//! use vellum::{Buffer, Module, Param};
//!
//! #[derive(Module)]
//! struct Norm {
//!     gain: Param<Array1<f32>>,
//!     mean: Buffer<Array1<f32>>,
//! }
//!
//! let norm = |len| Norm { gain: Param::new(Array1::ones(len)), mean: Buffer::new(Array1::zeros(len)) };
//! let mut three = norm(3);
//! let error = three.try_load_record(norm(4).record()).unwrap_err();
//! assert_eq!(error.differences().len(), 2);
//! assert!(error.to_string().contains("`gain` has shape [3] in the module and [4] in the record"));
//! assert_eq!(three.gain.val(), array![1.0, 1.0, 1.0]);
//! ```
//!
//! # Features
//!
//! By default:
//!
//! - `std`: files, paths and the clock; in modules also `Tied` and `HashMap`. Without it the core needs `alloc` only: records, the derive,
//!   [`recorder::BinBytesRecorder`].
//! - `derive`: `#[derive(Module)]` and `#[derive(Record)]`.
//! - `mpk`, `json`, `gzip`: Burn's recorders beside `.bin`, which needs `std` only.
//! - `nn`: layers with Burn's fields and a forward pass.
//!
//! Others: `mmap` (files mapped into memory, where the caller asks for it), and one for each family of formats: `bson`, `burnpack`, `gguf`,
//! `hdf5`, `numpy`, `onnx`, `pickle`, `safetensors`, `sklearn` (with models that predict), `torch`, `zip`; and `store`.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(target_endian = "big")]
compile_error!("tensors are little-endian in memory: big-endian machines are not served");

extern crate alloc;
// What the derive writes starts with `::vellum`, also in this crate.
extern crate self as vellum;

#[cfg(all(doctest, feature = "std", feature = "nn", feature = "mpk"))]
#[doc = include_str!("../../README.md")]
struct Readme;

pub mod backend;
mod bytes;
mod codec;
mod convert;
mod device;
mod dtype;
mod error;
pub mod format;
#[cfg(feature = "std")]
pub mod io;
mod limits;
pub mod module;
#[cfg(feature = "nn")]
pub mod nn;
mod pages;
mod path;
pub mod prelude;
#[doc(hidden)]
pub mod private;
pub mod record;
pub mod recorder;
mod report;
mod shape;
#[cfg(feature = "sklearn")]
pub mod sklearn;
pub mod source;
#[cfg(feature = "store")]
pub mod store;
mod tensor;
#[cfg(feature = "store")]
pub mod transform;
mod value;
mod xxh3;

pub use bytes::{Bytes, BytesMut, BytesOwner};
pub use convert::{Conversion, Overflow, convert, convert_elements, convert_view};
pub use device::Device;
pub use dtype::{DType, DTypeKind, Element};
pub use error::{Error, ErrorKind, Result};
pub use limits::{Budget, Limits};
#[cfg(feature = "std")]
pub use module::Tied;
pub use module::{Buffer, Module, ModuleVisitor, ModuleVisitorMut, Param};
pub use path::{PathPart, TensorPath};
pub use record::{Leaf, ParamId, Record};
pub use report::{
    Converted, Difference, LoadError, LoadPolicy, LoadReport, LoadResult, Provenance, Remapping, Severity,
};
pub use shape::Shape;
pub use source::{Sink, Source};
pub use tensor::{TensorData, TensorView};
pub use value::{Value, from_value, to_value};
