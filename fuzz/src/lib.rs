//! What the targets share: bytes as a source under small limits, and reading all that a file lists.

use std::sync::Arc;

use vellum::format::TensorFile;
use vellum::{Budget, Bytes, Limits, Result, Source};

/// Bytes as a reader takes them.
pub fn source(bytes: &[u8]) -> Arc<dyn Source> {
    Arc::new(Bytes::from(bytes.to_vec()))
}

/// Limits that keep an input of the fuzzer within its memory.
pub fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_expanded_bytes = 16 << 20;
    limits.max_objects = 1 << 20;
    limits
}

/// A budget of those limits.
pub fn budget(bytes: &[u8]) -> Budget {
    Budget::new(limits(), bytes.len() as u64)
}

/// Reads every tensor and checks what else there is to check; errors are what a fuzzer expects.
pub fn read_all<F: TensorFile>(file: Result<F>) {
    let Ok(file) = file else { return };
    for (index, entry) in file.tensors().iter().enumerate() {
        if let Ok(tensor) = file.read(index) {
            assert_eq!((tensor.dtype(), tensor.shape()), (entry.dtype, &entry.shape), "{}", entry.name);
        }
    }
    let _ = file.verify();
}
