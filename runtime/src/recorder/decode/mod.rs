//! From a file's bytes to an item.

mod any;
mod typed;
mod wrapper;

pub(super) use any::Context;
pub(super) use typed::{TypedItem, Typing};
pub(super) use wrapper::{NamedRecord, RecordParts};
