//! What the graph of a pickle says: tensors by dotted names, and the values beside them.

mod dense;
mod module;

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use self::module::Module;
use super::global::{Global, dtype_name};
use super::storage::Storages;
use super::view::View;
use crate::bytes::Bytes;
use crate::error::{Error, Result};
use crate::format::TensorEntry;
use crate::format::pickle::numpy::NumpyGlobal;
use crate::format::pickle::{Graph, Node, NodeId, number};
use crate::limits::Budget;
use crate::source::{Source, read_vec};
use crate::value::Value;

/// Where the bytes are that a tensor views.
#[derive(Debug)]
pub(super) enum Origin {
    /// In a storage, by its place in [`Storages::list`].
    Storage(usize),
    /// In the pickle.
    Pickle(Box<PickledArray>),
}

/// The elements of an array of NumPy.
#[derive(Debug)]
pub(super) struct PickledArray {
    pub(super) bytes: Bytes,
    pub(super) big_endian: bool,
}

/// Where the bytes of a tensor of the listing are. Few tensors are anything but their bytes in order: only those keep their view.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) origin: Origin,
    /// Where in the origin.
    pub(super) span: Range<u64>,
    view: Option<Box<View>>,
}

impl Placed {
    fn new(origin: Origin, view: View) -> Self {
        let span = view.span();
        Self { origin, span, view: (!view.is_plain()).then(|| Box::new(view)) }
    }

    /// Whether the bytes at the span are the tensor's, as they are.
    pub(super) fn is_plain(&self) -> bool {
        self.view.is_none()
    }

    /// The view that the tensor of `entry`, which this is the place of, is of the bytes.
    pub(super) fn view(&self, entry: &TensorEntry) -> Cow<'_, View> {
        match &self.view {
            Some(view) => Cow::Borrowed(view),
            None => Cow::Owned(View::whole(entry.dtype, entry.shape.clone(), false, self.span.clone())),
        }
    }
}

/// All that was found in the pickles of a file.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) entries: Vec<TensorEntry>,
    /// As many as entries.
    pub(super) placed: Vec<Placed>,
    pub(super) refusals: Vec<(String, Error)>,
}

/// Tensors that a persistent id may stand for, other than those of a storage.
pub(super) trait Persistent {
    /// What the persistent id at `id` is: where its bytes are, and which of them are the tensor.
    fn tensor(&self, graph: &Graph<Global>, id: NodeId) -> Result<Found>;

    /// The storages.
    fn storages(&mut self) -> &mut Storages;
}

/// A tensor that was found, or the reason why it is refused.
pub(super) enum Found {
    Tensor(Origin, View),
    Refused(Error),
}

/// Goes through a graph from its root. Depth is bounded, and going through a shared part again is charged: a short pickle can
/// write a tree that has no end for all that matters.
pub(super) struct Walk<'a, P> {
    pub(super) graph: &'a Graph<Global>,
    /// What the pickle was read from: long byte strings are still there.
    pub(super) source: &'a dyn Source,
    pub(super) persistent: &'a mut P,
    pub(super) listing: &'a mut Listing,
    pub(super) budget: &'a Budget,
    /// The dotted name of where the walk is; `None` at the root.
    pub(super) path: Option<String>,
    seen: Vec<bool>,
    /// The nodes that the walk is inside of.
    open: Vec<NodeId>,
}

impl<'a, P: Persistent> Walk<'a, P> {
    pub(super) fn new(
        graph: &'a Graph<Global>,
        source: &'a dyn Source,
        persistent: &'a mut P,
        listing: &'a mut Listing,
        budget: &'a Budget,
    ) -> Self {
        let seen = vec![false; graph.len()];
        // Nearly all tensors have a storage of their own.
        let tensors = persistent.storages().list().len();
        listing.entries.reserve(tensors);
        listing.placed.reserve(tensors);
        Self { graph, source, persistent, listing, budget, path: None, seen, open: Vec::new() }
    }

    /// The value at `id`; its tensors go into the listing, under names that start with the path.
    pub(super) fn value(&mut self, id: NodeId) -> Result<Value> {
        if core::mem::replace(&mut self.seen[id.index()], true) {
            let text = match self.graph.node(id) {
                Node::Str(text) => text.len(),
                Node::Bytes(bytes) => bytes.len(),
                _ => 0,
            };
            self.budget.charge_expanded((size_of::<Value>() + text) as u64)?;
        }
        if self.open.contains(&id) {
            return self.cycle(id);
        }
        self.open.push(id);
        self.budget.check_depth(self.open.len() as u64)?;
        let value = self.value_of(id);
        self.open.pop();
        value
    }

