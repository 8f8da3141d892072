//! Any record, without the type that it was saved from.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::sync::OnceLock;

use serde::Deserialize;

use super::decode::{Lazy, untyped};
use super::encoding::{Encoding, NamedMpk, PrettyJson, reading_on, telling_start};
use super::file::sealed::Compress;
use super::file::{Gzip, Plain, check_seal, inside, or_damage};
use super::metadata::RecordMetadata;
use super::{Bin, scan, trailer};
use crate::codec::bincode::Decoder;
use crate::codec::gzip::{GzipInput, MAGIC};
use crate::codec::input::{Input, SourceInput};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{TensorEntry, TensorFile};
use crate::io::Spool;
use crate::limits::{Budget, Limits};
use crate::path::{PathPart, TensorPath};
use crate::record::plain::number;
use crate::record::{
    FileData, FileForm, FileTensor, Item, Leaf, Loaded, MatrixLayout, ParamId, Precision, Schema, each_numbers,
};
use crate::source::{Sink, Source};
use crate::tensor::TensorData;
use crate::value::Value;

/// A record of Burn's or of ours in any encoding (`.mpk`, `.json`, `.bin`, each also compressed), read without the type that it was
/// saved from.
///
/// Names are the paths of the fields; [`TensorFile::values`] is the tree of what is no tensor, constants included. The whole file is read
/// when it is opened, one tensor at a time, and the digest of a file of ours is checked then: nothing before the end of a record says
/// what is in it. A tensor is read again when it is asked for. A compressed record of more than 16 MiB is decompressed into a file in the
/// system's folder for temporary ones, which has no name.
///
/// A list of numbers in plain data is a list of values; one that is too long for that within the limits, since a value takes many times
/// what a number does, is a tensor of one axis.
///
/// Burn's own bincode names nothing: its parameters are found by their form, numbered in their order (`#0`, `#1`), and the metadata has
/// the key `heuristic`. The integers in which Burn before 0.14 wrote the bits of halves are taken for floats where the record's floats
/// are halves and none is negative. The parameters of such a file before 0.14 stay in memory, and so does what a record of names has
/// before its head.
///
/// Needs the features `gzip`, `json` and `mpk`.
pub struct RecordFile {
    format: &'static str,
    contents: Contents,
    head: RecordMetadata,
    form: FileForm,
    /// Whether it has a matrix of which nobody said how it lies.
    has_unsaid: bool,
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

/// The bytes of a record.
enum Contents {
    Plain(Arc<dyn Source>),
    /// Compressed, and what is inside once a tensor was asked for.
    Compressed(Arc<dyn Source>, OnceLock<Arc<dyn Source>>),
}

impl Contents {
    /// The record, decompressed.
    fn source(&self, limits: &Limits) -> Result<Arc<dyn Source>> {
        let (file, inside) = match self {
            Self::Plain(source) => return Ok(Arc::clone(source)),
            Self::Compressed(file, inside) => (file, inside),
        };
        if let Some(source) = inside.get() {
            return Ok(Arc::clone(source));
        }
        let (source, _) = decompressed(file, &Budget::new(limits.clone(), file.len()))?;
        Ok(Arc::clone(inside.get_or_init(|| source)))
    }
}

/// Where a tensor is.
enum Place {
    File {
        start: u64,
        /// Whether the transpose stands there.
        transposed: bool,
    },
    /// It came before the record's head.
    Memory(TensorData),
}

impl RecordFile {
    /// Reads the record in `source`.
    ///
    /// # Errors
    /// [`ErrorKind::WrongFormat`] for what is no record; what is wrong with it, its digest included.
    pub fn open(source: Arc<dyn Source>, budget: &Budget) -> Result<Self> {
        let start = telling_start(&mut reading_on(&source))?;
        if start.starts_with(&MAGIC) {
            let start = inside(&source, budget)?;
            let file = Self::of::<Gzip>(Arc::clone(&source), &start, budget);
            return file.map_err(|error| or_damage(&source, budget, error));
        }
        Self::of::<Plain>(source, &start, budget)
    }

