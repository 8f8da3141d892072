//! NumPy's arrays and scalars inside a pickle.
//!
//! An array is `_reconstruct(ndarray, (0,), b'b')` with the state `(1, shape, dtype, is_fortran, bytes)`, since protocol 5 also
//! `_frombuffer(bytes, dtype, shape, order)`; a scalar is `scalar(dtype, bytes)`; a dtype is `dtype('f8', False, True)` with a state
//! whose second part is the byte order.

mod elements;

use alloc::format;
use alloc::vec::Vec;

use super::graph::{Graph, Node, NodeId};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::shape::Shape;

pub(crate) use elements::{Code, Elements, Field};

/// A global of NumPy that arrays are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumpyGlobal {
    Reconstruct,
    FromBuffer,
    Scalar,
    Array,
    DType,
}

impl NumpyGlobal {
    /// The global of this name, before and after NumPy 2 moved it.
    pub(crate) fn find(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Self::Reconstruct,
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Self::Scalar,
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Self::FromBuffer,
            ("numpy", "ndarray") => Self::Array,
            ("numpy", "dtype") => Self::DType,
            _ => return None,
        })
    }

    /// Whether it is applied to arguments.
    pub(crate) fn is_callable(self) -> bool {
        self != Self::Array
    }

    /// Whether what it makes is given state.
    pub(crate) fn takes_state(self) -> bool {
        matches!(self, Self::Reconstruct | Self::DType)
    }
}

/// The parts that an array or a scalar is made of, as they are in the pickle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    /// Its dtype.
    pub(crate) dtype: NodeId,
    /// The tuple of its axes; `None` for a scalar.
    pub(crate) shape: Option<NodeId>,
    /// Whether the first axis changes fastest.
    pub(crate) fortran: bool,
    /// Its bytes, or a list of objects.
    pub(crate) data: NodeId,
    /// The class, where the array is of a subclass of NumPy's `ndarray`.
    pub(crate) subclass: Option<NodeId>,
}

impl Parts {
    /// The parts of the array or scalar that the call at `id` makes; `None` if it makes something else. `known` gives the global of
    /// NumPy that a global of the format is.
    pub(crate) fn find<G: Copy>(
        graph: &Graph<G>,
        id: NodeId,
        known: impl Fn(G) -> Option<NumpyGlobal>,
    ) -> Result<Option<Self>> {
        let Node::Call { function, args, state } = graph.node(id) else { return Ok(None) };
        let args = graph.tuple(args).unwrap_or_default();
        Ok(Some(match (known(function), args) {
            (Some(NumpyGlobal::Reconstruct), &[class, ..]) => {
                let is_array = match graph.node(class) {
                    Node::Global(class) => known(class) == Some(NumpyGlobal::Array),
                    _ => false,
                };
                let state = state.and_then(|state| graph.tuple(state));
                let Some(state) = state else { return Err(malformed()) };
                Self { subclass: (!is_array).then_some(class), ..Self::of_state(graph, state)? }
            }
            (Some(NumpyGlobal::FromBuffer), &[data, dtype, shape, order]) => {
                let fortran = match graph.text(order) {
                    Some("C") => false,
                    Some("F") => true,
                    _ => return Err(malformed()),
                };
                Self { dtype, shape: Some(shape), fortran, data, subclass: None }
            }
            (Some(NumpyGlobal::Scalar), &[dtype, data]) => {
                Self { dtype, shape: None, fortran: false, data, subclass: None }
            }
            (Some(NumpyGlobal::Reconstruct | NumpyGlobal::FromBuffer | NumpyGlobal::Scalar), _) => {
                return Err(malformed());
            }
            _ => return Ok(None),
        }))
    }

    /// The parts of an array whose state begins with these items: version, shape, dtype, order and data.
    pub(crate) fn of_state<G: Copy>(graph: &Graph<G>, state: &[NodeId]) -> Result<Self> {
        let &[_version, shape, dtype, fortran, data, ..] = state else { return Err(malformed()) };
        let Node::Bool(fortran) = graph.node(fortran) else { return Err(malformed()) };
        Ok(Self { dtype, shape: Some(shape), fortran, data, subclass: None })
    }

    /// The lengths of the axes.
    pub(crate) fn shape<G: Copy>(&self, graph: &Graph<G>) -> Result<Shape> {
        self.shape.map_or(Ok(Shape::scalar()), |shape| axes(graph, shape))
    }
}

/// The lengths of axes that are a tuple of integers.
pub(crate) fn axes<G: Copy>(graph: &Graph<G>, shape: NodeId) -> Result<Shape> {
    let axes = graph.tuple(shape).ok_or_else(malformed)?.iter();
    let axes: Option<Vec<u64>> = axes.map(|&axis| u64::try_from(graph.int(axis)?).ok()).collect();
    Shape::from_u64(axes.ok_or_else(malformed)?)
}

fn malformed() -> Error {
    Error::corrupt("an array of NumPy is malformed")
}

/// An array as a pickle holds it.
#[derive(Debug)]
pub(crate) struct Array {
    pub(crate) dtype: DType,
    pub(crate) big_endian: bool,
    pub(crate) shape: Shape,
    /// Whether the first axis changes fastest.
    pub(crate) fortran: bool,
    /// Its bytes: a [`Node::Bytes`] or a [`Node::Blob`] of the length that dtype and shape take.
    pub(crate) data: NodeId,
}

impl Array {
    /// The array or scalar of numbers that the call at `id` makes, as [`Parts::find`] finds it.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) for a dtype that is no number: objects, text, records;
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) where dtype, shape and bytes disagree.
    pub(crate) fn find<G: Copy>(
        graph: &Graph<G>,
        id: NodeId,
        known: impl Fn(G) -> Option<NumpyGlobal>,
    ) -> Result<Option<Self>> {
        let Some(parts) = Parts::find(graph, id, &known)? else { return Ok(None) };
        if parts.subclass.is_some() {
            return Err(Error::refused("an array of a subclass of NumPy's `ndarray`"));
        }
        let (dtype, big_endian) = number_type(graph, parts.dtype, known)?;
        let shape = parts.shape(graph)?;
        let len = match graph.node(parts.data) {
            Node::Bytes(bytes) => bytes.len() as u64,
            Node::Blob(range) => range.end - range.start,
            _ => return Err(malformed()),
        };
        if dtype.byte_len(shape.num_elements()).map(|len| len as u64) != Some(len) {
            return Err(Error::corrupt(format!("an array of NumPy of shape {shape} and {dtype} has {len} bytes")));
        }
        Ok(Some(Self { dtype, big_endian, shape, fortran: parts.fortran, data: parts.data }))
    }
}

/// The dtype that the node at `id` is, and whether its bytes are big-endian.
///
/// # Errors
/// [`ErrorKind::Refused`](crate::ErrorKind::Refused) for one that is no number.
pub(crate) fn number_type<G: Copy>(
    graph: &Graph<G>,
    id: NodeId,
    known: impl Fn(G) -> Option<NumpyGlobal>,
) -> Result<(DType, bool)> {
    let code = Code::find(graph, id, known)?;
    code.number()?.map_err(|why| Error::refused(format!("an array of NumPy: {why}")))
}
