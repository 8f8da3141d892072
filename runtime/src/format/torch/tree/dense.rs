//! Dense tensors and NumPy's arrays.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::{Found, Global, Origin, Persistent, PickledArray, Walk, complex};
use crate::bytes::Bytes;
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, ErrorKind, Result};
use crate::format::pickle::numpy::{Array, NumpyGlobal};
use crate::format::pickle::{Node, NodeId};
use crate::format::torch::view::View;
use crate::source::Source;
use crate::value::Value;

impl<P: Persistent> Walk<'_, P> {
    /// A dense tensor from the arguments of one of its three functions.
    pub(super) fn tensor(&mut self, function: Global, arguments: &[NodeId]) -> Result<Found> {
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
        let Node::Persistent(id) = graph.node(storage) else { return Err(malformed()) };
        let (origin, whole) = match self.persistent.tensor(graph, id)? {
            Found::Tensor(origin, whole) => (origin, whole),
            refused @ Found::Refused(_) => return Ok(refused),
        };
        let dtype = match dtype.map(|id| (id, graph.node(id))) {
            None => whole.dtype,
            Some((_, Node::Global(Global::DType(dtype)))) => dtype,
            Some((id, _)) => {
                let name = graph.type_name(id);
                return Ok(Found::Refused(Error::refused(format!("elements of `{name}`, which no dtype here holds"))));
            }
        };
        let size = match graph.node(size) {
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
                (Some("conj"), Node::Bool(flag)) if dtype.kind() == DTypeKind::Complex => view.conjugate = flag,
                (Some("neg"), Node::Bool(flag)) if can_negate(dtype) => view.negative = flag,
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
    pub(super) fn array(&mut self, id: NodeId, global: NumpyGlobal) -> Result<Value> {
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
        self.found(Found::Tensor(Origin::Pickle(Box::new(PickledArray { bytes, big_endian: array.big_endian })), view))
    }
}

/// Whether changing the sign is changing one bit, or two's complement.
fn can_negate(dtype: DType) -> bool {
    matches!(dtype, DType::F64 | DType::F32 | DType::F16 | DType::BF16 | DType::C128 | DType::C64)
        || dtype.kind() == DTypeKind::Integer
}

/// The one number that little-endian bytes hold, as a value.
fn scalar_value(bytes: &[u8], dtype: DType) -> Option<Value> {
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
        DType::C128 | DType::C64 => {
            let part = if dtype == DType::C128 { DType::F64 } else { DType::F32 };
            let at = |start| scalar_value(bytes.get(start..)?.get(..part.size()?)?, part)?.as_f64();
            Some(complex(at(0)?, at(part.size()?)?))
        }
        _ => None,
    }
}
