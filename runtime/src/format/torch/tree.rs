//! What the graph of a pickle says: tensors by dotted names, and the values beside them.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::global::{Global, dtype_name};
use super::storage::Storages;
use super::view::View;
use crate::bytes::Bytes;
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, ErrorKind, Result};
use crate::format::TensorEntry;
use crate::format::pickle::numpy::{Array, NumpyGlobal};
use crate::format::pickle::{Graph, Node, NodeId, number};
use crate::limits::Budget;
use crate::source::{Source, read_vec};
use crate::value::Value;

/// Where the bytes are that a tensor views.
#[derive(Debug)]
pub(super) enum Origin {
    /// In a storage, by its place in [`Storages::list`].
    Storage(usize),
    /// In the pickle: an array of NumPy.
    Pickle { bytes: Bytes, big_endian: bool },
}

/// All that was found in the pickles of a file.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) entries: Vec<TensorEntry>,
    /// As many as entries.
    pub(super) views: Vec<(Origin, View)>,
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
            Node::Bool(b) => Value::Bool(*b),
            Node::Int(n) => Value::Int(*n),
            Node::BigInt(bytes) => match number::to_decimal(bytes) {
                Some(decimal) => decimal.parse().map_or_else(
                    |_| object("builtins.int", vec![("decimal".into(), Value::Str(decimal.clone()))]),
                    Value::UInt,
                ),
                None => self.refuse(Error::refused("an integer of thousands of digits"))?,
            },
            Node::Float(x) => Value::Float(*x),
            Node::Complex(re, im) => {
                let fields = vec![("real".into(), Value::Float(*re)), ("imag".into(), Value::Float(*im))];
                object("builtins.complex", fields)
            }
            Node::Str(text) => Value::Str(text.to_string()),
            Node::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
            Node::Blob(range) => Value::Bytes(self.blob(range)?),
            Node::Tuple(items) => self.list(items)?,
            Node::List(items) | Node::Set(items) => self.list(items)?,
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
            Node::Global(Global::DType(dtype)) => Value::Str(format!("torch.{}", dtype_name(*dtype))),
            Node::Global(global) => self.named(&format!("{global:?}"))?,
            Node::Object { class, state, slots } => {
                let class = match graph.node(*class) {
                    Node::Unknown(class) => class,
                    _ => "object",
                };
                let mut fields = match state {
                    Some(state) => self.state(*state)?,
                    None => Vec::new(),
                };
                if let Some(slots) = slots {
                    fields.extend(self.fields(graph.entries(*slots).unwrap_or_default())?);
                }
                object(class, fields)
            }
            Node::Persistent(key) => {
                let found = self.persistent.tensor(graph, *key).map_err(|error| self.here(error))?;
                self.found(found)?
            }
            Node::Call { function, args, .. } => self.call(id, *function, *args)?,
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
        let mut fields = Vec::new();
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

    /// A `torch.nn.Module`: its parameters and buffers under the names that `state_dict()` gives them, and its attributes. What
    /// starts with an underscore is PyTorch's own, and buffers that are not persistent are left out as `state_dict()` does.
    fn module(&mut self, module: &Module) -> Result<Vec<(String, Value)>> {
        let graph = self.graph;
        let mut fields = Vec::new();
        for &(key, value) in module.state {
            if let Some(name) = graph.text(key)
                && !name.starts_with('_')
            {
                // Such as an activation: which one it is says nothing of the weights, and it is not run.
                let value = match graph.node(value) {
                    Node::Unknown(function) => object(function, Vec::new()),
                    _ => self.inside(name, value)?,
                };
                fields.push((name.into(), value));
            }
        }
        let parts = [module.parameters, module.buffers, module.modules];
        let count = parts.iter().map(|part| part.len()).sum::<usize>() + module.transient.len();
        self.budget.charge_objects(count as u64)?;
        let transient: BTreeSet<&str> = module.transient.iter().filter_map(|&name| graph.text(name)).collect();
        for (key, value) in parts.into_iter().flatten().copied() {
            let name = graph.text(key).ok_or_else(|| self.here(Error::corrupt("a part of a module has no name")))?;
            if !transient.contains(name) {
                fields.push((name.into(), self.inside(name, value)?));
            }
        }
        Ok(fields)
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
            (Global::FromType, &[function, _class, args, ..]) => match *graph.node(function) {
                // What a tensor subclass adds is Python's; its data is the tensor's.
                Node::Global(function) if function != Global::FromType => self.call(id, function, args),
                _ => Err(self.here(malformed())),
            },
            (Global::ToDevice, &[data, dtype, ..]) => {
                let value = self.value(data)?;
                if let (Value::Tensor(index), Node::Global(Global::DType(dtype))) = (&value, graph.node(dtype))
                    && self.listing.entries.get(*index).is_some_and(|entry| entry.dtype == *dtype)
                {
                    return Ok(value);
                }
                if let Value::Tensor(_) = value {
                    self.listing.entries.pop();
                    self.listing.views.pop();
                }
                self.refuse(Error::refused("a tensor that is kept in one dtype and used in another"))
            }
            (Global::NotDense(what), _) => self.refuse(Error::refused(format!("{what}: only dense tensors are read"))),
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

    /// A dense tensor from the arguments of one of its three functions.
    fn tensor(&mut self, function: Global, arguments: &[NodeId]) -> Result<Found> {
        let graph = self.graph;
        let malformed = || Error::corrupt("a tensor is rebuilt from wrong arguments");
        let (&[storage, offset, size, strides], rest) = arguments.split_first_chunk::<4>().ok_or_else(malformed)?;
        let (dtype, metadata) = match (function, rest) {
            (Global::Tensor, []) | (Global::TensorV2, [_, _]) => (None, None),
            (Global::TensorV2, &[_, _, metadata]) => (None, Some(metadata)),
            (Global::TensorV3, &[_, _, dtype]) => (Some(dtype), None),
            (Global::TensorV3, &[_, _, dtype, metadata]) => (Some(dtype), Some(metadata)),
            _ => return Err(malformed()),
        };
        let Node::Persistent(id) = *graph.node(storage) else { return Err(malformed()) };
        let (origin, whole) = match self.persistent.tensor(graph, id)? {
            Found::Tensor(origin, whole) => (origin, whole),
            refused @ Found::Refused(_) => return Ok(refused),
        };
        let dtype = match dtype.map(|id| (id, graph.node(id))) {
            None => whole.dtype,
            Some((_, Node::Global(Global::DType(dtype)))) => *dtype,
            Some((id, _)) => {
                let name = graph.type_name(id);
                return Ok(Found::Refused(Error::refused(format!("elements of `{name}`, which no dtype here holds"))));
            }
        };
        let size = match *graph.node(size) {
            Node::Call { function: Global::Size, args, .. } => {
                graph.tuple(args).and_then(|args| args.first().copied()).ok_or_else(malformed)?
            }
            _ => size,
        };
        let integers = |id| -> Option<Vec<i64>> { graph.items(id)?.iter().map(|&n| graph.int(n)).collect() };
        let (size, strides) = integers(size).zip(integers(strides)).ok_or_else(malformed)?;
        let offset = graph.int(offset).ok_or_else(malformed)?;
        let mut view = View::new(dtype, &size, &strides, offset, whole.span())?;
        for &(key, flag) in metadata.and_then(|metadata| graph.entries(metadata)).unwrap_or_default() {
            match (graph.text(key), graph.node(flag)) {
                (Some("conj"), Node::Bool(flag)) if dtype.kind() == DTypeKind::Complex => view.conjugate = *flag,
                (Some("neg"), Node::Bool(flag)) if can_negate(dtype) => view.negative = *flag,
                (Some("conj" | "neg"), Node::Bool(false)) => {}
                (key, _) => {
                    let what = format!("a tensor with the property `{}`", key.unwrap_or("?"));
                    return Ok(Found::Refused(Error::refused(what)));
                }
            }
        }
        Ok(Found::Tensor(origin, view))
    }

    /// An array of NumPy becomes a tensor, a scalar a value.
    fn array(&mut self, id: NodeId, global: NumpyGlobal) -> Result<Value> {
        let array = match Array::find(self.graph, id, Global::numpy) {
            Ok(Some(array)) => array,
            Ok(None) => return self.refuse(Error::refused("a class of NumPy is only named here")),
            Err(error) if matches!(error.kind(), ErrorKind::Refused { .. }) => return self.refuse(error),
            Err(error) => return Err(self.here(error)),
        };
        let bytes = match self.graph.node(array.data) {
            Node::Bytes(bytes) => Bytes::from(bytes.to_vec()),
            Node::Blob(range) => match self.source.share(range.clone()) {
                Some(bytes) => bytes,
                None => Bytes::from(self.blob(range)?),
            },
            _ => Bytes::from_static(&[]),
        };
        let view = View::whole(array.dtype, array.shape, array.fortran, 0..Source::len(&bytes));
        if global == NumpyGlobal::Scalar {
            let scalar = view.gather(&bytes, array.big_endian)?.freeze();
            return match scalar_value(&scalar, view.dtype) {
                Some(value) => Ok(value),
                None => self.refuse(Error::refused(format!("a NumPy scalar of {}, which no value holds", view.dtype))),
            };
        }
        self.found(Found::Tensor(Origin::Pickle { bytes, big_endian: array.big_endian }, view))
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
            Origin::Pickle { .. } => None,
        };
        let name = self.path.clone().unwrap_or_default();
        self.budget.charge_expanded(name.len() as u64)?;
        let (dtype, shape) = (view.dtype, view.shape.clone());
        self.listing.entries.push(TensorEntry { name, dtype, shape, param_id: None, storage });
        self.listing.views.push((origin, view));
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

/// The state of a `torch.nn.Module`.
struct Module<'g> {
    state: &'g [(NodeId, NodeId)],
    parameters: &'g [(NodeId, NodeId)],
    buffers: &'g [(NodeId, NodeId)],
    modules: &'g [(NodeId, NodeId)],
    /// Names of the buffers that are not persistent.
    transient: &'g [NodeId],
}

