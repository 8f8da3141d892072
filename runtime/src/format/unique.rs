//! Names of which no two may be the same: a reader would see one of the tensors.

use alloc::vec::Vec;

use crate::xxh3::xxh3_64;

/// A name that comes twice, if any does.
pub(super) fn duplicate<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    // Numbers sort many times faster than names, and names whose hashes all differ are unique.
    let mut hashes: Vec<u64> = names.clone().map(|name| xxh3_64(name.as_bytes())).collect();
    hashes.sort_unstable();
    if hashes.windows(2).all(|pair| pair[0] != pair[1]) {
        return None;
    }
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// Refuses a file that lists two tensors of one name: nested keys are joined by dots, and not every reader has looked at what that gives.
#[cfg(feature = "store")]
pub(crate) fn check_listed(entries: &[super::TensorEntry]) -> crate::error::Result<()> {
    match duplicate(entries.iter().map(|entry| entry.name.as_str())) {
        Some(name) => Err(crate::error::Error::argument("the file has two tensors of this name").in_tensor(name)),
        None => Ok(()),
    }
}
