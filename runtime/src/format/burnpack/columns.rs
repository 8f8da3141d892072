//! Which matrices lie in columns: files of ours say it, Burn's do not.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::NAME;
use crate::error::{Error, ErrorKind, Result};
use crate::format::TensorEntry;

/// The metadata entry with the names of the matrices whose axes are exchanged in the file: one a line.
const KEY: &str = "vellum.columns";

/// `metadata` with the mark for `names`, which are to be matrices of `entries`: what [`turn`] would refuse is not written.
///
/// # Errors
/// [`ErrorKind::Argument`] if the metadata has a mark already, if a name is not that of a matrix, or is that of one of two tied ones only;
/// [`ErrorKind::Unrepresentable`] for a name that is not one line.
pub(super) fn with(
    metadata: &BTreeMap<String, String>,
    names: &[String],
    entries: &[TensorEntry],
) -> Result<BTreeMap<String, String>> {
    let mut metadata = metadata.clone();
    if metadata.contains_key(KEY) {
        return Err(Error::argument(format!("the metadata key `{KEY}` is set by the writer")));
    }
    if names.is_empty() {
        return Ok(metadata);
    }
    let marked: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    if let Some(name) = marked.iter().find(|name| name.is_empty() || name.contains('\n')) {
        let what = "a matrix in columns whose name is not one line".into();
        return Err(Error::new(ErrorKind::Unrepresentable { format: NAME, what }).in_tensor(*name));
    }
    let mut storages: BTreeMap<u64, bool> = BTreeMap::new();
    let mut matrices = 0;
    for entry in entries {
        let is_marked = marked.contains(entry.name.as_str());
        matrices += usize::from(is_marked && entry.shape.rank() == 2);
        if entry.storage.is_some_and(|storage| *storages.entry(storage).or_insert(is_marked) != is_marked) {
            return Err(Error::argument("only one of two tied tensors lies in columns").in_tensor(&entry.name));
        }
    }
    if matrices != marked.len() {
        return Err(Error::argument("what lies in columns must be matrices that are written"));
    }
    metadata.insert(KEY.into(), names.join("\n"));
    Ok(metadata)
}

/// The names that are marked; the mark is taken out of `metadata`.
pub(super) fn take(metadata: &mut BTreeMap<String, String>) -> BTreeSet<String> {
    metadata.remove(KEY).iter().flat_map(|text| text.split('\n')).map(String::from).collect()
}

/// Gives the marked entries the shapes that they have in rows; returns their places, in order.
///
/// # Errors
/// [`ErrorKind::Corrupt`] for a mark on what is no matrix or is not there, and on one of two tied tensors only.
pub(super) fn turn(marked: &BTreeSet<String>, entries: &mut [TensorEntry]) -> Result<Vec<usize>> {
    let mut turned = Vec::with_capacity(marked.len());
    let mut before: Option<(u64, bool)> = None;
    for (index, entry) in entries.iter_mut().enumerate() {
        let is_marked = marked.contains(&entry.name);
        // Ties lie side by side. They would be taken for the same without being read.
        if before.is_some_and(|(storage, was)| entry.storage == Some(storage) && was != is_marked) {
            return Err(corrupt("only one of two tied tensors is marked").in_tensor(&entry.name));
        }
        before = entry.storage.map(|storage| (storage, is_marked));
        if !is_marked {
            continue;
        }
        if entry.shape.rank() != 2 {
            return Err(corrupt("what is marked is no matrix").in_tensor(&entry.name));
        }
        entry.shape = entry.shape.reversed();
        turned.push(index);
    }
    if turned.len() != marked.len() {
        return Err(corrupt("a tensor that is marked is not there"));
    }
    Ok(turned)
}

/// Whether a file is Burn's, or a faithful copy of one: Burn is named, or nobody is, as since Burn 0.22, and there is nothing of ours.
pub(super) fn are_burns(metadata: &BTreeMap<String, String>, marked: bool, digests: bool) -> bool {
    !marked && metadata.get("producer").map_or(!digests, |producer| producer == "burn")
}

fn corrupt(what: &str) -> Error {
    Error::corrupt(format!("`{KEY}`: {what}"))
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::dtype::DType;
    use crate::shape::Shape;

    fn entry(name: &str, dims: &[usize], storage: Option<u64>) -> TensorEntry {
        TensorEntry { name: name.into(), dtype: DType::F32, shape: Shape::new(dims).unwrap(), param_id: None, storage }
    }

    #[test]
    fn the_mark_is_taken_out_again() {
        let own = BTreeMap::from([("author".into(), "me".into())]);
        let names: Vec<String> = vec!["b.weight".into(), "a\r".into()];
        let entries = [entry("a\r", &[2, 3], None), entry("b.weight", &[1, 1], None), entry("c", &[2], None)];
        let mut metadata = with(&own, &names, &entries).unwrap();
        assert!(with(&metadata, &[], &entries).is_err());
        assert_eq!(take(&mut metadata), BTreeSet::from_iter(names));
        assert_eq!(metadata, own);
        assert_eq!(with(&own, &[], &entries).unwrap(), own);
    }

    #[test]
    fn what_could_not_be_read_is_not_marked() {
        let entries = [
            entry("", &[1, 1], None),
            entry("two\nlines", &[1, 1], None),
            entry("vector", &[1], None),
            entry("tied", &[1, 1], Some(3)),
            entry("to it", &[1, 1], Some(3)),
        ];
        for name in ["", "two\nlines", "vector", "absent", "tied"] {
            assert!(with(&BTreeMap::new(), &[name.into()], &entries).is_err(), "{name:?}");
        }
        assert!(with(&BTreeMap::new(), &["tied".into(), "to it".into()], &entries).is_ok());
    }

    #[test]
    fn only_matrices_that_are_there_can_be_marked() {
        let marked = |name: &str| BTreeSet::from([String::from(name)]);
        let mut entries = vec![entry("a", &[2, 3], None), entry("b", &[4], None)];
        assert_eq!(turn(&marked("a"), &mut entries).unwrap(), [0]);
        assert_eq!(entries[0].shape.dims(), [3, 2]);
        for name in ["b", "c"] {
            assert!(turn(&marked(name), &mut entries).is_err(), "{name}");
        }
    }

    #[test]
    fn ties_are_marked_together() {
        let mut entries = vec![entry("a", &[2, 2], Some(0)), entry("b", &[2, 2], Some(0))];
        assert!(turn(&BTreeSet::from(["a".into()]), &mut entries).is_err());
        assert_eq!(turn(&BTreeSet::from(["a".into(), "b".into()]), &mut entries).unwrap(), [0, 1]);
    }
}
