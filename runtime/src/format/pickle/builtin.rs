//! The globals of Python itself that pickles of any format hold, and what they make.

use alloc::string::String;
use alloc::vec::Vec;

use super::graph::{Graph, Node, NodeId};
use crate::error::{Error, Result};
use crate::limits::Budget;

/// A global of Python's own that builds plain data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    OrderedDict,
    DefaultDict,
    Counter,
    Dict,
    List,
    Tuple,
    Set,
    FrozenSet,
    Bytes,
    ByteArray,
    Complex,
    /// `collections.deque((), maxlen)`, whose items are appended.
    Deque,
    /// A path of POSIX in its parts: text.
    PosixPath,
    /// A path of Windows in its parts: text.
    WindowsPath,
    /// `object`: the base that `copyreg._reconstructor` names.
    Object,
    /// `copyreg._reconstructor(class, object, None)`: an object without arguments, in protocols 0 and 1.
    Reconstructor,
    /// `copyreg.__newobj__(class)`: the same in later protocols.
    NewObject,
    /// `_codecs.encode(text, 'latin1')`: bytes, in protocols 0 to 2.
    Encode,
}

const NAMES: [(Builtin, &str); 24] = [
    (Builtin::OrderedDict, "collections.OrderedDict"),
    (Builtin::DefaultDict, "collections.defaultdict"),
    (Builtin::Counter, "collections.Counter"),
    (Builtin::Dict, "builtins.dict"),
    (Builtin::List, "builtins.list"),
    (Builtin::Tuple, "builtins.tuple"),
    (Builtin::Set, "builtins.set"),
    (Builtin::FrozenSet, "builtins.frozenset"),
    (Builtin::Bytes, "builtins.bytes"),
    (Builtin::ByteArray, "builtins.bytearray"),
    (Builtin::Complex, "builtins.complex"),
    (Builtin::Deque, "collections.deque"),
    (Builtin::PosixPath, "pathlib.PosixPath"),
    (Builtin::PosixPath, "pathlib.PurePosixPath"),
    (Builtin::PosixPath, "pathlib._local.PosixPath"),
    (Builtin::PosixPath, "pathlib._local.PurePosixPath"),
    (Builtin::WindowsPath, "pathlib.WindowsPath"),
    (Builtin::WindowsPath, "pathlib.PureWindowsPath"),
    (Builtin::WindowsPath, "pathlib._local.WindowsPath"),
    (Builtin::WindowsPath, "pathlib._local.PureWindowsPath"),
    (Builtin::Object, "builtins.object"),
    (Builtin::Reconstructor, "copyreg._reconstructor"),
    (Builtin::NewObject, "copyreg.__newobj__"),
    (Builtin::Encode, "_codecs.encode"),
];

impl Builtin {
    /// The global of this name, under its names in Python 2 and 3.
    pub(super) fn find(module: &str, name: &str) -> Option<Self> {
        let module = match module {
            "__builtin__" => "builtins",
            "copy_reg" => "copyreg",
            module => module,
        };
        let names =
            |(_, full): &&(Self, &str)| full.strip_prefix(module).and_then(|rest| rest.strip_prefix('.')) == Some(name);
        NAMES.iter().find(names).filter(|_| !name.contains('.')).map(|&(global, _)| global)
    }

    /// Its name in Python 3.
    pub(crate) fn name(self) -> &'static str {
        NAMES.iter().find(|(global, _)| *global == self).map_or("", |(_, name)| name)
    }

    /// Makes what the global makes of these arguments, where that is plain data. [`Builtin::Reconstructor`] and [`Builtin::NewObject`]
    /// name another class to make and are not of this kind: they give `None`, as wrong arguments do.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit): a short pickle can ask for many copies of a long list.
    pub(super) fn apply<G: Copy>(
        self,
        graph: &mut Graph<G>,
        args: &[NodeId],
        budget: &Budget,
    ) -> Result<Option<NodeId>> {
        let made = match (self, args) {
            // The factory of a default dict is only named: nothing is ever missing from a dict that is read.
            (Self::OrderedDict | Self::Counter | Self::Dict, []) | (Self::DefaultDict, [] | [_]) => {
                graph.add(dict(&[]))
            }
            (Self::OrderedDict | Self::Counter | Self::Dict, &[from]) | (Self::DefaultDict, &[_, from]) => {
                let Some(entries) = entries_from(graph, from, budget)? else { return Ok(None) };
                graph.add(dict(&entries))
            }
            // The length that a deque keeps is not what it holds.
            (Self::List | Self::Tuple | Self::Set | Self::FrozenSet, [] | [_]) | (Self::Deque, [] | [_] | [_, _]) => {
                let items = match args {
                    &[from, ..] => copied(graph, from, budget)?,
                    [] => Some(Vec::new()),
                };
                let Some(items) = items else { return Ok(None) };
                graph.add(match self {
                    Self::List | Self::Deque => Node::List(&items),
                    Self::Tuple => Node::Tuple(&items),
                    _ => Node::Set(&items),
                })
            }
            (Self::Bytes | Self::ByteArray, []) => graph.add(Node::Bytes(&[])),
            (Self::Bytes | Self::ByteArray, &[from]) => match graph.node(from) {
                Node::Bytes(bytes) => {
                    budget.charge_expanded(bytes.len() as u64)?;
                    let bytes = bytes.to_vec();
                    graph.add(Node::Bytes(&bytes))
                }
                Node::Blob(range) => {
                    let range = range.clone();
                    graph.add(Node::Blob(&range))
                }
                _ => return Ok(None),
            },
            (Self::Encode | Self::ByteArray, &[text, encoding]) => {
                let (Some(text), Some("latin1" | "latin-1")) = (graph.text(text), graph.text(encoding)) else {
                    return Ok(None);
                };
                budget.charge_expanded(text.len() as u64)?;
                let Some(bytes) = latin1(text) else { return Ok(None) };
                graph.add(Node::Bytes(&bytes))
            }
            (Self::Complex, &[re, im]) => match (number(graph, re), number(graph, im)) {
                (Some(re), Some(im)) => graph.add(Node::Complex(re, im)),
                _ => return Ok(None),
            },
            (Self::PosixPath, parts) => return path(graph, parts, '/', budget),
            (Self::WindowsPath, parts) => return path(graph, parts, '\\', budget),
            _ => return Ok(None),
        };
        made.map(Some)
    }
}

