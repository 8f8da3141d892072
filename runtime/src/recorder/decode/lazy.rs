//! Tensors that are left in the file: each is read and checked, and only its place is kept.

use core::cell::Cell;

use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, Result};
use crate::limits::Budget;
use crate::record::{FileData, FileTensor, Numbers, Precision};
#[cfg(any(feature = "mpk", feature = "json"))]
use crate::record::{FileForm, Item};
use crate::recorder::metadata::RecordMetadata;
use crate::tensor::TensorData;

/// How tensors are left in the file, once its head is known.
#[derive(Default)]
#[cfg_attr(not(feature = "std"), expect(unreachable_pub, reason = "a sealed trait of the recorders of files names it"))]
pub struct Lazy {
    head: Cell<Option<Head>>,
}

/// What a file's head says of its tensors.
#[derive(Clone, Copy)]
struct Head {
    #[cfg(any(feature = "mpk", feature = "json"))]
    form: FileForm,
    precision: Precision,
}

impl Lazy {
    /// Says what the file's head is, which stands before its tensors. Tensors that come before it are not left there.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownVersion`](crate::ErrorKind::UnknownVersion).
    pub(in crate::recorder) fn know(&self, head: &RecordMetadata) -> Result<()> {
        head.era()?;
        self.head.set(Some(Head {
            #[cfg(any(feature = "mpk", feature = "json"))]
            form: head.form()?,
            precision: head.precision(),
        }));
        Ok(())
    }

    /// The item that begins at `start`; if it is a tensor, without its elements.
    ///
    /// # Errors
    /// What is wrong with the tensor.
    #[cfg(any(feature = "mpk", feature = "json"))]
    pub(super) fn leave(&self, start: u64, item: Item, budget: &Budget) -> Result<Item> {
        let Some(head) = self.head.get() else { return Ok(item) };
        Ok(match FileTensor::find(item, head.form).map_err(|error| at(start, error))? {
            Ok(tensor) => self.leave_tensor(start, tensor, budget)?.into(),
            Err(item) => item,
        })
    }

    /// The tensor that begins at `start`, without its elements.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn leave_tensor(&self, start: u64, tensor: FileTensor, budget: &Budget) -> Result<FileTensor> {
        let (Some(Head { precision, .. }), FileData::Typed(_) | FileData::Elements { .. }) =
            (self.head.get(), &tensor.data)
        else {
            return Ok(tensor);
        };
        let FileTensor { id, tie, layout, .. } = tensor;
        let from_list = matches!(tensor.data, FileData::Elements { .. });
        let data = untyped(tensor, precision, budget).map_err(|error| at(start, error))?;
        if from_list {
            // It is not kept.
            budget.refund_held(data.bytes().len() as u64);
        }
        let data = FileData::Left { start, dtype: data.dtype(), shape: data.shape().clone(), transposed: false };
        Ok(FileTensor { id, tie, layout, data })
    }
}

/// An error of what begins at `start`: where it ends is not known.
fn at(start: u64, error: Error) -> Error {
    error.at(start..start.saturating_add(1))
}

/// The data of a tensor for which no type says what its elements are.
///
/// # Errors
/// As [`FileTensor::into_data`].
pub(in crate::recorder) fn untyped(tensor: FileTensor, precision: Precision, budget: &Budget) -> Result<TensorData> {
    let kind = kind_of(&tensor, precision);
    tensor.into_data(Some(kind), precision, Some(budget))
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
