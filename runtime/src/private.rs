//! What the code that the derive generates calls. Not for anybody else: it changes with every release.

pub use alloc::boxed::Box;
pub use alloc::vec;
pub use core::clone::Clone;
pub use core::default::Default;
pub use core::option::Option;

use crate::Result;
use crate::value::{Value, to_value};

/// The value of a constant of a module.
pub fn constant<T: serde::Serialize>(value: &T) -> Result<Option<Value>> {
    to_value(value).map(Some)
}
