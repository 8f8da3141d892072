//! What the tests share: where the fixtures are, and what they should hold.

pub mod manifest;
pub mod sklearn;

use std::fs;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

/// The path of a file beneath `tests/fixtures`.
pub fn fixture(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    assert!(path.exists(), "no fixture {}", path.display());
    path
}

/// The bytes of a file beneath `tests/fixtures`.
pub fn fixture_bytes(name: &str) -> Vec<u8> {
    fs::read(fixture(name)).expect("a fixture can be read")
}

/// A JSON file beneath `tests/fixtures`.
pub fn fixture_json(name: &str) -> serde_json::Value {
    serde_json::from_slice(&fixture_bytes(name)).expect("a fixture's JSON is sound")
}

/// The SHA-256 of `bytes` in lower-case hexadecimal, as the manifests of the fixtures state it.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
