//! From the graph of a pickle to a tree of attributes.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::global::{Global, MASKED_ARRAY};
use super::joblib::{Behind, wrapped};
use super::tree::{Attribute, Estimator};
use crate::bytes::Bytes;
use crate::error::{Error, Result};
use crate::format::pickle::numpy::{Code, NumpyGlobal, Parts};
use crate::format::pickle::{Graph, Node, NodeId, Pickle, number};
use crate::limits::Budget;
use crate::source::{Source, read_vec};

/// What is the same for all pickles of a file.
pub(super) struct File<'a> {
    /// What the pickles are in: long byte strings are still there.
    pub(super) source: &'a Arc<dyn Source>,
    /// Whether arrays may share its bytes.
    pub(super) share: bool,
    /// What joblib keeps behind the wrappers of the outer pickle.
    pub(super) behind: &'a BTreeMap<NodeId, Behind>,
    /// The pickles among it.
    pub(super) pickles: &'a [Pickle<Global>],
    pub(super) budget: &'a Budget,
}

/// Goes through a graph from its root. Depth is bounded, and going through a shared part again is charged: a short pickle can write a
/// tree that has no end for all that matters.
pub(super) struct Walk<'a> {
    pub(super) file: &'a File<'a>,
    pub(super) graph: &'a Graph<Global>,
    /// The pickle's place in [`File::pickles`]; `None` for the outer one.
    pickle: Option<usize>,
    /// The path of where the walk is.
    path: String,
    seen: Vec<bool>,
    /// The nodes that the walk is inside of.
    open: Vec<NodeId>,
    /// Levels that outer pickles are deep.
    outer_depth: u64,
    /// Byte strings of the graph that arrays were made of, so that none is copied twice.
    pub(super) copied: BTreeMap<NodeId, Bytes>,
}

/// The tree of the pickle that `root` is the root of.
pub(super) fn tree(file: &File<'_>, graph: &Graph<Global>, root: NodeId) -> Result<Attribute> {
    let value = Walk::new(file, graph, None, String::new(), 0).value(root)?;
    match value {
        Attribute::Global(name) => {
            Err(Error::refused(format!("`{name}` is a class or a function and no value: nothing is in the file")))
        }
        value => Ok(value),
    }
}

impl<'a> Walk<'a> {
    fn new(
        file: &'a File<'a>,
        graph: &'a Graph<Global>,
        pickle: Option<usize>,
        path: String,
        outer_depth: u64,
    ) -> Self {
        let (seen, open, copied) = (vec![false; graph.len()], Vec::new(), BTreeMap::new());
        Self { file, graph, pickle, path, seen, open, outer_depth, copied }
    }

    /// A number for the array at `id` that no other array of the file has.
    pub(super) fn storage(&self, id: NodeId) -> u64 {
        let before = match self.pickle {
            None => 0,
            // Each pickle has fewer nodes than that.
            Some(place) => (place as u64 + 1) << 32,
        };
        before + id.index() as u64
    }

    /// What is at `id`.
    pub(super) fn value(&mut self, id: NodeId) -> Result<Attribute> {
        let again = core::mem::replace(&mut self.seen[id.index()], true);
        if again {
            let text = match self.graph.node(id) {
                Node::Str(text) => text.len(),
                Node::Bytes(bytes) => bytes.len(),
                _ => 0,
            };
            self.file.budget.charge_expanded((size_of::<Attribute>() + text) as u64)?;
        }
        if self.open.contains(&id) {
            return match self.graph.node(id) {
                Node::Object { .. } | Node::Call { .. } => {
                    Ok(Attribute::Refused("an object that holds itself: it is read where it begins".into()))
                }
                _ => Err(self.here(Error::corrupt(format!("{} that holds itself", self.graph.type_name(id))))),
            };
        }
        self.open.push(id);
        self.file.budget.check_depth(self.outer_depth + self.open.len() as u64)?;
        let value = self.value_of(id);
        self.open.pop();
        // Who makes a model of the tree copies an array as often as it is named.
        if let (true, Ok(Attribute::Array(array))) = (again, &value) {
            let len = array.dtype().byte_len(array.shape().num_elements()).unwrap_or(usize::MAX);
            self.file.budget.charge_expanded(len as u64)?;
        }
        value
    }

