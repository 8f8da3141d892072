//! Vellum saves and loads machine-learning models.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(target_endian = "big")]
compile_error!("tensors are little-endian in memory: big-endian machines are not served");

extern crate alloc;

mod bytes;
#[allow(dead_code, unused_imports, reason = "the recorders are its users")]
mod codec;
mod dtype;
mod error;
pub mod format;
mod limits;
mod pages;
mod path;
mod shape;
pub mod source;
mod tensor;
mod value;

pub use bytes::{Buffer, Bytes, BytesMut};
pub use dtype::{DType, DTypeKind, Element};
pub use error::{Error, ErrorKind, Result};
pub use limits::{Budget, Limits};
pub use path::{PathPart, TensorPath};
pub use shape::Shape;
pub use source::{Sink, Source};
pub use tensor::{TensorData, TensorView};
pub use value::{Value, from_value, to_value};