impl<'g> Module<'g> {
    /// The state of a module, if the dict at `state` is one.
    fn of(graph: &'g Graph<Global>, state: NodeId) -> Option<Self> {
        let part = |name| graph.get(state, name).and_then(|id| graph.entries(id));
        Some(Self {
            state: graph.entries(state)?,
            parameters: part("_parameters")?,
            buffers: part("_buffers")?,
            modules: part("_modules")?,
            transient: graph
                .get(state, "_non_persistent_buffers_set")
                .and_then(|id| graph.items(id))
                .unwrap_or_default(),
        })
    }
}

fn object(class: &str, fields: Vec<(String, Value)>) -> Value {
    Value::Object { class: class.into(), fields }
}

/// Whether changing the sign is changing one bit, or two's complement.
fn can_negate(dtype: DType) -> bool {
    matches!(dtype, DType::F64 | DType::F32 | DType::F16 | DType::BF16 | DType::C128 | DType::C64)
        || dtype.kind() == DTypeKind::Integer
}

/// The one number that little-endian bytes hold, as a value.
fn scalar_value(bytes: &Bytes, dtype: DType) -> Option<Value> {
    let low = |len: usize| -> Option<u64> {
        let mut wide = [0; 8];
        wide.get_mut(..len)?.copy_from_slice(bytes.get(..len)?);
        Some(u64::from_le_bytes(wide))
    };
    // The number of bits is the dtype's, so that sign extension is shifting up and down again.
    let signed = |len: usize| Some(Value::Int(low(len)?.cast_signed() << (64 - 8 * len) >> (64 - 8 * len)));
    match dtype {
        DType::F64 => Some(Value::Float(f64::from_bits(low(8)?))),
        DType::F32 => Some(Value::Float(f32::from_bits(u32::try_from(low(4)?).ok()?).into())),
        DType::F16 => Some(Value::Float(half::f16::from_bits(u16::try_from(low(2)?).ok()?).into())),
        DType::Bool => Some(Value::Bool(low(1)? != 0)),
        DType::I64 | DType::I32 | DType::I16 | DType::I8 => signed(dtype.size()?),
        DType::U64 | DType::U32 | DType::U16 | DType::U8 => Some(low(dtype.size()?)?.into()),
        _ => None,
    }
}
