//! From a file's bytes to an item.

#[cfg(any(feature = "mpk", feature = "json"))]
mod any;
mod context;
pub(super) mod history;
#[cfg(any(feature = "mpk", feature = "json"))]
mod text_ids;
mod typed;
#[cfg(any(feature = "mpk", feature = "json"))]
mod wrapper;

pub(super) use context::Context;
pub(super) use typed::{TypedItem, Typing};
#[cfg(any(feature = "mpk", feature = "json"))]
pub(super) use wrapper::NamedRecord;