    fn value_of(&mut self, id: NodeId) -> Result<Attribute> {
        let graph = self.graph;
        Ok(match graph.node(id) {
            Node::None => Attribute::None,
            Node::Bool(value) => Attribute::Bool(value),
            Node::Int(value) => Attribute::Int(value),
            Node::BigInt(bytes) => match number::to_decimal(bytes) {
                Some(decimal) => Attribute::BigInt(decimal),
                None => Attribute::Refused("an integer of thousands of digits".into()),
            },
            Node::Float(value) => Attribute::Float(value),
            Node::Complex(re, im) => Attribute::Complex(re, im),
            Node::Str(text) => Attribute::Text(text.to_string()),
            Node::Bytes(bytes) => Attribute::Bytes(bytes.to_vec()),
            Node::Blob(range) => Attribute::Bytes(self.blob(range)?),
            Node::Tuple(items) => Attribute::Tuple(self.items(items)?),
            Node::List(items) => Attribute::List(self.items(items)?),
            Node::Set(items) => Attribute::Set(self.items(items)?),
            Node::Dict { entries, .. } => Attribute::Dict(self.entries(entries)?),
            Node::Builtin(builtin) => Attribute::Global(builtin.name().into()),
            Node::Global(global) => Attribute::Global(global.name().into()),
            Node::Unknown(name) => Attribute::Global(name.to_string()),
            Node::Object { class, state, slots } => {
                let class = self.class_name(class);
                let mut attributes = Vec::new();
                for part in [state, slots].into_iter().flatten() {
                    attributes.extend(self.attributes(part)?);
                }
                self.estimator(class, attributes)?
            }
            Node::Persistent(_) => return Err(self.here(Error::refused("an object that is not in the file"))),
            Node::Call { function, args, state } => {
                let args = graph.tuple(args).unwrap_or_default();
                self.call(id, function, args, state)?
            }
        })
    }

    /// What a global that is known makes of its arguments and a state.
    fn call(&mut self, id: NodeId, function: Global, args: &'a [NodeId], state: Option<NodeId>) -> Result<Attribute> {
        match function {
            Global::Numpy(NumpyGlobal::DType) => {
                let code = Code::find(self.graph, id, Global::numpy).map_err(|error| self.here(error))?;
                let attributes = vec![("str".into(), Attribute::Text(code.text()))];
                self.estimator(function.name().into(), attributes)
            }
            Global::Numpy(_) => {
                let parts = Parts::find(self.graph, id, Global::numpy).map_err(|error| self.here(error))?;
                let parts = parts.ok_or_else(|| self.here(Error::corrupt("an array of NumPy is malformed")))?;
                self.array(id, &parts, None)
            }
            Global::JoblibArray => {
                let Some((parts, _)) = wrapped(self.graph, id).map_err(|error| self.here(error))? else {
                    return Err(self.here(Error::corrupt("an array of joblib without its state")));
                };
                match self.file.behind.get(&id) {
                    Some(Behind::Bytes(start)) => self.array(id, &parts, Some(*start)),
                    Some(Behind::Pickle(place)) => self.pickle(*place),
                    None => Err(self.here(Error::corrupt("an array of joblib without its bytes"))),
                }
            }
            Global::JoblibFile => {
                Ok(Attribute::Refused("an array that joblib before 0.10 kept in a file of its own".into()))
            }
            Global::MaskedArray => self.masked(id, state),
            Global::Tree => self.decision_tree(args, state),
            Global::Maker => {
                let Some((&class, args)) = args.split_first() else {
                    return Err(self.here(Error::corrupt("an object of no class is made")));
                };
                let class = self.class_name(class);
                self.made(class, args, state)
            }
            Global::Class(class) => self.made(class.into(), args, state),
        }
    }

    /// An object that was made with arguments.
    fn made(&mut self, class: String, args: &[NodeId], state: Option<NodeId>) -> Result<Attribute> {
        let mut attributes = Vec::new();
        if !args.is_empty() {
            attributes.push(("args".into(), Attribute::Tuple(self.inside("args", |walk| walk.items(args))?)));
        }
        match state {
            Some(state) if self.graph.entries(state).is_some() => attributes.extend(self.attributes(state)?),
            Some(state) => attributes.push(("state".into(), self.inside("state", |walk| walk.value(state))?)),
            None => {}
        }
        self.estimator(class, attributes)
    }

