//! Any record, without the type that it was saved from.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::Deserialize;

use super::decode::{Lazy, untyped};
use super::encoding::{Encoding, NamedMpk, PrettyJson, Reading};
use super::file::check_seal;
use super::metadata::RecordMetadata;
use super::trailer::Contents;
use super::{Bin, scan};
use crate::codec::bincode::Decoder;
use crate::codec::gzip::GzipInput;
use crate::codec::input::{Input, SourceInput};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{TensorEntry, TensorFile};
use crate::io::Spool;
use crate::limits::{Budget, Limits};
use crate::path::{PathPart, TensorPath};
use crate::record::plain::unpack;
use crate::record::{FileData, FileTensor, Item, Loaded, ParamId, Precision, Schema};
use crate::source::{Sink, Source, read_vec};
use crate::tensor::TensorData;
use crate::value::Value;

/// A record of Burn's or of ours in any encoding (`.mpk`, `.json`, `.bin`, each also compressed), read without the type that it was
/// saved from.
///
/// Names are the paths of the fields; [`TensorFile::values`] is the tree of what is no tensor, constants included. The whole file is read
/// when it is opened, one tensor at a time, and the digest of a file of ours is checked then: nothing before the end of a record says
/// what is in it. A tensor is read again when it is asked for. Of a compressed record more than a few MiB are decompressed into a file
/// in the system's folder for temporary ones, which has no name.
///
/// Burn's own bincode names nothing: its parameters are found by their form, numbered in their order (`#0`, `#1`), and the metadata has
/// the key `heuristic`. The integers in which Burn before 0.14 wrote the bits of halves are taken for floats where the record's floats
/// are halves and none is negative.
pub struct RecordFile {
    format: &'static str,
    /// The record, decompressed.
    source: Arc<dyn Source>,
    head: RecordMetadata,
    read_tensor: ReadTensor,
    limits: Limits,
    metadata: BTreeMap<String, String>,
    values: Value,
    entries: Vec<TensorEntry>,
    data: Vec<Place>,
    names: BTreeSet<String>,
}

/// Reads the tensor that an input begins with.
type ReadTensor = fn(&RecordMetadata, &Budget, &mut dyn Input) -> Result<Item>;