/// The text of a path, the first of whose parts may be a root that ends in the separator.
fn path<G: Copy>(graph: &mut Graph<G>, parts: &[NodeId], separator: char, budget: &Budget) -> Result<Option<NodeId>> {
    let mut path = String::new();
    for (index, &part) in parts.iter().enumerate() {
        let Some(part) = graph.text(part) else { return Ok(None) };
        budget.charge_expanded(part.len() as u64 + 1)?;
        if index > 0 && !path.ends_with(separator) {
            path.push(separator);
        }
        path.push_str(part);
    }
    // What Python shows for a path without parts.
    let path = if parts.is_empty() { "." } else { &path };
    graph.add(Node::Str(path)).map(Some)
}

fn dict<G>(entries: &[(NodeId, NodeId)]) -> Node<'_, G> {
    Node::Dict { entries, attributes: None }
}

/// The entries of a dict that is made from a dict or from a sequence of pairs, as Python 2 wrote an `OrderedDict`.
fn entries_from<G: Copy>(graph: &Graph<G>, from: NodeId, budget: &Budget) -> Result<Option<Vec<(NodeId, NodeId)>>> {
    if let Some(entries) = graph.entries(from) {
        budget.charge_objects(entries.len() as u64)?;
        return Ok(Some(entries.to_vec()));
    }
    let Some(items) = graph.items(from) else { return Ok(None) };
    budget.charge_objects(items.len() as u64)?;
    let pair = |&item: &NodeId| match graph.items(item) {
        Some(&[key, value]) => Some((key, value)),
        _ => None,
    };
    Ok(items.iter().map(pair).collect())
}

fn copied<G: Copy>(graph: &Graph<G>, from: NodeId, budget: &Budget) -> Result<Option<Vec<NodeId>>> {
    let Some(items) = graph.items(from) else { return Ok(None) };
    budget.charge_objects(items.len() as u64)?;
    Ok(Some(items.to_vec()))
}

/// Text whose characters are bytes.
fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

#[expect(clippy::cast_precision_loss, reason = "as Python's complex() rounds")]
fn number<G: Copy>(graph: &Graph<G>, id: NodeId) -> Option<f64> {
    match graph.node(id) {
        Node::Int(n) => Some(n as f64),
        Node::Float(x) => Some(x),
        _ => None,
    }
}

/// The class and the arguments that a call of one of the two builders of objects stands for.
pub(super) fn object_of<'g, G: Copy>(
    builder: Builtin,
    graph: &Graph<G>,
    args: &'g [NodeId],
) -> Result<Option<(NodeId, &'g [NodeId])>> {
    match (builder, args) {
        (Builtin::NewObject, [class, args @ ..]) => Ok(Some((*class, args))),
        (Builtin::Reconstructor, &[class, base, state]) => match (graph.node(base), graph.node(state)) {
            (Node::Builtin(Builtin::Object), Node::None) => Ok(Some((class, &[]))),
            // A class that is a kind of dict: the dict is the state.
            (Node::Builtin(_), _) if matches!(graph.node(class), Node::Builtin(_)) => Ok(Some((class, &args[2..]))),
            _ => Err(Error::refused(alloc::format!(
                "`{}` is rebuilt from {}: only plain objects are",
                graph.type_name(class),
                graph.type_name(base)
            ))),
        },
        _ => Ok(None),
    }
}