    /// An array with a mask: the state of an array, then the mask and what stands in for masked elements.
    fn masked(&mut self, id: NodeId, state: Option<NodeId>) -> Result<Attribute> {
        let malformed = || Error::corrupt("an array with a mask is malformed");
        let state = state.and_then(|state| self.graph.tuple(state)).unwrap_or_default();
        let parts = Parts::of_state(self.graph, state).map_err(|error| self.here(error))?;
        let &[.., mask, fill] = state else { return Err(self.here(malformed())) };
        let data = self.inside("data", |walk| walk.array(id, &parts, None))?;
        let shape = parts.shape(self.graph)?;
        let mask = self.inside("mask", |walk| walk.bools(mask, shape, parts.fortran))?;
        let fill = self.inside("fill_value", |walk| walk.value(fill))?;
        let attributes = vec![("data".into(), data), ("mask".into(), mask), ("fill_value".into(), fill)];
        self.estimator(MASKED_ARRAY.into(), attributes)
    }

    /// What joblib's pickle of an array of objects holds.
    fn pickle(&mut self, place: usize) -> Result<Attribute> {
        let Some(pickle) = self.file.pickles.get(place) else {
            return Err(self.here(Error::corrupt("an array of joblib without its pickle")));
        };
        let depth = self.outer_depth + self.open.len() as u64;
        Walk::new(self.file, &pickle.graph, Some(place), self.path.clone(), depth).value(pickle.root)
    }

    fn class_name(&self, class: NodeId) -> String {
        match self.graph.node(class) {
            Node::Unknown(name) | Node::Str(name) => name.to_string(),
            Node::Builtin(builtin) => builtin.name().into(),
            Node::Global(global) => global.name().into(),
            _ => "object".into(),
        }
    }

    /// An object, its attributes checked to have a name each.
    pub(super) fn estimator(&self, class: String, attributes: Vec<(String, Attribute)>) -> Result<Attribute> {
        let mut names: Vec<&str> = attributes.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if let Some([name, ..]) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(self.here(Error::corrupt(format!("an object has the attribute `{name}` twice"))));
        }
        Ok(Attribute::Estimator(Estimator { class, attributes }))
    }

    /// The entries of the dict that an object was given as its state.
    pub(super) fn attributes(&mut self, state: NodeId) -> Result<Vec<(String, Attribute)>> {
        let entries = self.graph.entries(state).unwrap_or_default();
        self.file.budget.charge_objects(entries.len() as u64)?;
        let mut attributes = Vec::new();
        for &(key, value) in entries {
            let Some(name) = self.graph.text(key) else {
                return Err(self.here(Error::corrupt("the name of an attribute is no text")));
            };
            attributes.push((name.into(), self.inside(name, |walk| walk.value(value))?));
        }
        Ok(attributes)
    }

    pub(super) fn items(&mut self, items: &[NodeId]) -> Result<Vec<Attribute>> {
        let mut values = Vec::with_capacity(items.len());
        for (place, &item) in items.iter().enumerate() {
            values.push(self.inside(&place.to_string(), |walk| walk.value(item))?);
        }
        Ok(values)
    }

    fn entries(&mut self, entries: &[(NodeId, NodeId)]) -> Result<Vec<(Attribute, Attribute)>> {
        let mut pairs = Vec::with_capacity(entries.len());
        for &(key, value) in entries {
            let name = self.graph.key_text(key, self.file.budget).map_err(|error| self.here(error))?;
            let name = name.unwrap_or_else(|| "?".into());
            let key = self.inside(&name, |walk| walk.value(key))?;
            pairs.push((key, self.inside(&name, |walk| walk.value(value))?));
        }
        Ok(pairs)
    }

    /// Goes one step further down.
    pub(super) fn inside<T>(&mut self, step: &str, go: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let outer = self.path.len();
        if outer > 0 {
            self.path.push('.');
        }
        self.path.push_str(step);
        let value = self.file.budget.check_name(self.path.len() as u64).and_then(|()| go(self));
        self.path.truncate(outer);
        value
    }

    pub(super) fn blob(&self, range: &Range<u64>) -> Result<Vec<u8>> {
        // Each time: a blob may be named many times over.
        self.file.budget.charge_expanded(range.end - range.start)?;
        read_vec(self.file.source, range.start, range.end - range.start)
    }

    /// The error, at the path where the walk is.
    pub(super) fn here(&self, error: Error) -> Error {
        if self.path.is_empty() { error } else { error.in_tensor(&self.path) }
    }
}
