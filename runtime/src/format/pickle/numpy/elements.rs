//! What the elements of an array are: the dtypes of a pickle.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{NumpyGlobal, axes};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::format::numpy::{join_names, number_of};
use crate::format::pickle::graph::{Graph, Node, NodeId};
use crate::limits::Budget;

/// What the elements of an array are.
#[derive(Debug)]
pub(crate) enum Elements {
    Number {
        dtype: DType,
        big_endian: bool,
    },
    /// Text of so many characters at most, four bytes each.
    Text {
        chars: u64,
        big_endian: bool,
    },
    /// So many bytes at most.
    Bytes {
        len: u64,
    },
    /// Objects, or records that hold some: each a node of the pickle.
    Objects,
    Records {
        size: u64,
        fields: Vec<Field>,
    },
    /// Something that is no tensor and no text: its size in bytes where that is known, and why.
    Refused {
        size: Option<u64>,
        why: String,
    },
}

/// A field of a record.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// Where in the record it starts.
    pub(crate) offset: u64,
    /// Its own axes, behind those of the array.
    pub(crate) axes: Vec<u64>,
    /// A number and whether it is big-endian, or why the field is none.
    pub(crate) number: Result<(DType, bool), String>,
}

impl Elements {
    /// What the dtype at `id` says.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) for a malformed dtype and for fields outside of their record;
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit).
    pub(crate) fn find<G: Copy>(
        graph: &Graph<G>,
        id: NodeId,
        known: impl Fn(G) -> Option<NumpyGlobal>,
        budget: &Budget,
    ) -> Result<Self> {
        let code = Code::find(graph, id, &known)?;
        if code.holds_objects {
            return Ok(Self::Objects);
        }
        if code.fields.is_some() {
            let mut reader = Reader { graph, known, budget, fields: Vec::new(), depth: 0 };
            reader.record(&code, "", 0)?;
            return Ok(Self::Records { size: code.size()?, fields: reader.fields });
        }
        Ok(match code.name.as_bytes().first() {
            Some(b'U') => Self::Text { chars: code.digits()?, big_endian: code.order == ">" },
            Some(b'S' | b'a') => Self::Bytes { len: code.digits()? },
            _ => match code.number()? {
                Ok((dtype, big_endian)) => Self::Number { dtype, big_endian },
                Err(why) => Self::Refused { size: code.digits().ok(), why },
            },
        })
    }

    /// Bytes that an element takes; `None` where that is not known.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Self::Number { dtype, .. } => Some(dtype.bits() / 8),
            Self::Text { chars, .. } => chars.checked_mul(4),
            Self::Bytes { len } => Some(*len),
            Self::Objects => None,
            Self::Records { size, .. } => Some(*size),
            Self::Refused { size, .. } => *size,
        }
    }
}

/// What the pickle says of a dtype: `dtype('f8', False, True)`, and behind it the state
/// `(version, byte order, subarray, names, fields, size, alignment, flags)`.
pub(crate) struct Code<'g> {
    /// Kind and bytes, or kind and characters: `f8`, `U10`, `V64`.
    pub(super) name: &'g str,
    /// `<`, `>`, or `|` where there is none.
    order: &'g str,
    /// A dtype and a tuple of axes, for a field that is an array of its own.
    subarray: Option<NodeId>,
    /// The names of the fields, and the dict of what they are.
    fields: Option<(&'g [NodeId], NodeId)>,
    size: Option<i64>,
    holds_objects: bool,
}

/// The bit among a dtype's flags that says that its elements hold objects.
const HOLDS_OBJECTS: i64 = 1;

impl<'g> Code<'g> {
    pub(crate) fn find<G: Copy>(
        graph: &'g Graph<G>,
        id: NodeId,
        known: impl Fn(G) -> Option<NumpyGlobal>,
    ) -> Result<Self> {
        let Node::Call { function, args, state } = graph.node(id) else { return Err(malformed()) };
        let name = graph.tuple(args).and_then(|args| graph.text(*args.first()?));
        let (Some(NumpyGlobal::DType), Some(name)) = (known(function), name) else { return Err(malformed()) };
        let holds_objects = name.starts_with('O');
        let plain = Self { name, order: "|", subarray: None, fields: None, size: None, holds_objects };
        let Some(state) = state else { return Ok(plain) };
        let Some(state @ [_version, order, ..]) = graph.tuple(state) else { return Err(malformed()) };
        let order = graph.text(*order).ok_or_else(malformed)?;
        let given = |id: NodeId| (!matches!(graph.node(id), Node::None)).then_some(id);
        let &[_, _, subarray, names, fields, size, _alignment, flags, ..] = state else {
            return Ok(Self { order, ..plain });
        };
        let fields = match (given(names), given(fields)) {
            (Some(names), Some(fields)) => Some((graph.tuple(names).ok_or_else(malformed)?, fields)),
            (None, None) => None,
            _ => return Err(malformed()),
        };
        let holds_objects = holds_objects || graph.int(flags).is_some_and(|flags| flags & HOLDS_OBJECTS != 0);
        Ok(Self { name, order, subarray: given(subarray), fields, size: graph.int(size), holds_objects })
    }

