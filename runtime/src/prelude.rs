//! What most programs need, in one `use`.
//!
//! ```
//! use vellum::prelude::*;
//!
//! #[derive(Module)]
//! struct Scale<B: Backend> {
//!     gain: Param<Tensor<B, 1>>,
//! }
//!
//! fn scale<B: Backend>(device: &Device<B>) -> Scale<B> {
//!     Scale { gain: Param::new(Tensor::ones([3], device)) }
//! }
//!
//! assert_eq!(scale::<NdArray>(&Default::default()).num_params(), 3);
//! ```
//!
//! `Device` is here the device of a backend, `Device<B>`, as generic code spells it; [`vellum::Device`](crate::Device) is the one type that
//! it always is.

pub use crate::backend::{Backend, Bool, Device, Float, Int, NdArray, Tensor};
#[cfg(feature = "std")]
pub use crate::module::Tied;
pub use crate::module::{Buffer, Module, Param};
#[cfg(feature = "nn")]
pub use crate::nn;
#[cfg(feature = "std")]
pub use crate::record::FileRecorder;
pub use crate::record::{BytesRecorder, Record, Recorder};
pub use crate::{DType, Shape, TensorData};
