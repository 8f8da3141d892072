//! scikit-learn's files: what scikit-learn and joblib wrote is read bit for bit, and nothing of it is run.

use std::sync::Arc;

use vellum::format::sklearn::{Attribute, Estimator, SklearnFile};
use vellum::format::{ReadOptions, TensorFile};
use vellum::{Bytes, DType, ErrorKind, Limits, Result, Value};
use vellum_tests::fixture_bytes;
use vellum_tests::manifest::{check_tensors, manifest};

fn open_with(bytes: Vec<u8>, limits: Limits) -> Result<SklearnFile> {
    let mut options = ReadOptions::default();
    options.limits = limits;
    SklearnFile::open(Arc::new(Bytes::from(bytes)), &options)
}

fn open(bytes: Vec<u8>) -> Result<SklearnFile> {
    open_with(bytes, Limits::default())
}

fn fixture(name: &str) -> SklearnFile {
    open(fixture_bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn estimator(file: &SklearnFile) -> &Estimator {
    file.estimator().unwrap()
}

#[test]
fn every_file_that_scikit_learn_wrote_is_read_bit_for_bit() {
    let (mut files, mut matched) = (0, 0);
    for folder in ["sklearn", "sklearn_1_2"] {
        for (name, entry) in manifest(folder) {
            let file = fixture(&format!("{folder}/{name}"));
            assert_eq!(file.format(), "sklearn");
            assert!(file.refusals().is_empty(), "{name}: {:?}", file.refusals());
            matched += check_tensors(&file, &entry, &[]);
            file.verify().unwrap();
            files += 1;
        }
    }
    assert_eq!((files, matched), (99, 0));
}
