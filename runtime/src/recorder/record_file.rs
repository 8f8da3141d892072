//! Any record, without the type that it was saved from.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::Deserialize;

use super::encoding::{Encoding, NamedMpk, PrettyJson};
use super::file::sealed::Compress;
use super::file::{Gzip, Plain, check_seal};
use super::metadata::RecordMetadata;
use super::trailer::Contents;
use super::{Bin, scan};
use crate::bytes::Bytes;
use crate::codec::bincode::Decoder;
use crate::codec::gzip::GzipInput;
use crate::codec::input::{Input, SourceInput};
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{TensorEntry, TensorFile};
use crate::limits::Budget;
use crate::path::{PathPart, TensorPath};
use crate::record::plain::unpack;
use crate::record::{FileData, FileTensor, Item, Loaded, Numbers, ParamId, Precision, Schema};
use crate::source::{Source, read_vec};
use crate::tensor::TensorData;
use crate::value::Value;

/// A record of Burn's or of ours in any encoding (`.mpk`, `.json`, `.bin`, each also compressed), read without the type that it was
/// saved from.
///
/// Names are the paths of the fields; [`TensorFile::values`] is the tree of what is no tensor, constants included. All of it is read
/// when it is opened, and the digest of a file of ours is checked then: nothing before the end of a record says what is in it.
///
/// Burn's own bincode names nothing: its parameters are found by their form, numbered in their order (`#0`, `#1`), and the metadata has
/// the key `heuristic`. The integers in which Burn before 0.14 wrote the bits of halves are taken for floats where the record's floats
/// are halves and none is negative.
pub struct RecordFile {
    format: &'static str,
    metadata: BTreeMap<String, String>,
    values: Value,
    entries: Vec<TensorEntry>,
    tensors: Vec<TensorData>,
    names: BTreeSet<String>,
}

/// Bytes that tell the encoding.
const START: usize = 16;
/// What gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

impl RecordFile {
    /// Reads the record in `source`.
    ///
    /// # Errors
    /// [`ErrorKind::WrongFormat`] for what is no record; what is wrong with it, its digest included.
    pub fn open(source: Arc<dyn Source>, budget: &Budget) -> Result<Self> {
        let start = read_vec(&source, 0, source.len().min(START as u64))?;
        if start.starts_with(&GZIP) {
            let mut inside = [0; START];
            let read = GzipInput::open(Arc::clone(&source), budget)?.read_some(&mut inside)?;
            return Self::open_as::<Gzip>(source, &inside[..read], budget);
        }
        Self::open_as::<Plain>(source, &start, budget)
    }

    fn open_as<C: Compress>(source: Arc<dyn Source>, start: &[u8], budget: &Budget) -> Result<Self> {
        let name = |plain, compressed| if C::GZIP { compressed } else { plain };
        if begins::<NamedMpk>(start) {
            let (metadata, loaded) = C::read::<NamedMpk>(source, || Schema::Nil, budget)?;
            Self::of(name("burn-mpk", "burn-mpk-gzip"), &metadata, loaded, budget)
        } else if begins::<PrettyJson>(start) {
            let (metadata, loaded) = C::read::<PrettyJson>(source, || Schema::Nil, budget)?;
            Self::of(name("burn-json", "burn-json-gzip"), &metadata, loaded, budget)
        } else if begins::<Bin>(start) {
            let format = name("burn-bin", "burn-bin-gzip");
            if let Some(nameless) = nameless::<C>(&source, budget)? {
                return Self::of_nameless(format, &nameless, budget);
            }
            let (metadata, loaded) = C::read::<Bin>(source, || Schema::Nil, budget)?;
            Self::of(format, &metadata, loaded, budget)
        } else {
            let found = super::encoding::looks_like(start).to_string();
            Err(Error::new(ErrorKind::WrongFormat { expected: "record", found }))
        }
    }

    /// A record whose parts are named.
    fn of(format: &'static str, metadata: &RecordMetadata, loaded: Loaded, budget: &Budget) -> Result<Self> {
        let mut file = Self::empty(format, metadata);
        let mut path = TensorPath::root();
        file.values = file.add(loaded.item, &mut path, loaded.precision, budget)?;
        Ok(file)
    }

    fn of_nameless(format: &'static str, nameless: &Nameless, budget: &Budget) -> Result<Self> {
        let Nameless { metadata, item } = nameless;
        let mut file = Self::empty(format, metadata);
        let how = "names are numbers: parameters were found by their form, in order, without the type of the record";
        file.metadata.insert("heuristic".into(), how.into());
        for (number, tensor) in
            scan::parameters(item, metadata.era(), metadata.precision(), budget)?.into_iter().enumerate()
        {
            file.push(format!("#{number}"), tensor, metadata.precision())?;
        }
        Ok(file)
    }

    fn empty(format: &'static str, metadata: &RecordMetadata) -> Self {
        let RecordMetadata { float, int, format: recorder, version, settings } = metadata;
        let metadata =
            [("float", float), ("int", int), ("format", recorder), ("version", version), ("settings", settings)];
        let metadata = metadata.map(|(key, text)| (key.to_string(), text.clone())).into();
        Self { format, metadata, values: Value::Null, entries: Vec::new(), tensors: Vec::new(), names: BTreeSet::new() }
    }

