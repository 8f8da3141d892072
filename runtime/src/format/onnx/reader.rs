//! Reading an ONNX model's tensors.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::external::{ExternalData, Location};
use super::graph::{Found, Model};
use super::proto::StringStringEntryProto;
use super::tensor::{Data, Encoding, StoredTensor, refusal};
use crate::error::{Error, Result};
use crate::format::input::Input;
use crate::format::{TensorEntry, TensorFile};
use crate::limits::Budget;
use crate::source::{Source, check_range};
use crate::tensor::TensorData;
use crate::value::Value;

/// An open ONNX model.
///
/// - Listed are the initializers, and the values of `Constant` nodes under the name of their output. Those of a graph inside a
///   node have the node's name and the attribute's before theirs: `loop_1.body.w`.
/// - Integers of 4 and 2 bits come as `I8` and `U8`, which changes no value; all other types come as they are. Text and sparse
///   tensors are refused by name.
/// - [`TensorFile::metadata`] is the model's `metadata_props`; [`TensorFile::values`] has `ir_version`, `producer_name` and the
///   like, and `opset_import` as a map.
/// - Functions of the model's own and training graphs are passed over.
pub struct OnnxFile {
    source: Arc<dyn Source>,
    tensors: Vec<Listed>,
    entries: Vec<TensorEntry>,
    refusals: Vec<(String, Error)>,
    metadata: BTreeMap<String, String>,
    values: Value,
    zero_copy: bool,
}

enum Listed {
    Made(TensorData),
    Stored(StoredTensor, Option<Outside>),
}

/// Where the elements of a tensor with external data start.
struct Outside {
    source: Arc<dyn Source>,
    offset: u64,
    /// What the file is called in errors.
    shown: String,
}

impl OnnxFile {
    /// Opens a model; no tensor is read. `external` opens files beside it, and tensors in them are refused without it.
    ///
    /// # Errors
    /// [`ErrorKind::WrongFormat`](crate::ErrorKind::WrongFormat) if there is no graph;
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) for malformed protobuf, data that does not fit its shape, and names that
    /// occur twice; [`ErrorKind::Limit`](crate::ErrorKind::Limit); the first refusal where nothing else is in the model.
    pub fn open(source: Arc<dyn Source>, external: Option<&dyn ExternalData>, budget: &Budget) -> Result<Self> {
        let len = source.len();
        let mut input = Input::new(&source, 0..len)?;
        let Model { tensors: found, mut refusals, values, metadata: pairs } = Model::read(&mut input, len, budget)?;
        let mut opened = Opened { external, sources: BTreeMap::new() };
        let (mut tensors, mut entries) = (Vec::new(), Vec::new());
        for found in found {
            match found {
                Found::Made(name, tensor) => {
                    let (dtype, shape) = (tensor.dtype(), tensor.shape().clone());
                    entries.push(TensorEntry { name, dtype, shape, param_id: None, storage: None });
                    tensors.push(Listed::Made(tensor));
                }
                Found::Stored(tensor) => {
                    let placed = tensor.encoding.map_err(refusal).and_then(|encoding| {
                        encoding.check_whole_bytes(&tensor.shape)?;
                        let outside = opened.place(&tensor, encoding)?;
                        Ok((encoding, outside))
                    });
                    match placed {
                        Ok((encoding, outside)) => {
                            let (name, dtype, shape) = (tensor.name.clone(), encoding.dtype, tensor.shape.clone());
                            entries.push(TensorEntry { name, dtype, shape, param_id: None, storage: None });
                            tensors.push(Listed::Stored(tensor, outside));
                        }
                        Err(error) => refusals.push((tensor.name, error)),
                    }
                }
            }
        }
        check_names(&entries)?;
        if entries.is_empty() && !refusals.is_empty() {
            let (name, error) = refusals.swap_remove(0);
            return Err(error.in_tensor(name));
        }
        let mut metadata = BTreeMap::new();
        for (key, value) in pairs {
            if metadata.insert(key.clone(), value).is_some() {
                return Err(Error::corrupt(format!("the metadata has two values of `{key}`")));
            }
        }
        Ok(Self { source, tensors, entries, refusals, metadata, values: Value::Map(values), zero_copy: false })
    }

    /// Whether tensors may share the bytes of the source where it has them in memory; else they are copied.
    #[must_use]
    pub fn with_zero_copy(mut self, zero_copy: bool) -> Self {
        self.zero_copy = zero_copy;
        self
    }
}

