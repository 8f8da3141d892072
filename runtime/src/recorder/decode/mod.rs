//! From a file's bytes to an item.

#[cfg(any(feature = "mpk", feature = "json"))]
mod any;
mod context;
pub(super) mod history;
mod lazy;
#[cfg(any(feature = "mpk", feature = "json"))]
mod list;
mod plain;
mod typed;
#[cfg(any(feature = "mpk", feature = "json"))]
mod wrapper;

#[cfg(any(feature = "mpk", feature = "json"))]
pub(super) use any::AnyItem;
pub(super) use context::Context;
pub(super) use lazy::Lazy;
#[cfg(all(feature = "gzip", feature = "json", feature = "mpk"))]
pub(super) use lazy::untyped;
pub(super) use typed::{TypedItem, Typing};
#[cfg(any(feature = "mpk", feature = "json"))]
pub(super) use wrapper::NamedRecord;