    /// Takes the tensors out of an item, and gives the rest as a value. Items are as deep as decoding allowed.
    fn add(&mut self, item: Item, path: &mut TensorPath, precision: Precision, budget: &Budget) -> Result<Value> {
        let item = match FileTensor::recognise(item).map_err(|error| error.in_tensor(&*path))? {
            Ok(tensor) => {
                budget.check_tensors(self.entries.len() as u64 + 1)?;
                let name = path.to_string();
                self.push(name, tensor, precision)?;
                return Ok(Value::Tensor(self.entries.len() - 1));
            }
            Err(item) => item,
        };
        Ok(match item {
            Item::Nil => Value::Null,
            // It is there, and there is nothing in it.
            Item::Some(_) => Value::Map(Vec::new()),
            Item::Value(value) => value,
            Item::Blob(bytes) => Value::Bytes(bytes.to_vec()),
            Item::Numbers(numbers) => {
                budget.charge_objects(numbers.len() as u64)?;
                let items = unpack(&numbers).into_iter();
                Value::List(
                    items.filter_map(|item| if let Item::Value(value) = item { Some(value) } else { None }).collect(),
                )
            }
            Item::Seq(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    list.push(self.within(PathPart::Index(index), item, path, precision, budget)?);
                }
                Value::List(list)
            }
            Item::Map(entries) => {
                let mut map = Vec::with_capacity(entries.len());
                for (key, item) in entries {
                    let value = self.within(PathPart::Key(key.clone()), item, path, precision, budget)?;
                    map.push((key, value));
                }
                Value::Map(map)
            }
            Item::Tensor(_) => return Err(Error::corrupt("a tensor that is none").in_tensor(&*path)),
        })
    }

    fn within(
        &mut self,
        part: PathPart,
        item: Item,
        path: &mut TensorPath,
        precision: Precision,
        budget: &Budget,
    ) -> Result<Value> {
        path.push(part);
        let value = self.add(item, path, precision, budget);
        path.pop();
        value
    }

    fn push(&mut self, name: String, tensor: FileTensor, precision: Precision) -> Result<()> {
        let param_id = tensor.id.map(ParamId::as_u64);
        let storage = tensor.tie;
        let kind = kind_of(&tensor, precision);
        if !self.names.insert(name.clone()) {
            return Err(Error::corrupt("two tensors of this name").in_tensor(name));
        }
        let data = tensor.into_data(kind, precision).map_err(|error| error.in_tensor(&name))?;
        self.entries.push(TensorEntry { name, dtype: data.dtype(), shape: data.shape().clone(), param_id, storage });
        self.tensors.push(data);
        Ok(())
    }
}

impl TensorFile for RecordFile {
    fn format(&self) -> &'static str {
        self.format
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

    fn read(&self, index: usize) -> Result<TensorData> {
        let missing = || Error::argument(format!("the file has no tensor {index}"));
        self.tensors.get(index).cloned().ok_or_else(missing)
    }
}

fn begins<E: Encoding>(start: &[u8]) -> bool {
    E::begins(start)
}

/// A record in bincode that no schema goes with.
struct Nameless {
    metadata: RecordMetadata,
    item: Bytes,
}

/// The record if it is bincode of Burn's own; `None` if it is ours, which has its schema in the trailer.
fn nameless<C: Compress>(source: &Arc<dyn Source>, budget: &Budget) -> Result<Option<Nameless>> {
    // What is decompressed here may be decompressed once more, to be read by its schema.
    let budget = &Budget::new(budget.limits().clone(), source.len());
    let (bytes, end) = if C::GZIP {
        let mut input = GzipInput::open(Arc::clone(source), budget)?;
        let bytes = input.read_to_end()?;
        (bytes, Some(input.end_member()?.end))
    } else {
        (SourceInput::new(Arc::clone(source), true).read_to_end()?, None)
    };
    let mut input = SourceInput::from_bytes(bytes.clone());
    let metadata = RecordMetadata::deserialize(&mut Decoder::new(&mut input, budget, None));
    let metadata = metadata.map_err(|error| super::encoding::bad_head("bincode record", error))?;
    if metadata.is_ours() || Contents::peek(&bytes, budget)?.is_some() {
        return Ok(None);
    }
    if let Some(end) = end {
        check_seal(source, end, false)?;
    }
    let start = usize::try_from(input.position()).unwrap_or(usize::MAX);
    Ok(bytes.slice(start..<[u8]>::len(&bytes)).map(|item| Nameless { metadata, item }))
}

/// The kind of a tensor's elements, of which files before 0.14 say nothing.
fn kind_of(tensor: &FileTensor, precision: Precision) -> DTypeKind {
    let FileData::Elements { numbers, .. } = &tensor.data else { return DTypeKind::Float };
    match numbers {
        Numbers::Bool(_) => DTypeKind::Bool,
        Numbers::F32(_) | Numbers::F64(_) => DTypeKind::Float,
        _ if numbers.is_empty() => DTypeKind::Float,
        Numbers::U8(_) | Numbers::U16(_) | Numbers::U32(_) | Numbers::U64(_) if is_half(precision) => DTypeKind::Float,
        _ => DTypeKind::Integer,
    }
}

fn is_half(precision: Precision) -> bool {
    matches!(precision.float, DType::F16 | DType::BF16)
}
