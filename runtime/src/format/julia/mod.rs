//! What the two formats of Julia's packages share: a tree of values whose arrays are tensors with dotted names.
//!
//! Names are the keys from the root, joined by dots; places in tuples and vectors count from 1, as Julia writes them
//! (`model_state.layers.1.weight`). Julia's arrays are column-major: their shape is kept and the bytes are turned, so that
//! `weight[i, j]` in Julia is the element `[i - 1, j - 1]` here.
//!
//! In the tree a `NamedTuple` and a `Dict` are maps, a `Tuple` and a vector of anything but numbers are lists, a struct is an object
//! of its class. `nothing` is null, `()` an empty list, `missing` and other values without data (activation functions) are
//! objects without fields.

mod turn;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::format::{TensorEntry, TensorFile};
use crate::limits::Budget;
use crate::shape::Shape;
use crate::tensor::TensorData;
use crate::value::Value;

/// Reads an array's data as they lie in the file: column-major, little-endian.
pub(crate) type Load = Box<dyn Fn(&TensorEntry) -> Result<TensorData> + Send + Sync>;

/// An open file of Julia's: [`jld2`](super::jld2) or [`bson`](super::bson).
pub struct JuliaFile {
    format: &'static str,
    metadata: BTreeMap<String, String>,
    values: Value,
    entries: Vec<TensorEntry>,
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

    fn refusals(&self) -> &[(String, Error)] {
        &self.refusals
    }

    fn read(&self, index: usize) -> Result<TensorData> {
        let (Some(entry), Some(load)) = (self.entries.get(index), self.loads.get(index)) else {
            return Err(Error::argument(alloc::format!("tensor {index} of {}", self.entries.len())));
        };
        load(entry).and_then(turn::to_row_major).map_err(|error| error.in_tensor(&entry.name))
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
        JuliaFile { format, metadata, values, entries, loads, refusals }
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
