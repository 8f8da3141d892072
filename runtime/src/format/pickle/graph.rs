//! What a pickle holds, as a graph of inert nodes.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::num::NonZeroU32;
use core::ops::Range;

use super::builtin::Builtin;
use crate::error::{Error, ErrorKind, Result};

/// The place of a node in its [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(NonZeroU32);

/// A value that a pickle makes, its parts named by their places. `G` is the format's own list of globals.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node<'g, G> {
    None,
    Bool(bool),
    Int(i64),
    /// An integer past `i64`: two's complement, little-endian.
    BigInt(&'g [u8]),
    Float(f64),
    Complex(f64, f64),
    Str(&'g str),
    /// Bytes, a byte array, or a Python 2 string that is not UTF-8.
    Bytes(&'g [u8]),
    /// As [`Node::Bytes`], left where they lie in the source.
    Blob(&'g Range<u64>),
    Tuple(&'g [NodeId]),
    List(&'g [NodeId]),
    /// A set or a frozen set.
    Set(&'g [NodeId]),
    /// A dict of any of Python's own kinds, with the attributes that an `OrderedDict` may have. Keys are unique.
    Dict {
        entries: &'g [(NodeId, NodeId)],
        attributes: Option<NodeId>,
    },
    /// A global of Python's own, only named.
    Builtin(Builtin),
    /// A global that the format knows, only named.
    Global(G),
    /// A global that nobody knows, only named: `module.name`.
    Unknown(&'g str),
    /// A global of the format applied to a tuple of arguments, and the state it was given.
    Call {
        function: G,
        args: NodeId,
        state: Option<NodeId>,
    },
    /// An object of an unknown class, made without arguments: its `__dict__` and its slots are dicts.
    Object {
        class: NodeId,
        state: Option<NodeId>,
        slots: Option<NodeId>,
    },
    /// A value that is kept outside of the pickle, by its id.
    Persistent(NodeId),
}

/// A node as a graph keeps it. A file of 200 000 tensors has two million of them, nearly all of them small: what has a length lies
/// in the graph's arenas, and what is rare or grows behind a thin pointer.
#[derive(Debug)]
enum Kept<G> {
    None,
    Bool(bool),
    Int(i64),
    BigInt(Run),
    Float(f64),
    Complex(Box<(f64, f64)>),
    Str(Run),
    Bytes(Run),
    Blob(Box<Range<u64>>),
    Tuple(Run),
    List(Grown<NodeId>),
    Set(Grown<NodeId>),
    Dict { entries: Grown<(NodeId, NodeId)>, attributes: Option<NodeId> },
    Builtin(Builtin),
    Global(G),
    Unknown(Run),
    Call { function: G, args: NodeId, state: Option<NodeId> },
    Object { class: NodeId, state: Option<NodeId>, slots: Option<NodeId> },
    Persistent(NodeId),
}

/// Items that may become more after they were made. A node is as large as its largest form, so this is one pointer.
#[derive(Debug)]
#[expect(clippy::box_collection, reason = "few nodes have items, and all would take a `Vec`'s three words")]
struct Grown<T>(Option<Box<Vec<T>>>);

impl<T: Copy> Grown<T> {
    fn of(items: &[T]) -> Self {
        Self((!items.is_empty()).then(|| Box::new(items.to_vec())))
    }

    fn items(&self) -> &[T] {
        self.0.as_ref().map_or(&[], |items| items.as_slice())
    }

    fn extend(&mut self, items: impl Iterator<Item = T>) {
        self.0.get_or_insert_default().extend(items);
    }
}

/// A part of an arena.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: u32,
    end: u32,
}

impl Run {
    /// `count` behind the first `start`.
    fn behind(start: usize, count: usize) -> Result<Self> {
        let place = |place: usize| u32::try_from(place).map_err(|_| full(place));
        Ok(Self { start: place(start)?, end: place(start.saturating_add(count))? })
    }

    fn range(self) -> Range<usize> {
        // Widening: usize has 32 bits at least where std is.
        self.start as usize..self.end as usize
    }
}

fn full(needed: usize) -> Error {
    let limit = u32::MAX.into();
    Error::new(ErrorKind::Limit { setting: "max_objects", limit, allowed: limit, needed: needed as u64 })
}

/// The nodes of one pickle. Nodes name each other by place, so that sharing and cycles cost nothing and dropping does not recurse.
#[derive(Debug)]
pub(crate) struct Graph<G> {
    nodes: Vec<Kept<G>>,
    /// The parts of all tuples.
    parts: Vec<NodeId>,
    text: String,
    bytes: Vec<u8>,
}

impl NodeId {
    // The nodes that every graph starts with: they are pushed often and never change.
    pub(super) const NONE: Self = Self(NonZeroU32::MIN);
    pub(super) const TRUE: Self = Self(NonZeroU32::MIN.saturating_add(1));
    pub(super) const FALSE: Self = Self(NonZeroU32::MIN.saturating_add(2));
    pub(super) const EMPTY_TUPLE: Self = Self(NonZeroU32::MIN.saturating_add(3));

    /// The integer of a byte: axes, strides and counts are mostly small, and there are many.
    pub(super) const fn small_int(n: u8) -> Self {
        Self(NonZeroU32::MIN.saturating_add(4 + n as u32))
    }

    /// Counted from zero, for tables beside the graph.
    pub(crate) fn index(self) -> usize {
        // Widening: usize has 32 bits at least where std is.
        self.0.get() as usize - 1
    }
}

impl<G: Copy> Graph<G> {
    /// Bytes that a node takes, what it has in arenas and boxes left out.
    #[cfg(test)]
    pub(crate) const NODE_BYTES: usize = size_of::<Kept<G>>();

    pub(super) fn new() -> Self {
        let mut nodes = vec![Kept::None, Kept::Bool(true), Kept::Bool(false), Kept::Tuple(Run { start: 0, end: 0 })];
        nodes.extend((0..=u8::MAX).map(|n| Kept::Int(n.into())));
        Self { nodes, parts: Vec::new(), text: String::new(), bytes: Vec::new() }
    }

    pub(super) fn add(&mut self, node: Node<'_, G>) -> Result<NodeId> {
        let place = u32::try_from(self.nodes.len()).ok().and_then(|last| NonZeroU32::MIN.checked_add(last));
        let place = place.ok_or_else(|| full(self.nodes.len() + 1))?;
        let kept = self.keep(node)?;
        self.nodes.push(kept);
        Ok(NodeId(place))
    }

    /// Puts another node in the place of one.
    pub(super) fn replace(&mut self, id: NodeId, node: Node<'_, G>) -> Result<()> {
        self.nodes[id.index()] = self.keep(node)?;
        Ok(())
    }

    fn keep(&mut self, node: Node<'_, G>) -> Result<Kept<G>> {
        let mut put = |bytes: &[u8]| {
            let run = Run::behind(self.bytes.len(), bytes.len())?;
            self.bytes.extend_from_slice(bytes);
            Ok::<_, Error>(run)
        };
        let mut put_text = |text: &str| {
            let run = Run::behind(self.text.len(), text.len())?;
            self.text.push_str(text);
            Ok::<_, Error>(run)
        };
        Ok(match node {
            Node::None => Kept::None,
            Node::Bool(b) => Kept::Bool(b),
            Node::Int(n) => Kept::Int(n),
            Node::BigInt(bytes) => Kept::BigInt(put(bytes)?),
            Node::Float(x) => Kept::Float(x),
            Node::Complex(re, im) => Kept::Complex(Box::new((re, im))),
            Node::Str(text) => Kept::Str(put_text(text)?),
            Node::Bytes(bytes) => Kept::Bytes(put(bytes)?),
            Node::Blob(range) => Kept::Blob(Box::new(range.clone())),
            Node::Tuple(parts) => {
                let run = Run::behind(self.parts.len(), parts.len())?;
                self.parts.extend_from_slice(parts);
                Kept::Tuple(run)
            }
            Node::List(items) => Kept::List(Grown::of(items)),
            Node::Set(items) => Kept::Set(Grown::of(items)),
            Node::Dict { entries, attributes } => Kept::Dict { entries: Grown::of(entries), attributes },
            Node::Builtin(builtin) => Kept::Builtin(builtin),
            Node::Global(global) => Kept::Global(global),
            Node::Unknown(name) => Kept::Unknown(put_text(name)?),
            Node::Call { function, args, state } => Kept::Call { function, args, state },
            Node::Object { class, state, slots } => Kept::Object { class, state, slots },
            Node::Persistent(id) => Kept::Persistent(id),
        })
    }

    /// The node at `id`, which came from this graph.
    pub(crate) fn node(&self, id: NodeId) -> Node<'_, G> {
        self.shown(&self.nodes[id.index()])
    }

    fn shown<'g>(&'g self, kept: &'g Kept<G>) -> Node<'g, G> {
        match *kept {
            Kept::None => Node::None,
            Kept::Bool(b) => Node::Bool(b),
            Kept::Int(n) => Node::Int(n),
            Kept::BigInt(run) => Node::BigInt(&self.bytes[run.range()]),
            Kept::Float(x) => Node::Float(x),
            Kept::Complex(ref parts) => Node::Complex(parts.0, parts.1),
            Kept::Str(run) => Node::Str(&self.text[run.range()]),
            Kept::Bytes(run) => Node::Bytes(&self.bytes[run.range()]),
            Kept::Blob(ref range) => Node::Blob(range),
            Kept::Tuple(run) => Node::Tuple(&self.parts[run.range()]),
            Kept::List(ref list) => Node::List(list.items()),
            Kept::Set(ref set) => Node::Set(set.items()),
            Kept::Dict { ref entries, attributes } => Node::Dict { entries: entries.items(), attributes },
            Kept::Builtin(builtin) => Node::Builtin(builtin),
            Kept::Global(global) => Node::Global(global),
            Kept::Unknown(run) => Node::Unknown(&self.text[run.range()]),
            Kept::Call { function, args, state } => Node::Call { function, args, state },
            Kept::Object { class, state, slots } => Node::Object { class, state, slots },
            Kept::Persistent(id) => Node::Persistent(id),
        }
    }

    /// Appends to a list; `false` if it is none.
    pub(super) fn append(&mut self, list: NodeId, items: &[NodeId]) -> bool {
        let Kept::List(list) = &mut self.nodes[list.index()] else { return false };
        list.extend(items.iter().copied());
        true
    }

    /// Adds to a set; `false` if it is none.
    pub(super) fn add_members(&mut self, set: NodeId, members: &[NodeId]) -> bool {
        let Kept::Set(set) = &mut self.nodes[set.index()] else { return false };
        set.extend(members.iter().copied());
        true
    }

    /// Adds entries to a dict; `false` if it is none.
    pub(super) fn add_entries(&mut self, dict: NodeId, pairs: &[[NodeId; 2]]) -> bool {
        let Kept::Dict { entries, .. } = &mut self.nodes[dict.index()] else { return false };
        entries.extend(pairs.iter().map(|&[key, value]| (key, value)));
        true
    }

    /// Gives a dict its attributes; `false` if it is none, or has some.
    pub(super) fn set_attributes(&mut self, dict: NodeId, given: NodeId) -> bool {
        let Kept::Dict { attributes: attributes @ None, .. } = &mut self.nodes[dict.index()] else { return false };
        *attributes = Some(given);
        true
    }

    /// Number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The text, if this is text.
    pub(crate) fn text(&self, id: NodeId) -> Option<&str> {
        if let Node::Str(text) = self.node(id) { Some(text) } else { None }
    }

    /// The integer, if this is one that fits.
    pub(crate) fn int(&self, id: NodeId) -> Option<i64> {
        if let Node::Int(n) = self.node(id) { Some(n) } else { None }
    }

    /// The parts of a tuple.
    pub(crate) fn tuple(&self, id: NodeId) -> Option<&[NodeId]> {
        if let Node::Tuple(items) = self.node(id) { Some(items) } else { None }
    }

    /// The parts of a tuple, a list or a set.
    pub(crate) fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.node(id) {
            Node::Tuple(items) | Node::List(items) | Node::Set(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a dict.
    pub(crate) fn entries(&self, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
        if let Node::Dict { entries, .. } = self.node(id) { Some(entries) } else { None }
    }

    /// The value of a text key of a dict.
    pub(crate) fn get(&self, dict: NodeId, key: &str) -> Option<NodeId> {
        self.entries(dict)?.iter().find(|(k, _)| self.text(*k) == Some(key)).map(|&(_, value)| value)
    }

    /// What Python calls the type of a node; for errors.
    pub(crate) fn type_name(&self, id: NodeId) -> &str {
        match self.node(id) {
            Node::None => "None",
            Node::Bool(_) => "a bool",
            Node::Int(_) | Node::BigInt(_) => "an int",
            Node::Float(_) => "a float",
            Node::Complex(..) => "a complex",
            Node::Str(_) => "a str",
            Node::Bytes(_) | Node::Blob(_) => "bytes",
            Node::Tuple(_) => "a tuple",
            Node::List(_) => "a list",
            Node::Set(_) => "a set",
            Node::Dict { .. } => "a dict",
            Node::Builtin(_) | Node::Global(_) => "a global",
            Node::Unknown(name) => name,
            Node::Call { .. } => "what a function made",
            Node::Object { class, .. } => match self.node(class) {
                Node::Unknown(name) => name,
                _ => "an object",
            },
            Node::Persistent(_) => "a persistent object",
        }
    }

    /// All nodes.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node<'_, G>> {
        self.nodes.iter().map(|kept| self.shown(kept))
    }
}
