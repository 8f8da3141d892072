//! The formats, each a small file over its room in [`format`](crate::format).

mod any;
#[cfg(feature = "burnpack")]
mod burnpack;
#[cfg(feature = "safetensors")]
mod safetensors;

pub use any::{Any, AnyStore};
#[cfg(feature = "burnpack")]
pub use burnpack::{Burnpack, BurnpackStore};
#[cfg(feature = "safetensors")]
pub use safetensors::{Safetensors, SafetensorsStore};
