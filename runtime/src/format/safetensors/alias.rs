//! Tied weights: the name that was left out, mapped in the metadata to the one that was kept, as `save_model` of the Python library
//! writes it.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::format::TensorEntry;

/// Metadata keys that libraries give a meaning: never an alias, even if a tensor is called as their value is.
const WELL_KNOWN: [&str; 3] = ["format", "producer", "version"];

/// Finds the aliases that `metadata` states and adds an entry for each, by name, with the storage of the tensor it stands for.
/// Gives the place in `entries` of that tensor, for each alias.
///
/// An entry of the metadata is an alias if its value names a tensor of the file and its key does not.
pub(super) fn add(metadata: &BTreeMap<String, String>, entries: &mut Vec<TensorEntry>) -> Vec<usize> {
    // Nearly all files have no other, and need no look at the names.
    if metadata.keys().all(|key| WELL_KNOWN.contains(&key.as_str())) {
        return Vec::new();
    }
    let by_name: BTreeMap<&str, usize> =
        entries.iter().enumerate().map(|(index, entry)| (entry.name.as_str(), index)).collect();
    let found: Vec<(&String, usize)> = metadata
        .iter()
        .filter(|(alias, _)| !WELL_KNOWN.contains(&alias.as_str()) && !by_name.contains_key(alias.as_str()))
        .filter_map(|(alias, kept)| Some((alias, *by_name.get(kept.as_str())?)))
        .collect();
    for &(alias, kept) in &found {
        entries[kept].storage = Some(kept as u64);
        let twin = TensorEntry { name: alias.clone(), ..entries[kept].clone() };
        entries.push(twin);
    }
    found.into_iter().map(|(_, kept)| kept).collect()
}
