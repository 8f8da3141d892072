//! Tensors that are left in the file: each is read and checked, and only its place is kept.

use core::cell::Cell;

use crate::dtype::{DType, DTypeKind};
use crate::error::Result;
use crate::record::{FileData, FileTensor, Item, Numbers, Precision};
use crate::tensor::TensorData;

/// How tensors are left in the file, once it is known what its numbers are.
#[derive(Default)]
pub struct Lazy {
    precision: Cell<Option<Precision>>,
}

impl Lazy {
    /// Says what the file's numbers are, which stands before its tensors. Tensors that come before it are not left there.
    pub(in crate::recorder) fn know(&self, precision: Precision) {
        self.precision.set(Some(precision));
    }

    /// The item that begins at `start`; if it is a tensor, without its elements.
    ///
    /// # Errors
    /// What is wrong with the tensor.
    pub(super) fn leave(&self, start: u64, item: Item) -> Result<Item> {
        if self.precision.get().is_none() {
            return Ok(item);
        }
        Ok(match FileTensor::recognise(item).map_err(|error| error.at(start..start))? {
            Ok(tensor) => Item::Tensor(self.leave_tensor(start, tensor)?),
            Err(item) => item,
        })
    }

    /// The tensor that begins at `start`, without its elements.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn leave_tensor(&self, start: u64, tensor: FileTensor) -> Result<FileTensor> {
        let (Some(precision), FileData::Typed(_) | FileData::Elements { .. }) = (self.precision.get(), &tensor.data)
        else {
            return Ok(tensor);
        };
        let FileTensor { id, tie, unsaid, .. } = tensor;
        let data = untyped(tensor, precision).map_err(|error| error.at(start..start))?;
        let data = FileData::Left { start, dtype: data.dtype(), shape: data.shape().clone() };
        Ok(FileTensor { id, tie, unsaid, data })
    }
}

/// The data of a tensor for which no type says what its elements are.
///
/// # Errors
/// As [`FileTensor::into_data`].
pub(in crate::recorder) fn untyped(tensor: FileTensor, precision: Precision) -> Result<TensorData> {
    let kind = kind_of(&tensor, precision);
    tensor.into_data(kind, precision)
}

/// The kind of a tensor's elements, of which files before 0.14 say nothing.
fn kind_of(tensor: &FileTensor, precision: Precision) -> DTypeKind {
    let FileData::Elements { numbers, .. } = &tensor.data else { return DTypeKind::Float };
    match numbers {
        Numbers::Bool(_) => DTypeKind::Bool,
        Numbers::F32(_) | Numbers::F64(_) => DTypeKind::Float,
        _ if numbers.is_empty() => DTypeKind::Float,
        Numbers::U8(_) | Numbers::U16(_) | Numbers::U32(_) | Numbers::U64(_) if is_half(precision) => DTypeKind::Float,
        _ => DTypeKind::Integer,
    }
}

fn is_half(precision: Precision) -> bool {
    matches!(precision.float, DType::F16 | DType::BF16)
}
