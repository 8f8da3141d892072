//! Comparing an open file with what the manifest of the fixtures says of it.
#![expect(clippy::missing_panics_doc, reason = "a check of a test says what is wrong by panicking")]

use std::collections::BTreeMap;

use serde_json::Value as Json;
use vellum::format::TensorFile;

use crate::{fixture_json, sha256_hex};

/// The entries of a folder's manifest, by file.
pub fn manifest(folder: &str) -> BTreeMap<String, Json> {
    let json = fixture_json(&format!("{folder}/MANIFEST.json"));
    let entries = json["entries"].as_array().expect("a manifest lists entries");
    entries.iter().map(|entry| (entry["file"].as_str().expect("a file's name").to_string(), entry.clone())).collect()
}

/// Checks each tensor that the manifest's entry names, bit for bit by its digest, but for those in `except`; returns how many.
pub fn check_tensors(file: &dyn TensorFile, entry: &Json, except: &[&str]) -> usize {
    let expected = entry["tensors"].as_object().expect("an entry lists tensors");
    let mut matched = 0;
    for (name, expected) in expected.iter().filter(|(name, _)| !except.contains(&name.as_str())) {
        let what = format!("{} of {}", name, entry["file"]);
        let index = file.tensors().iter().position(|tensor| tensor.name == *name);
        let index = index.unwrap_or_else(|| panic!("{what} is not listed"));
        // First, so that it is checked against the file by itself.
        let plain = file.plain_bytes(index).map(|plain| {
            let mut bytes = vec![0xa5; plain.len()];
            plain.read_into(&mut bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
            bytes
        });
        let tensor = file.read(index).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(plain.is_none_or(|bytes| bytes[..] == tensor.bytes()[..]), "{what} has other bytes as they lie");
        let shape: Vec<u64> = tensor.shape().iter().map(|&axis| axis as u64).collect();
        assert_eq!(tensor.dtype().name(), expected["dtype"], "{what}");
        assert_eq!(Json::from(shape), expected["shape"], "{what}");
        assert_eq!(sha256_hex(tensor.bytes()), expected["sha256"], "{what}");
        let listed = &file.tensors()[index];
        assert_eq!((listed.dtype, &listed.shape), (tensor.dtype(), tensor.shape()), "{what}");
        matched += 1;
    }
    matched
}