impl TensorFile for OnnxFile {
    fn format(&self) -> &'static str {
        "onnx"
    }

    fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    fn values(&self) -> &Value {
        &self.values
    }

    fn tensors(&self) -> &[TensorEntry] {
        &self.entries
    }

    fn refusals(&self) -> &[(String, Error)] {
        &self.refusals
    }

    fn read(&self, index: usize) -> Result<TensorData> {
        match self.tensors.get(index) {
            Some(Listed::Made(tensor)) => Ok(tensor.clone()),
            Some(Listed::Stored(tensor, outside)) => {
                let place = outside.as_ref().map(|outside| (&*outside.source, outside.offset));
                let loaded = tensor.load(&self.source, place, self.zero_copy);
                loaded.map_err(|error| match outside {
                    Some(outside) => error.in_tensor(&tensor.name).in_file(&outside.shown),
                    None => error.in_tensor(&tensor.name),
                })
            }
            None => Err(Error::argument(format!("there is no tensor {index} in the file"))),
        }
    }
}

impl fmt::Debug for OnnxFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnnxFile").field("tensors", &self.entries).finish_non_exhaustive()
    }
}

fn check_names(entries: &[TensorEntry]) -> Result<()> {
    let mut names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some([name, ..]) => Err(Error::corrupt("the model has two tensors of this name").in_tensor(name)),
        _ => Ok(()),
    }
}

/// The files of external data, each opened once.
struct Opened<'a> {
    external: Option<&'a dyn ExternalData>,
    sources: BTreeMap<Location, Arc<dyn Source>>,
}

impl Opened<'_> {
    /// Where a tensor's elements are outside of the model, if they are; all of them are known to be there.
    fn place(&mut self, tensor: &StoredTensor, encoding: Encoding) -> Result<Option<Outside>> {
        let Data::External(keys) = &tensor.data else { return Ok(None) };
        let len = encoding.stored_len(&tensor.shape)?;
        let (mut location, mut offset, mut stated_len) = (None, 0, len);
        for StringStringEntryProto { key, value } in keys {
            let number = || {
                let number = value.parse::<u64>().ok();
                number.ok_or_else(|| {
                    Error::corrupt(format!("`{key}` of its external data is `{value}`, no number of bytes"))
                })
            };
            match key.as_str() {
                "location" if location.is_some() => {
                    return Err(Error::corrupt("its external data has two locations"));
                }
                "location" => location = Some(Location::new(value.clone())?),
                "offset" => offset = number()?,
                "length" => stated_len = number()?,
                _ => {}
            }
        }
        let location = location.ok_or_else(|| Error::corrupt("its external data has no location"))?;
        if stated_len != len {
            return Err(Error::corrupt(format!("it takes {len} bytes, and its external data is of {stated_len}")));
        }
        let Some(external) = self.external else {
            return Err(Error::refused(format!(
                "its elements are in `{location}`, and files beside the model are not read"
            )));
        };
        let shown = external.shown(&location);
        let source = match self.sources.get(&location) {
            Some(source) => Arc::clone(source),
            None => {
                let source = external.open(&location).map_err(|error| error.in_file(&shown))?;
                self.sources.insert(location, Arc::clone(&source));
                source
            }
        };
        check_range(&source, offset, len).map_err(|error| error.in_file(&shown))?;
        Ok(Some(Outside { source, offset, shown }))
    }
}
