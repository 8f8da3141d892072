//! One block of elements from dtype to dtype, by the route that its kinds need.

use alloc::string::{String, ToString};

use super::{Overflow, float, integer, kinds};
use crate::dtype::{DType, DTypeKind};

/// Elements in a block: with its scratch it stays in a first-level cache and is no burden on a small stack.
pub(super) const LEN: usize = 512;

/// Some element of the block does not fit.
#[derive(Debug)]
pub(super) struct Unfit;

/// Converts at most [`LEN`] elements between different dtypes that both take whole bytes.
pub(super) fn convert(
    from: DType,
    input: &[u8],
    to: DType,
    output: &mut [u8],
    overflow: Overflow,
) -> Result<(), Unfit> {
    match (from.kind(), to.kind()) {
        (DTypeKind::Complex, DTypeKind::Complex) => {
            // Two floats an element: half a block at a time.
            let (from, to) = (part_of(from), part_of(to));
            let inputs = input.chunks(LEN * from.size().unwrap_or(1));
            for (input, output) in inputs.zip(output.chunks_mut(LEN * to.size().unwrap_or(1))) {
                float::convert(from, input, to, output, overflow)?;
            }
            Ok(())
        }
        (DTypeKind::Float, DTypeKind::Float) => float::convert(from, input, to, output, overflow),
        (DTypeKind::Integer | DTypeKind::Bool, DTypeKind::Integer | DTypeKind::Bool) => {
            let mut wide = [0; LEN];
            let wide = &mut wide[..input.len() / from.size().unwrap_or(1)];
            let signed = integer::decode(from, input, wide)?;
            integer::encode(to, wide, signed, output, overflow)
        }
        _ => kinds::convert(from, input, to, output, overflow),
    }
}

/// The dtype of a complex number's two parts.
pub(super) fn part_of(complex: DType) -> DType {
    if complex == DType::C128 { DType::F64 } else { DType::F32 }
}

/// One element as an error shows it.
pub(super) fn describe(dtype: DType, element: &[u8]) -> String {
    match dtype.kind() {
        DTypeKind::Float => {
            let mut value = [0.0];
            float::decode_f64(dtype, element, &mut value);
            alloc::format!("{:?}", value[0])
        }
        DTypeKind::Complex => {
            let mut parts = [0.0; 2];
            float::decode_f64(part_of(dtype), element, &mut parts);
            alloc::format!("{:?}{:+?}i", parts[0], parts[1])
        }
        DTypeKind::Integer | DTypeKind::Bool => {
            let mut wide = [0];
            match integer::decode(dtype, element, &mut wide) {
                Ok(true) => wide[0].to_string(),
                _ => wide[0].cast_unsigned().to_string(),
            }
        }
    }
}