    fn value_of(&mut self, id: NodeId) -> Result<Value> {
        let graph = self.graph;
        Ok(match graph.node(id) {
            Node::None => Value::Null,
            Node::Bool(b) => Value::Bool(b),
            Node::Int(n) => Value::Int(n),
            Node::BigInt(bytes) => match number::to_decimal(bytes) {
                Some(decimal) => decimal.parse().map_or_else(
                    |_| object("builtins.int", vec![("decimal".into(), Value::Str(decimal.clone()))]),
                    Value::UInt,
                ),
                None => self.refuse(Error::refused("an integer of thousands of digits"))?,
            },
            Node::Float(x) => Value::Float(x),
            Node::Complex(re, im) => complex(re, im),
            Node::Str(text) => Value::Str(text.to_string()),
            Node::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
            Node::Blob(range) => Value::Bytes(self.blob(range)?),
            Node::Tuple(items) | Node::List(items) | Node::Set(items) => self.list(items)?,
            Node::Dict { entries, attributes } => {
                let mut fields = self.fields(entries)?;
                let attributes = attributes.and_then(|attributes| graph.entries(attributes)).unwrap_or_default();
                self.budget.charge_objects(attributes.len() as u64)?;
                let metadata = attributes.iter().find(|&&(key, _)| graph.text(key) == Some(METADATA));
                if let Some(&(_, metadata)) = metadata
                    && !fields.iter().any(|(name, _)| name == METADATA)
                {
                    fields.push((METADATA.into(), self.inside(METADATA, metadata)?));
                }
                Value::Map(fields)
            }
            Node::Unknown(name) => self.named(name)?,
            Node::Builtin(builtin) => self.named(builtin.name())?,
            Node::Global(Global::DType(dtype)) => Value::Str(format!("torch.{}", dtype_name(dtype))),
            Node::Global(global) => self.named(&format!("{global:?}"))?,
            Node::Object { class, state, slots } => {
                let class = match graph.node(class) {
                    Node::Unknown(class) => class,
                    _ => "object",
                };
                let mut fields = match state {
                    Some(state) => self.state(state)?,
                    None => Vec::new(),
                };
                if let Some(slots) = slots {
                    fields.extend(self.fields(graph.entries(slots).unwrap_or_default())?);
                }
                object(class, fields)
            }
            Node::Persistent(key) => {
                let found = self.persistent.tensor(graph, key).map_err(|error| self.here(error))?;
                self.found(found)?
            }
            Node::Call { function, args, .. } => self.call(id, function, args)?,
        })
    }

    fn list(&mut self, items: &[NodeId]) -> Result<Value> {
        let mut values = Vec::new();
        for (index, &item) in items.iter().enumerate() {
            values.push(self.inside(&index.to_string(), item)?);
        }
        Ok(Value::List(values))
    }

    /// The entries of a dict; keys that are no text are written as Python shows them.
    fn fields(&mut self, entries: &[(NodeId, NodeId)]) -> Result<Vec<(String, Value)>> {
        // Not each entry is gone into, and shared dicts are gone through again.
        self.budget.charge_objects(entries.len() as u64)?;
        let mut fields = Vec::with_capacity(entries.len());
        // Keys of other types than text can be written alike: `1` and `'1'`.
        let all_text = entries.iter().all(|&(key, _)| self.graph.text(key).is_some());
        let mut written = BTreeSet::new();
        for &(key, value) in entries {
            let Some(name) = self.graph.key_text(key, self.budget).map_err(|error| self.here(error))? else {
                let what = format!("a value whose key is {}, which is no name", self.graph.type_name(key));
                self.refuse(Error::refused(what))?;
                continue;
            };
            if !all_text && !written.insert(name.clone()) {
                self.refuse(Error::refused(format!("a second key that is written `{name}`")))?;
                continue;
            }
            let value = self.inside(&name, value)?;
            fields.push((name, value));
        }
        Ok(fields)
    }

    /// The attributes of an object.
    fn state(&mut self, state: NodeId) -> Result<Vec<(String, Value)>> {
        let entries = self.graph.entries(state).unwrap_or_default();
        self.budget.charge_objects(entries.len() as u64)?;
        match Module::of(self.graph, state) {
            Some(module) => self.module(&module),
            None => self.fields(entries),
        }
    }

