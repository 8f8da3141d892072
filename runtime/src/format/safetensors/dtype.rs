//! The dtypes of the format, in the order in which the format's own writer puts tensors.

use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};

/// The dtypes of safetensors 0.8, first to last in a file: by falling size, then as its own writer has them, so that both write the
/// same bytes.
const ORDER: [DType; 22] = [
    DType::U64,
    DType::I64,
    DType::F64,
    DType::C64,
    DType::F32,
    DType::U32,
    DType::I32,
    DType::BF16,
    DType::F16,
    DType::U16,
    DType::I16,
    DType::F8E5M2Fnuz,
    DType::F8E4M3Fnuz,
    DType::F8E8M0,
    DType::F8E4M3,
    DType::F8E5M2,
    DType::I8,
    DType::U8,
    DType::F6E3M2,
    DType::F6E2M3,
    DType::F4,
    DType::Bool,
];

/// The place of a dtype in the order of a file; `None` if the format does not have it.
pub(super) fn rank(dtype: DType) -> Option<usize> {
    ORDER.iter().position(|&other| other == dtype)
}

/// The dtype of this spelling.
///
/// # Errors
/// [`ErrorKind::UnknownDType`], also for a dtype of ours that the format does not have.
pub(super) fn parse(name: &str) -> Result<DType> {
    let known = ORDER.iter().copied().find(|dtype| dtype.name() == name);
    known.ok_or_else(|| Error::new(ErrorKind::UnknownDType { name: name.into() }))
}
