//! What the tests of SafeTensors and Burnpack share.

use std::collections::BTreeMap;
use std::sync::Arc;

use vellum::format::burnpack::{self, BurnpackFile};
use vellum::format::safetensors::{self, SafetensorsFile};
use vellum::format::{ReadOptions, TensorEntry, TensorFile, TensorList};
use vellum::{Bytes, DType, Error, Result, Shape, Sink, Source, TensorData};

pub(crate) fn source(bytes: impl Into<Vec<u8>>) -> Arc<dyn Source> {
    Arc::new(Bytes::from(bytes.into()))
}

pub(crate) fn open_safetensors(bytes: impl Into<Vec<u8>>) -> Result<SafetensorsFile> {
    SafetensorsFile::open(source(bytes), &ReadOptions::default())
}

pub(crate) fn open_burnpack(bytes: impl Into<Vec<u8>>) -> Result<BurnpackFile> {
    BurnpackFile::open(source(bytes), &ReadOptions::default())
}

/// Reads all that a file holds, padding included.
pub(crate) fn read_all(file: &dyn TensorFile) -> Result<Vec<TensorData>> {
    let tensors = (0..file.tensors().len()).map(|index| file.read(index)).collect::<Result<_>>()?;
    file.verify()?;
    Ok(tensors)
}

/// What a file holds, as a set to be written.
pub(crate) fn to_list(file: &dyn TensorFile) -> TensorList {
    let mut list = TensorList::default();
    for (entry, tensor) in file.tensors().iter().zip(read_all(file).unwrap()) {
        list.push_entry(entry.clone(), tensor).unwrap();
    }
    list
}

pub(crate) fn entry(name: &str, tensor: &TensorData) -> TensorEntry {
    TensorEntry {
        name: name.into(),
        dtype: tensor.dtype(),
        shape: tensor.shape().clone(),
        param_id: None,
        storage: None,
    }
}

pub(crate) fn tensor(dtype: DType, shape: &[usize], bytes: impl Into<Vec<u8>>) -> TensorData {
    TensorData::new(Bytes::from(bytes.into()), Shape::new(shape).unwrap(), dtype).unwrap()
}

/// Two tied tensors, one of their shape that is not, one that is empty, one of another dtype.
pub(crate) fn small_list() -> TensorList {
    let shared = tensor(DType::F32, &[2, 1], [1, 2, 3, 4, 5, 6, 7, 8]);
    let other = tensor(DType::F32, &[2, 1], [9; 8]);
    let mut list = TensorList::default();
    for (name, tensor, storage, param_id) in [
        ("head.weight", shared.clone(), Some(7), Some(11)),
        ("view", other, Some(7), None),
        ("embed.weight", shared, Some(7), Some(11)),
        ("empty", tensor(DType::I64, &[0, 3], []), None, Some(u64::MAX)),
        ("mask", tensor(DType::Bool, &[3], [1, 0, 1]), None, None),
    ] {
        list.push_entry(TensorEntry { storage, param_id, ..entry(name, &tensor) }, tensor).unwrap();
    }
    list
}

pub(crate) fn text(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
}

pub(crate) fn safetensors_bytes(list: &TensorList, writer: &safetensors::Writer) -> Vec<u8> {
    let mut bytes = Vec::new();
    writer.write(list, &mut bytes).unwrap();
    bytes
}

pub(crate) fn burnpack_bytes(list: &TensorList, writer: &burnpack::Writer) -> Vec<u8> {
    let mut bytes = Vec::new();
    writer.write(list, &mut bytes).unwrap();
    bytes
}

/// A sink that keeps what it gets and cannot go back, as a pipe.
#[derive(Default)]
pub(crate) struct Pipe(pub(crate) Vec<u8>);

impl Sink for Pipe {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.put(bytes)
    }
}

/// The names of a file's tensors, with the storage that ties them.
pub(crate) fn names(file: &dyn TensorFile) -> Vec<(&str, Option<u64>)> {
    file.tensors().iter().map(|entry| (entry.name.as_str(), entry.storage)).collect()
}

/// The error of what must fail.
pub(crate) fn error<T>(result: Result<T>) -> Error {
    match result {
        Ok(_) => panic!("this must fail"),
        Err(error) => error,
    }
}