    /// A call of a global that is known.
    fn call(&mut self, id: NodeId, function: Global, args: NodeId) -> Result<Value> {
        let graph = self.graph;
        let arguments = graph.tuple(args).unwrap_or_default();
        let malformed = || Error::corrupt(format!("{function:?} has wrong arguments"));
        match (function, arguments) {
            (Global::Tensor | Global::TensorV2 | Global::TensorV3, _) => {
                let found = self.tensor(function, arguments).map_err(|error| self.here(error))?;
                self.found(found)
            }
            (Global::Parameter | Global::First, [first, ..]) => self.value(*first),
            (Global::FromType, &[function, _class, args, ..]) => match graph.node(function) {
                // What a tensor subclass adds is Python's; its data is the tensor's.
                Node::Global(function) if function != Global::FromType => self.call(id, function, args),
                _ => Err(self.here(malformed())),
            },
            (Global::ToDevice, &[data, dtype, ..]) => {
                let value = self.value(data)?;
                if let (Value::Tensor(index), Node::Global(Global::DType(dtype))) = (&value, graph.node(dtype))
                    && self.listing.entries.get(*index).is_some_and(|entry| entry.dtype == dtype)
                {
                    return Ok(value);
                }
                if let Value::Tensor(_) = value {
                    self.listing.entries.pop();
                    self.listing.placed.pop();
                }
                self.refuse(Error::refused("a tensor that is kept in one dtype and used in another"))
            }
            (Global::NotDense(what), _) => {
                self.refuse(Error::refused(format!("{}: only dense tensors are read", what.name())))
            }
            (Global::Size, &[axes]) => self.value(axes),
            (Global::Layout, &[name]) => self.value(name),
            (Global::Device, &[kind]) => self.value(kind),
            (Global::Device, &[kind, index]) => match (graph.text(kind), graph.int(index)) {
                (Some(kind), Some(index)) => Ok(Value::Str(format!("{kind}:{index}"))),
                _ => Err(self.here(malformed())),
            },
            (Global::Numpy(NumpyGlobal::DType), _) => match arguments.first().and_then(|&name| graph.text(name)) {
                Some(name) => Ok(Value::Str(format!("numpy.{name}"))),
                None => Err(self.here(malformed())),
            },
            (Global::Numpy(global), _) => self.array(id, global),
            _ => Err(self.here(malformed())),
        }
    }

    /// Puts a tensor into the listing under the name of the path.
    fn found(&mut self, found: Found) -> Result<Value> {
        let (origin, view) = match found {
            Found::Refused(error) => return self.refuse(error),
            Found::Tensor(origin, view) => (origin, view),
        };
        let index = self.listing.entries.len();
        self.budget.check_tensors(index as u64 + 1)?;
        let storage = match origin {
            Origin::Storage(place) => {
                let charged = self.persistent.storages().charge(place, view.byte_len(), self.budget);
                charged.map_err(|error| self.here(error))?;
                Some(place as u64)
            }
            Origin::Pickle(_) => None,
        };
        let name = self.path.clone().unwrap_or_default();
        self.budget.charge_expanded(name.len() as u64)?;
        let (dtype, shape) = (view.dtype, view.shape.clone());
        self.listing.entries.push(TensorEntry { name, dtype, shape, param_id: None, storage });
        self.listing.placed.push(Placed::new(origin, view));
        Ok(Value::Tensor(index))
    }

    /// The value at `id`, one step further down.
    fn inside(&mut self, step: &str, id: NodeId) -> Result<Value> {
        let outer = self.path.as_ref().map(String::len);
        match &mut self.path {
            Some(path) => {
                path.push('.');
                path.push_str(step);
            }
            None => self.path = Some(step.into()),
        }
        let len = self.path.as_ref().map_or(0, String::len);
        let value = self.budget.check_name(len as u64).and_then(|()| self.value(id));
        match (outer, &mut self.path) {
            (Some(outer), Some(path)) => path.truncate(outer),
            _ => self.path = None,
        }
        value
    }

    fn blob(&self, range: &Range<u64>) -> Result<Vec<u8>> {
        // Each time: a blob may be named many times over.
        self.budget.charge_expanded(range.end - range.start)?;
        read_vec(self.source, range.start, range.end - range.start)
    }

    /// A part that holds itself. An object that does is a back reference of a model; a list or a dict has no end.
    fn cycle(&mut self, id: NodeId) -> Result<Value> {
        match self.graph.node(id) {
            Node::Object { .. } => {
                self.refuse(Error::refused("an object that holds itself: it is read where it begins"))
            }
            _ => Err(self.here(Error::corrupt(format!("{} that holds itself", self.graph.type_name(id))))),
        }
    }

    /// A class or a function where a value should be. It does nothing, and there is nothing to read: as all of a file, it is none.
    fn named(&mut self, name: &str) -> Result<Value> {
        let error = Error::refused(format!("`{name}` is a class or a function and no value"));
        if self.path.is_none() { Err(error) } else { self.refuse(error) }
    }

    /// Puts a reason into the listing why there is nothing to read at the path.
    fn refuse(&mut self, error: Error) -> Result<Value> {
        let name = self.path.clone().unwrap_or_default();
        self.budget.charge_expanded(name.len() as u64)?;
        self.listing.refusals.push((name.clone(), error.in_tensor(name)));
        Ok(Value::Null)
    }

    fn here(&self, error: Error) -> Error {
        match &self.path {
            Some(path) => error.in_tensor(path),
            None => error,
        }
    }
}

/// The attribute in which a state dict keeps the versions of its modules.
const METADATA: &str = "_metadata";

fn complex(real: f64, imag: f64) -> Value {
    object("builtins.complex", vec![("real".into(), Value::Float(real)), ("imag".into(), Value::Float(imag))])
}

fn object(class: &str, fields: Vec<(String, Value)>) -> Value {
    Value::Object { class: class.into(), fields }
}
