//! A tensor as Burn lays it out, in the precision of the settings.

use alloc::borrow::Cow;
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::cell::RefCell;

use serde::ser::{Error as _, SerializeStruct};
use serde::{Serialize, Serializer};

use super::Context;
use crate::bytes::zeroed;
use crate::codec::pieces::{PieceSlot, Pieces};
use crate::convert::{Conversion, convert_elements};
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, ErrorKind, Result};
use crate::path::TensorPath;
use crate::record::{LeafRef, Precision, Role};
use crate::shape::Shape;
use crate::tensor::TensorView;

/// Encodes a tensor, as a parameter if it is one.
pub(super) fn encode_leaf<'a, S: Serializer>(
    leaf: &'a LeafRef<'a>,
    context: &Context<'a>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let to = saved_as(leaf.dtype(), context.precision).map_err(|error| context.fail(error))?;
    let view = leaf.view().map_err(|error| context.fail(error))?;
    if leaf.is_in_columns() {
        let turned = view.transposed().map_err(|error| context.fail(error))?;
        return encode_whole(leaf, turned.view(), to, context, serializer);
    }
    match Converted::of(view, to, context) {
        Ok(converted) => encode_tensor(leaf, &Tensor::converted(converted, &context.pieces), serializer),
        Err(view) => encode_whole(leaf, view, to, context, serializer),
    }
}

/// Encodes the tensor of a leaf, converted at once if need be.
fn encode_whole<S: Serializer>(
    leaf: &LeafRef<'_>,
    view: TensorView<'_>,
    to: DType,
    context: &Context<'_>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut buffer = context.converted.borrow_mut();
    let view = converted(view, to, context, &mut buffer).map_err(|error| context.fail(error))?;
    encode_tensor(leaf, &Tensor::whole(view), serializer)
}

fn encode_tensor<S: Serializer>(leaf: &LeafRef<'_>, tensor: &Tensor<'_, '_>, serializer: S) -> Result<S::Ok, S::Error> {
    match (leaf.role(), leaf.id()) {
        (Role::Tensor, _) | (_, None) => tensor.serialize(serializer),
        (_, Some(id)) => {
            let mut param = serializer.serialize_struct("ParamSerde", 2)?;
            param.serialize_field("id", &id.to_string())?;
            param.serialize_field("param", tensor)?;
            param.end()
        }
    }
}

/// The dtype that the settings save a dtype's kind in.
pub(super) fn saved_as(dtype: DType, precision: Precision) -> Result<DType> {
    Ok(match dtype.kind() {
        DTypeKind::Float => precision.float,
        DTypeKind::Integer => precision.int,
        DTypeKind::Bool => DType::Bool,
        DTypeKind::Complex => {
            let what = "complex numbers, which Burn's records have not".into();
            return Err(Error::new(ErrorKind::Unrepresentable { format: "a Burn record", what }));
        }
    })
}

/// The tensor in another dtype: the view itself where it has that, otherwise one of `buffer`.
fn converted<'a>(
    view: TensorView<'a>,
    to: DType,
    context: &Context<'_>,
    buffer: &'a mut Vec<u8>,
) -> Result<TensorView<'a>> {
    let from = view.dtype();
    if from == to {
        return Ok(view);
    }
    let too_long = || Error::new(ErrorKind::OutOfMemory { bytes: u64::MAX });
    let len = to.byte_len(view.shape().num_elements()).ok_or_else(too_long)?;
    if buffer.len() < len {
        // Not grown: what it holds is of no use.
        *buffer = Vec::new();
        *buffer = zeroed(len)?;
    }
    let output = &mut buffer[..len];
    convert_elements(from, view.bytes(), to, output, 0, &context.conversion)?;
    TensorView::new(Cow::Borrowed(output), view.shape().clone(), to)
}

/// A tensor that is converted to fewer bytes while it is written, so that they go from one cache to the next.
struct Converted<'a> {
    view: TensorView<'a>,
    to: DType,
    len: usize,
    conversion: Conversion,
    path: TensorPath,
    piece: Rc<RefCell<Vec<u8>>>,
}

