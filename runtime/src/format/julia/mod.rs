//! What the two formats of Julia's packages share: a tree of values whose arrays are tensors with dotted names.
//!
//! Names are the keys from the root, joined by dots; places in tuples and vectors count from 1, as Julia writes them
//! (`model_state.layers.1.weight`). Julia's arrays are column-major: their shape is kept and the bytes are turned, so that
//! `weight[i, j]` in Julia is the element `[i - 1, j - 1]` here.
//!
//! In the tree a `NamedTuple` and a `Dict` are maps, a `Tuple` and a vector of anything but numbers are lists, a struct is an object
//! of its class. `nothing` is null, `()` an empty list, `missing` and other values without data (activation functions) are
//! objects without fields.

#[cfg(feature = "hdf5")]
mod plain;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

#[cfg(all(feature = "hdf5", feature = "store"))]
pub(crate) use plain::is_plain;
#[cfg(feature = "hdf5")]
pub use plain::{open_plain, write_plain};

use crate::bytes::BytesMut;
use crate::convert::permute;
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::format::order::{self, Part};
use crate::format::{TensorEntry, TensorFile};
use crate::limits::Budget;
use crate::path::join;
use crate::shape::Shape;
use crate::source::{self, Source};
use crate::tensor::TensorData;
use crate::value::Value;

/// Finds an array's data.
pub(crate) type Load = Box<dyn Fn(&TensorEntry) -> Result<Columns> + Send + Sync>;

/// An array's data as Julia has them: column-major, little-endian.
pub(crate) enum Columns {
    /// In one piece from a place of the file on.
    At(Arc<dyn Source>, u64),
    /// In memory, under Julia's shape.
    #[cfg_attr(not(feature = "hdf5"), allow(dead_code, reason = "arrays of BSON all lie in the file"))]
    Data(TensorData),
}

impl Columns {
    /// The tensor of the same shape with its elements in row-major order. What lies in the file is turned as it is read.
    fn into_rows(self, entry: &TensorEntry) -> Result<TensorData> {
        let (dtype, shape) = (entry.dtype, &entry.shape);
        let turns = shape.iter().filter(|&&axis| axis > 1).count() > 1 && shape.num_elements() > 0;
        match self {
            Self::At(source, offset) if !turns => source::read_tensor(&source, offset, dtype, shape.clone(), false),
            Self::Data(data) if !turns => Ok(data),
            Self::At(source, mut offset) => {
                let size =
                    dtype.size().ok_or_else(|| Error::new(ErrorKind::NoConversion { from: dtype, to: dtype }))?;
                let len = dtype.byte_len(shape.num_elements()).unwrap_or(usize::MAX);
                source::check_range(&source, offset, len as u64)?;
                let mut rows = BytesMut::zeroed(dtype, len)?;
                let part = Part { record: size, offset: 0, len: size };
                order::transpose(shape, &part, rows.as_mut_slice(), &mut |band| {
                    source.read_at(offset, band)?;
                    offset += band.len() as u64;
                    Ok(())
                })?;
                TensorData::new(rows.freeze(), shape.clone(), dtype)
            }
            Self::Data(data) => {
                // The same bytes are row-major with the axes the other way round.
                let axes: Vec<usize> = (0..shape.rank()).rev().collect();
                let columns = TensorData::new(data.bytes().clone(), shape.reversed(), dtype)?;
                permute(&columns.view(), &axes, shape)
            }
        }
    }
}

/// An open file of Julia's: [`jld2`](super::jld2) or [`bson`](super::bson).
pub struct JuliaFile {
    format: &'static str,
    metadata: BTreeMap<String, String>,
    values: Value,
    entries: Vec<TensorEntry>,
    model_names: Vec<Option<String>>,
    loads: Vec<Load>,
    refusals: Vec<(String, Error)>,
}

impl TensorFile for JuliaFile {
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

    /// Places in lists count from 0 there.
    fn model_names(&self) -> Option<&[Option<String>]> {
        Some(&self.model_names)
    }

    fn refusals(&self) -> &[(String, Error)] {
        &self.refusals
    }

    fn read(&self, index: usize) -> Result<TensorData> {
        let (Some(entry), Some(load)) = (self.entries.get(index), self.loads.get(index)) else {
            return Err(Error::argument(alloc::format!("tensor {index} of {}", self.entries.len())));
        };
        load(entry).and_then(|columns| columns.into_rows(entry)).map_err(|error| error.in_tensor(&entry.name))
    }
}

/// A tree being built: where in it the reader is, and the tensors met so far.
pub(crate) struct Tree {
    budget: Budget,
    /// The dotted name of the place.
    path: String,
    depth: u64,
    names: BTreeSet<String>,
    entries: Vec<TensorEntry>,
    loads: Vec<Load>,
    refusals: Vec<(String, Error)>,
}

