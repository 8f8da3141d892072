//! What SafeTensors and Burnpack have in common: a header, then the tensors' bytes, each in one range.
//!
//! [`digest`] is how a header carries digests of the tensors and of itself, [`place`] reads a tensor and checks it, [`stream`] writes the
//! bytes and learns their digests on the way, [`tie`] finds the tensors that are to be written once, in PyTorch's files too.

pub(super) mod digest;
pub(super) mod place;
pub(super) mod stream;
pub(super) mod tie;

use alloc::collections::BTreeMap;
use alloc::string::String;

use super::TensorEntry;
pub(super) use super::unique::duplicate;
use crate::error::{Error, Result};

/// Refuses entries of which two have one name: a reader would see one of them.
pub(super) fn check_unique(entries: &[TensorEntry]) -> Result<()> {
    match duplicate(entries.iter().map(|entry| entry.name.as_str())) {
        Some(name) => Err(Error::argument("two tensors of this name are to be written").in_tensor(name)),
        None => Ok(()),
    }
}

/// What a file of `format` says of who wrote it, under the keys that Burn uses.
pub(super) fn default_metadata(format: &str) -> BTreeMap<String, String> {
    let entries = [("format", format), ("producer", "vellum"), ("version", env!("CARGO_PKG_VERSION"))];
    entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
}
