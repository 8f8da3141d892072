//! Which tensors of a set are one.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::digest::Digest;
use super::stream::hash;
use crate::error::Result;
use crate::format::TensorSet;

/// For each tensor of the set the earlier one that it is tied to, if any: both say that they lie in one storage, have one dtype and
/// shape, and hold the same bytes. The last is looked at, because views of one storage need not be one tensor.
///
/// # Errors
/// Those of making the bytes.
pub(in crate::format) fn ties(set: &dyn TensorSet) -> Result<Vec<Option<usize>>> {
    let entries = set.entries();
    let mut by_storage: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        if let Some(storage) = entry.storage {
            by_storage.entry(storage).or_default().push(index);
        }
    }
    let mut ties = vec![None; entries.len()];
    for group in by_storage.into_values().filter(|group| group.len() > 1) {
        // Views with different shapes are never one: only those that have a twin are hashed.
        let mut kinds: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for index in group {
            kinds.entry((entries[index].dtype, entries[index].shape.dims())).or_default().push(index);
        }
        for twins in kinds.into_values().filter(|twins| twins.len() > 1) {
            let mut seen: BTreeMap<Digest, usize> = BTreeMap::new();
            for index in twins {
                let first = *seen.entry(hash(set, index)?).or_insert(index);
                ties[index] = (first != index).then_some(first);
            }
        }
    }
    Ok(ties)
}
