//! Vellum saves and loads machine-learning models.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(target_endian = "big")]
compile_error!("tensors are little-endian in memory: big-endian machines are not served");

extern crate alloc;
// What the derive writes starts with `::vellum`, also in this crate.
extern crate self as vellum;

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
pub mod source;
#[cfg(feature = "store")]
pub mod store;
mod tensor;
#[cfg(feature = "store")]
pub mod transform;
mod value;

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