    /// NumPy's name for it: `<f8`.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.order, self.name)
    }

    /// The number that it is and whether it is big-endian, or why it is none.
    pub(super) fn number(&self) -> Result<Result<(DType, bool), String>> {
        if self.name.starts_with('V') {
            let why = format!("records and bytes without a type are no tensor (dtype `{}`)", self.name);
            return Ok(Err(why));
        }
        number_of(&self.text())
    }

    /// The number behind the kind.
    fn digits(&self) -> Result<u64> {
        self.name.get(1..).and_then(|digits| digits.parse().ok()).ok_or_else(malformed)
    }

    /// Bytes that a record takes.
    fn size(&self) -> Result<u64> {
        self.size.and_then(|size| u64::try_from(size).ok()).ok_or_else(malformed)
    }
}

/// Collects the fields of a record.
struct Reader<'a, G, K> {
    graph: &'a Graph<G>,
    known: K,
    budget: &'a Budget,
    fields: Vec<Field>,
    depth: u64,
}

impl<G: Copy, K: Fn(G) -> Option<NumpyGlobal>> Reader<'_, G, K> {
    /// Adds the fields of a record that starts at `base` of the outermost one.
    fn record(&mut self, code: &Code<'_>, prefix: &str, base: u64) -> Result<()> {
        let (graph, budget) = (self.graph, self.budget);
        let (names, kinds) = code.fields.ok_or_else(malformed)?;
        self.depth += 1;
        budget.check_depth(self.depth)?;
        for &name in names {
            // Inner records that are shared can make a short pickle's list of fields as long as they like.
            budget.charge_expanded(size_of::<Field>() as u64)?;
            let name = graph.text(name).ok_or_else(malformed)?;
            let kind = graph.get(kinds, name).and_then(|kind| graph.tuple(kind));
            let Some(&[dtype, offset, ..]) = kind else { return Err(malformed()) };
            let start = graph.int(offset).and_then(|offset| u64::try_from(offset).ok()).ok_or_else(malformed)?;
            let name = join_names(prefix, name, budget)?;
            let mut inner = Code::find(graph, dtype, &self.known)?;
            let mut own = Vec::new();
            if let Some(subarray) = inner.subarray {
                let Some(&[dtype, shape]) = graph.tuple(subarray) else { return Err(malformed()) };
                own.extend(axes(graph, shape)?.dims().iter().map(|&axis| axis as u64));
                inner = Code::find(graph, dtype, &self.known)?;
            }
            let offset = base.checked_add(start).ok_or_else(malformed)?;
            if inner.fields.is_some() && own.is_empty() {
                if start.checked_add(inner.size()?).is_none_or(|end| code.size().is_ok_and(|size| end > size)) {
                    return Err(outside(&name));
                }
                self.record(&inner, &name, offset)?;
                continue;
            }
            let number = if inner.fields.is_some() {
                Err("an array of records inside a record".into())
            } else {
                inner.number()?
            };
            if let Ok((dtype, _)) = number {
                let count = own.iter().try_fold(dtype.bits() / 8, |len, &axis| len.checked_mul(axis));
                let end = count.and_then(|len| start.checked_add(len));
                if end.is_none_or(|end| code.size().is_ok_and(|size| end > size)) {
                    return Err(outside(&name));
                }
            }
            self.fields.push(Field { name, offset, axes: own, number });
        }
        self.depth -= 1;
        Ok(())
    }
}

fn outside(name: &str) -> Error {
    Error::corrupt(format!("field `{name}` of a record is outside of it"))
}

fn malformed() -> Error {
    Error::corrupt("a dtype of NumPy is malformed")
}