/// Bytes that a node of the tree takes beside its path: charged, because a small file can refer to one value from many places.
const NODE_BYTES: u64 = 128;

impl Tree {
    pub(crate) fn new(budget: &Budget) -> Self {
        Self {
            budget: budget.clone(),
            path: String::new(),
            depth: 0,
            names: BTreeSet::new(),
            entries: Vec::new(),
            loads: Vec::new(),
            refusals: Vec::new(),
        }
    }

    /// Goes to the child that `step` names.
    pub(crate) fn enter(&mut self, step: &str) -> Result<Above> {
        self.budget.check_name(step.len() as u64)?;
        self.budget.check_depth(self.depth + 1)?;
        let above = Above(self.path.len());
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(step);
        self.depth += 1;
        self.budget.charge_expanded(NODE_BYTES + self.path.len() as u64)?;
        Ok(above)
    }

    /// Goes back to where `enter` was called.
    pub(crate) fn leave(&mut self, above: Above) {
        self.path.truncate(above.0);
        self.depth -= 1;
    }

    /// A tensor at this place; places of the same `storage` share their bytes.
    pub(crate) fn tensor(&mut self, dtype: DType, shape: Shape, storage: Option<u64>, load: Load) -> Result<Value> {
        self.budget.check_tensors(self.entries.len() as u64 + 1)?;
        // Two keys can spell the same dotted name, and only one could be found by it.
        if !self.names.insert(self.path.clone()) {
            return Err(Error::corrupt("two values have this name").in_tensor(&self.path));
        }
        self.entries.push(TensorEntry { name: self.path.clone(), dtype, shape, param_id: None, storage });
        self.loads.push(load);
        Ok(Value::Tensor(self.entries.len() - 1))
    }

    /// Notes that the value at this place is not given, and gives nothing in its place.
    pub(crate) fn refuse(&mut self, error: Error) -> Value {
        self.refusals.push((self.path.clone(), error));
        Value::Null
    }

    /// The file with all that was met.
    pub(crate) fn finish(self, format: &'static str, metadata: BTreeMap<String, String>, values: Value) -> JuliaFile {
        let Self { entries, loads, refusals, .. } = self;
        let mut counted = BTreeMap::new();
        count_from_zero(&values, "", "", &mut counted);
        let model_names = entries.iter().map(|entry| counted.remove(&entry.name)).collect();
        JuliaFile { format, metadata, values, entries, model_names, loads, refusals }
    }
}

/// Notes the name of every value of a tree with places in lists counted from 0, by the one that counts from 1. The tree is as deep as the
/// reader was, which was bounded.
fn count_from_zero(value: &Value, julia: &str, ours: &str, names: &mut BTreeMap<String, String>) {
    match value {
        Value::List(items) => {
            for (i, item) in items.iter().enumerate() {
                let (from_one, from_zero) = ((i + 1).to_string(), i.to_string());
                count_from_zero(item, &join(julia, &from_one), &join(ours, &from_zero), names);
            }
        }
        Value::Map(entries) | Value::Object { fields: entries, .. } => {
            for (name, entry) in entries {
                count_from_zero(entry, &join(julia, name), &join(ours, name), names);
            }
        }
        _ => _ = names.insert(julia.to_string(), ours.to_string()),
    }
}

/// The place to go back to.
#[derive(Clone, Copy)]
pub(crate) struct Above(usize);

/// The type's name without its modules: `Dense` of `Flux.Dense`.
pub(crate) fn short_name(class: &str) -> &str {
    class.rsplit('.').next().unwrap_or(class)
}

/// The value of a type without data.
pub(crate) fn singleton(class: &str) -> Value {
    match short_name(class) {
        "Nothing" => Value::Null,
        "Tuple" | "NTuple" => Value::List(Vec::new()),
        "NamedTuple" => Value::Map(Vec::new()),
        _ => Value::Object { class: class.into(), fields: Vec::new() },
    }
}

/// What the named parts of a value are together: a tuple's a list, a named tuple's a map, a struct's an object. Without a class, parts
/// that are counted from 1 are a tuple's.
pub(crate) fn assembled(class: Option<&str>, parts: Vec<(String, Value)>) -> Value {
    let counted = || parts.iter().enumerate().all(|(i, (name, _))| name.parse() == Ok(i + 1));
    match class.map(short_name) {
        Some("Tuple" | "NTuple") | None if counted() => {
            Value::List(parts.into_iter().map(|(_, value)| value).collect())
        }
        Some("Tuple" | "NTuple" | "NamedTuple") | None => Value::Map(parts),
        Some(_) => Value::Object { class: class.unwrap_or_default().into(), fields: parts },
    }
}