    fn of<C: Compress>(source: Arc<dyn Source>, start: &[u8], budget: &Budget) -> Result<Self> {
        let name = |plain, gzip| if C::GZIP { gzip } else { plain };
        if begins::<NamedMpk>(start) {
            Self::named::<C, NamedMpk>(name("burn-mpk", "burn-mpk-gzip"), source, budget)
        } else if begins::<PrettyJson>(start) {
            Self::named::<C, PrettyJson>(name("burn-json", "burn-json-gzip"), source, budget)
        } else if begins::<Bin>(start) {
            let format = name("burn-bin", "burn-bin-gzip");
            match nameless::<C>(&source, budget)? {
                Some(nameless) => Self::nameless(format, nameless, budget),
                None => Self::named::<C, Bin>(format, source, budget),
            }
        } else {
            let found = super::encoding::looks_like(start).to_string();
            Err(Error::new(ErrorKind::WrongFormat { expected: "record", found }))
        }
    }

    /// A record whose parts are named.
    fn named<C: Compress, E: Encoding>(format: &'static str, source: Arc<dyn Source>, budget: &Budget) -> Result<Self> {
        let lazy = Lazy::default();
        let (head, loaded) = C::read::<E>(Arc::clone(&source), || Schema::Nil, budget, Some(&lazy))?;
        let contents = if C::GZIP { Contents::Compressed(source, OnceLock::new()) } else { Contents::Plain(source) };
        let mut file = Self::empty::<E>(format, contents, head, budget)?;
        let Loaded { item, precision, .. } = loaded;
        file.values = file.add(item, &mut TensorPath::root(), precision, budget)?;
        Ok(file)
    }

    fn nameless(format: &'static str, nameless: Nameless, budget: &Budget) -> Result<Self> {
        let Nameless { contents, head, item } = nameless;
        let tensors = scan::parameters(&contents, item, &head, budget)?;
        let precision = head.precision();
        let mut file = Self::empty::<Bin>(format, Contents::Plain(contents), head, budget)?;
        let how = "names are numbers: parameters were found by their form, in order, without the type of the record";
        file.metadata.insert("heuristic".into(), how.into());
        for (number, tensor) in tensors.into_iter().enumerate() {
            file.push(format!("#{number}"), tensor, precision, budget)?;
        }
        Ok(file)
    }

    fn empty<E: Encoding>(
        format: &'static str,
        contents: Contents,
        head: RecordMetadata,
        budget: &Budget,
    ) -> Result<Self> {
        let RecordMetadata { float, int, format: recorder, version, settings } = &head;
        let metadata =
            [("float", float), ("int", int), ("format", recorder), ("version", version), ("settings", settings)];
        let metadata = metadata.map(|(key, text)| (key.to_string(), text.clone())).into();
        Ok(Self {
            format,
            contents,
            form: head.form()?,
            has_unsaid: false,
            head,
            read_tensor: E::read_tensor,
            limits: budget.limits().clone(),
            metadata,
            values: Value::Null,
            entries: Vec::new(),
            data: Vec::new(),
            names: BTreeSet::new(),
        })
    }

