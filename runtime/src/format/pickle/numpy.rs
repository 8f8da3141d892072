//! NumPy's arrays and scalars inside a pickle.
//!
//! An array is `_reconstruct(ndarray, (0,), b'b')` with the state `(1, shape, dtype, is_fortran, bytes)`, since protocol 5 also
//! `_frombuffer(bytes, dtype, shape, order)`; a scalar is `scalar(dtype, bytes)`; a dtype is `dtype('f8', False, True)` with a state
//! whose second part is the byte order.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::graph::{Graph, Node, NodeId};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::format::numpy::number_of;
use crate::shape::Shape;

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
    /// The array or scalar that the call at `id` makes; `None` if it makes something else. `known` gives the global of NumPy that
    /// a global of the format is.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) for a dtype that is no number: objects, text, records;
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) where dtype, shape and bytes disagree.
    pub(crate) fn find<G: Copy>(
        graph: &Graph<G>,
        id: NodeId,
        known: impl Fn(G) -> Option<NumpyGlobal>,
    ) -> Result<Option<Self>> {
        let Node::Call { function, args, state } = *graph.node(id) else { return Ok(None) };
        let args = graph.tuple(args).unwrap_or_default();
        let malformed = || Error::corrupt("an array of NumPy is malformed");
        let (dtype, shape, fortran, data) = match known(function) {
            Some(NumpyGlobal::Reconstruct) => {
                let is_array = args.first().is_some_and(|&class| match *graph.node(class) {
                    Node::Global(class) => known(class) == Some(NumpyGlobal::Array),
                    _ => false,
                });
                if !is_array {
                    return Err(Error::refused("an array of a subclass of NumPy's `ndarray`"));
                }
                let state = state.and_then(|state| graph.tuple(state));
                let Some(&[_version, shape, dtype, fortran, data]) = state else { return Err(malformed()) };
                let Node::Bool(fortran) = *graph.node(fortran) else { return Err(malformed()) };
                (dtype, Some(shape), fortran, data)
            }
            Some(NumpyGlobal::FromBuffer) => {
                let &[data, dtype, shape, order] = args else { return Err(malformed()) };
                let fortran = match graph.text(order) {
                    Some("C") => false,
                    Some("F") => true,
                    _ => return Err(malformed()),
                };
                (dtype, Some(shape), fortran, data)
            }
            Some(NumpyGlobal::Scalar) => {
                let &[dtype, data] = args else { return Err(malformed()) };
                (dtype, None, false, data)
            }
            _ => return Ok(None),
        };
        let (dtype, big_endian) = number_type(graph, dtype, known)?;
        let axes: Option<Vec<u64>> = match shape {
            None => Some(Vec::new()),
            Some(shape) => graph
                .tuple(shape)
                .and_then(|axes| axes.iter().map(|&axis| u64::try_from(graph.int(axis)?).ok()).collect()),
        };
        let shape = Shape::from_u64(&axes.ok_or_else(malformed)?)?;
        let len = match graph.node(data) {
            Node::Bytes(bytes) => bytes.len() as u64,
            Node::Blob(range) => range.end - range.start,
            _ => return Err(malformed()),
        };
        if dtype.byte_len(shape.num_elements()).map(|len| len as u64) != Some(len) {
            return Err(Error::corrupt(format!("an array of NumPy of shape {shape} and {dtype} has {len} bytes")));
        }
        Ok(Some(Self { dtype, big_endian, shape, fortran, data }))
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
    let malformed = || Error::corrupt("a dtype of NumPy is malformed");
    let Node::Call { function, args, state } = *graph.node(id) else { return Err(malformed()) };
    let name = graph.tuple(args).and_then(|args| graph.text(*args.first()?));
    let (Some(NumpyGlobal::DType), Some(name)) = (known(function), name) else { return Err(malformed()) };
    let order = match state {
        None => None,
        Some(state) => match graph.tuple(state) {
            Some(&[_version, order, ..]) => graph.text(order),
            _ => return Err(malformed()),
        },
    };
    let refused = |why: String| Error::refused(format!("an array of NumPy: {why}"));
    if name.starts_with('V') {
        return Err(refused(format!("records and bytes without a type are no tensor (dtype `{name}`)")));
    }
    number_of(&format!("{}{name}", order.unwrap_or("|")))?.map_err(refused)
}