impl<'a> Converted<'a> {
    /// A view that is to be saved in another dtype, if it can be converted while it is written; the view itself if not.
    fn of(view: TensorView<'a>, to: DType, context: &Context<'a>) -> Result<Self, TensorView<'a>> {
        let fits = |len: &usize| (PieceSlot::LEAST..=view.bytes().len()).contains(len);
        let len = to.byte_len(view.shape().num_elements()).filter(fits);
        match len.filter(|_| view.dtype() != to && context.pieces.has_output()) {
            None => Err(view),
            Some(len) => {
                let (path, piece) = (context.path.borrow().clone(), Rc::clone(&context.converted));
                Ok(Self { view, to, len, conversion: context.conversion, path, piece })
            }
        }
    }
}

impl Pieces for Converted<'_> {
    fn stand_in(&self) -> &[u8] {
        self.view.bytes().get(..self.len).unwrap_or_default()
    }

    fn write_to(&self, put: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        /// Elements that are converted at a time: with what is made of them they are a part of the second-level cache.
        const PIECE: usize = 64 << 10;

        let from = self.view.dtype();
        let (Some(from_size), Some(to_size)) = (from.size(), self.to.size()) else {
            return Err(Error::new(ErrorKind::NoConversion { from, to: self.to }).in_tensor(&self.path));
        };
        let mut buffer = self.piece.borrow_mut();
        if buffer.len() < PIECE * to_size {
            *buffer = zeroed(PIECE * to_size)?;
        }
        for (number, input) in self.view.bytes().chunks(PIECE * from_size).enumerate() {
            let output = &mut buffer[..input.len() / from_size * to_size];
            convert_elements(from, input, self.to, output, number * PIECE, &self.conversion)
                .map_err(|error| error.in_tensor(&self.path))?;
            put(output)?;
        }
        Ok(())
    }
}

/// A tensor as Burn lays it out.
struct Tensor<'t, 'a> {
    blob: Blob<'t, 'a>,
    shape: Shape,
    dtype: DType,
}

impl<'t, 'a> Tensor<'t, 'a> {
    fn whole(view: TensorView<'t>) -> Self {
        Self { shape: view.shape().clone(), dtype: view.dtype(), blob: Blob::Whole(view) }
    }

    fn converted(converted: Converted<'a>, slot: &'t PieceSlot<'a>) -> Self {
        let (shape, dtype) = (converted.view.shape().clone(), converted.to);
        Self { blob: Blob::Converted(Rc::new(converted), slot), shape, dtype }
    }
}

impl Serialize for Tensor<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tensor = serializer.serialize_struct("TensorData", 3)?;
        tensor.serialize_field("bytes", &self.blob)?;
        tensor.serialize_field("shape", self.shape.dims())?;
        tensor.serialize_field("dtype", &BurnDType(self.dtype))?;
        tensor.end()
    }
}

enum Blob<'t, 'a> {
    Whole(TensorView<'t>),
    Converted(Rc<Converted<'a>>, &'t PieceSlot<'a>),
}

impl Serialize for Blob<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(view) => serializer.serialize_bytes(view.bytes()),
            Self::Converted(converted, slot) => slot.serialize(converted, serializer),
        }
    }
}

/// A dtype as a variant of Burn 0.21's enum: by name where names are written, by its number where not.
struct BurnDType(DType);

#[derive(Serialize)]
enum BoolStore {
    Native,
}

impl Serialize for BurnDType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (index, name) = match self.0 {
            DType::F64 => (0, "F64"),
            DType::F32 => (1, "F32"),
            DType::F16 => (3, "F16"),
            DType::BF16 => (4, "BF16"),
            DType::I64 => (5, "I64"),
            DType::I32 => (6, "I32"),
            DType::I16 => (7, "I16"),
            DType::I8 => (8, "I8"),
            DType::U64 => (9, "U64"),
            DType::U32 => (10, "U32"),
            DType::U16 => (11, "U16"),
            DType::U8 => (12, "U8"),
            DType::Bool => return serializer.serialize_newtype_variant("DType", 13, "Bool", &BoolStore::Native),
            other => {
                let text = alloc::format!("Burn's records have no dtype {other}");
                return Err(S::Error::custom(text));
            }
        };
        serializer.serialize_unit_variant("DType", index, name)
    }
}