/// Where a tensor is.
enum Place {
    File(u64),
    /// It came before the record's head.
    Memory(TensorData),
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
        if !read_vec(&source, 0, source.len().min(START as u64))?.starts_with(&GZIP) {
            return Self::of(source, false, budget);
        }
        let (contents, end) = decompressed(Arc::clone(&source), budget)?;
        let file = Self::of(contents, true, budget)?;
        check_seal(&source, end, file.head.is_ours())?;
        Ok(file)
    }

    fn of(source: Arc<dyn Source>, compressed: bool, budget: &Budget) -> Result<Self> {
        let start = read_vec(&source, 0, source.len().min(START as u64))?;
        let name = |plain, gzip| if compressed { gzip } else { plain };
        if begins::<NamedMpk>(&start) {
            Self::named::<NamedMpk>(name("burn-mpk", "burn-mpk-gzip"), source, budget)
        } else if begins::<PrettyJson>(&start) {
            Self::named::<PrettyJson>(name("burn-json", "burn-json-gzip"), source, budget)
        } else if begins::<Bin>(&start) {
            let format = name("burn-bin", "burn-bin-gzip");
            match nameless(&source, budget)? {
                Some((head, item)) => Self::nameless(format, source, head, item, budget),
                None => Self::named::<Bin>(format, source, budget),
            }
        } else {
            let found = super::encoding::looks_like(&start).to_string();
            Err(Error::new(ErrorKind::WrongFormat { expected: "record", found }))
        }
    }

    /// A record whose parts are named.
    fn named<E: Encoding>(format: &'static str, source: Arc<dyn Source>, budget: &Budget) -> Result<Self> {
        let lazy = Lazy::default();
        let peek = || Contents::peek(&source, budget);
        let reading = Reading { schema: || Schema::Nil, budget, peek: &peek, lazy: Some(&lazy) };
        let (head, loaded) = E::read(&reading, &mut SourceInput::new(Arc::clone(&source), false))?;
        let mut file = Self::empty::<E>(format, source, head, budget);
        let Loaded { item, precision, .. } = loaded;
        file.values = file.add(item, &mut TensorPath::root(), precision, budget)?;
        Ok(file)
    }

    fn nameless(
        format: &'static str,
        source: Arc<dyn Source>,
        head: RecordMetadata,
        item: u64,
        budget: &Budget,
    ) -> Result<Self> {
        let tensors = scan::parameters(&source, item, &head, budget)?;
        let precision = head.precision();
        let mut file = Self::empty::<Bin>(format, source, head, budget);
        let how = "names are numbers: parameters were found by their form, in order, without the type of the record";
        file.metadata.insert("heuristic".into(), how.into());
        for (number, tensor) in tensors.into_iter().enumerate() {
            file.push(format!("#{number}"), tensor, precision)?;
        }
        Ok(file)
    }

    fn empty<E: Encoding>(
        format: &'static str,
        source: Arc<dyn Source>,
        head: RecordMetadata,
        budget: &Budget,
    ) -> Self {
        let RecordMetadata { float, int, format: recorder, version, settings } = &head;
        let metadata =
            [("float", float), ("int", int), ("format", recorder), ("version", version), ("settings", settings)];
        let metadata = metadata.map(|(key, text)| (key.to_string(), text.clone())).into();
        Self {
            format,
            source,
            head,
            read_tensor: E::read_tensor,
            limits: budget.limits().clone(),
            metadata,
            values: Value::Null,
            entries: Vec::new(),
            data: Vec::new(),
            names: BTreeSet::new(),
        }
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
        if !self.names.insert(name.clone()) {
            return Err(Error::corrupt("two tensors of this name").in_tensor(name));
        }
        let (param_id, storage) = (tensor.id.map(ParamId::as_u64), tensor.tie);
        let (place, dtype, shape) = if let FileData::Left { start, dtype, shape } = tensor.data {
            (Place::File(start), dtype, shape)
        } else {
            let data = untyped(tensor, precision).map_err(|error| error.in_tensor(&name))?;
            let (dtype, shape) = (data.dtype(), data.shape().clone());
            (Place::Memory(data), dtype, shape)
        };
        self.data.push(place);
        self.entries.push(TensorEntry { name, dtype, shape, param_id, storage });
        Ok(())
    }

    /// Reads the tensor that begins at `start`.
    fn read_at(&self, start: u64) -> Result<TensorData> {
        let budget = Budget::new(self.limits.clone(), self.source.len());
        let mut input = SourceInput::at(Arc::clone(&self.source), start);
        match FileTensor::recognise((self.read_tensor)(&self.head, &budget, &mut input)?)? {
            Ok(tensor) => untyped(tensor, self.head.precision()),
            Err(_) => Err(Error::new(ErrorKind::Changed)),
        }
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
        let Some((entry, place)) = self.entries.get(index).zip(self.data.get(index)) else {
            return Err(Error::argument(format!("the file has no tensor {index}")));
        };
        let data = match place {
            Place::Memory(data) => data.clone(),
            Place::File(start) => self.read_at(*start).map_err(|error| error.in_tensor(&entry.name))?,
        };
        if (data.dtype(), data.shape()) != (entry.dtype, &entry.shape) {
            return Err(Error::new(ErrorKind::Changed).in_tensor(&entry.name));
        }
        Ok(data)
    }
}

fn begins<E: Encoding>(start: &[u8]) -> bool {
    E::begins(start)
}

/// The contents of a compressed record, and where it ends in the file.
fn decompressed(source: Arc<dyn Source>, budget: &Budget) -> Result<(Arc<dyn Source>, u64)> {
    let mut input = GzipInput::open(source, budget)?;
    let mut spool = Spool::default();
    let mut piece = alloc::vec![0; 64 << 10];
    loop {
        match input.read_some(&mut piece)? {
            0 => break,
            read => spool.put(&piece[..read])?,
        }
    }
    let end = input.end_member()?.end;
    Ok((spool.into_source()?, end))
}

/// The head of a record in bincode that no schema goes with, which is Burn's own, and where its item begins; `None` if the record is ours,
/// which has its schema in the trailer.
fn nameless(source: &Arc<dyn Source>, budget: &Budget) -> Result<Option<(RecordMetadata, u64)>> {
    let mut input = SourceInput::new(Arc::clone(source), false);
    let head = RecordMetadata::deserialize(&mut Decoder::new(&mut input, budget, None));
    let head = head.map_err(|error| super::encoding::bad_head("bincode record", error))?;
    let ours = head.is_ours() || Contents::peek(source, budget)?.is_some();
    Ok((!ours).then(|| (head, input.position())))
}