    /// Takes the tensors out of an item, and gives the rest as a value. Items are as deep as decoding allowed.
    fn add(&mut self, item: Item, path: &mut TensorPath, precision: Precision, budget: &Budget) -> Result<Value> {
        let item = match FileTensor::find(item, self.form).map_err(|error| error.in_tensor(&*path))? {
            Ok(tensor) => {
                budget.check_tensors(self.entries.len() as u64 + 1)?;
                let name = path.to_string();
                // In the list of tensors, and among the names.
                budget.charge_held(2 * name.len() as u64)?;
                self.push(name, tensor, precision, budget)?;
                return Ok(Value::Tensor(self.entries.len() - 1));
            }
            Err(item) => item,
        };
        Ok(match item {
            Item::Nil | Item::Absent => Value::Null,
            // It is there, and there is nothing in it.
            Item::Some(_) => Value::Map(Vec::new()),
            Item::Value(value) => value,
            Item::Packed(packed) => packed.to_value(budget)?.0,
            Item::Blob(bytes) => Value::Bytes(bytes.to_vec()),
            Item::Numbers(numbers) => {
                let bytes = (numbers.len() as u64).saturating_mul(size_of::<Value>() as u64);
                if budget.charge_held(bytes).is_ok() {
                    let value = |item| if let Item::Value(value) = item { value } else { Value::Null };
                    let list = each_numbers!(numbers, list => list.into_iter().map(|n| value(number(n))).collect());
                    return Ok(Value::List(list));
                }
                budget.refund_held(bytes);
                let data = FileData::Typed(each_numbers!(numbers, list => Leaf::into_data(list))?);
                let tensor = FileTensor { id: None, tie: None, layout: MatrixLayout::Rows, data };
                return self.add(tensor.into(), path, precision, budget);
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

    fn push(&mut self, name: String, tensor: FileTensor, precision: Precision, budget: &Budget) -> Result<()> {
        if !self.names.insert(name.clone()) {
            return Err(Error::corrupt("two tensors of this name").in_tensor(name));
        }
        self.has_unsaid |= tensor.layout == MatrixLayout::Unsaid;
        let (param_id, storage) = (tensor.id.map(ParamId::as_u64), tensor.tie);
        let (place, dtype, shape) = if let FileData::Left { start, dtype, shape, transposed } = tensor.data {
            (Place::File { start, transposed }, dtype, shape)
        } else {
            let data = untyped(tensor, precision, budget).map_err(|error| error.in_tensor(&name))?;
            let (dtype, shape) = (data.dtype(), data.shape().clone());
            (Place::Memory(data), dtype, shape)
        };
        self.data.push(place);
        self.entries.push(TensorEntry { name, dtype, shape, param_id, storage });
        Ok(())
    }

    /// Reads the tensor that begins at `start`.
    fn read_at(&self, start: u64) -> Result<TensorData> {
        let source = self.contents.source(&self.limits)?;
        let budget = Budget::new(self.limits.clone(), source.len());
        let mut input = SourceInput::at(source, start);
        match FileTensor::find((self.read_tensor)(&self.head, &budget, &mut input)?, self.form)? {
            Ok(tensor) => untyped(tensor, self.head.precision(), &budget),
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

    fn is_of_burn(&self) -> bool {
        !self.head.is_ours() || self.has_unsaid
    }

    fn read(&self, index: usize) -> Result<TensorData> {
        let Some((entry, place)) = self.entries.get(index).zip(self.data.get(index)) else {
            return Err(Error::argument(format!("the file has no tensor {index}")));
        };
        let data = match place {
            Place::Memory(data) => data.clone(),
            Place::File { start, transposed } => {
                let data =
                    self.read_at(*start).and_then(|data| if *transposed { data.view().transposed() } else { Ok(data) });
                data.map_err(|error| error.in_tensor(&entry.name))?
            }
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
fn decompressed(file: &Arc<dyn Source>, budget: &Budget) -> Result<(Arc<dyn Source>, u64)> {
    let mut input = GzipInput::open(Arc::clone(file), budget)?;
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

/// A record in bincode that no schema goes with, which is Burn's own.
struct Nameless {
    contents: Arc<dyn Source>,
    head: RecordMetadata,
    /// Where its item begins.
    item: u64,
}

/// The record if it is Burn's own; `None` if it is ours, which has its schema in the trailer.
fn nameless<C: Compress>(file: &Arc<dyn Source>, budget: &Budget) -> Result<Option<Nameless>> {
    // What is decompressed here is decompressed once more, to be read by its schema.
    let budget = &Budget::new(budget.limits().clone(), file.len());
    let (head, item) = if C::GZIP {
        read_head(&mut GzipInput::open(Arc::clone(file), budget)?, budget)
    } else {
        read_head(&mut SourceInput::new(Arc::clone(file), false), budget)
    }?;
    if head.is_ours() {
        return Ok(None);
    }
    let (contents, end) = if C::GZIP {
        decompressed(file, &Budget::new(budget.limits().clone(), file.len()))?
    } else {
        (Arc::clone(file), file.len())
    };
    if trailer::Contents::peek(&contents, budget)?.is_some() {
        return Ok(None);
    }
    if C::GZIP {
        check_seal(file, end, false)?;
    }
    Ok(Some(Nameless { contents, head, item }))
}

/// The head of a record in bincode, and where its item begins.
fn read_head(input: &mut dyn Input, budget: &Budget) -> Result<(RecordMetadata, u64)> {
    let head = RecordMetadata::deserialize(&mut Decoder::new(input, budget, None));
    let head = head.map_err(|error| super::encoding::bad_head("bincode record", error))?;
    Ok((head, input.position()))
}
