//! One block of elements from dtype to dtype, by the route that its kinds need.

use alloc::string::{String, ToString};

use super::{Overflow, float, integer};
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
        (DTypeKind::Complex, _) => real_parts(from, input, to, output, overflow),
        (_, DTypeKind::Complex) => with_zero_imaginary(from, input, to, output, overflow),
        (DTypeKind::Float, DTypeKind::Float) => float::convert(from, input, to, output, overflow),
        (DTypeKind::Float, _) => float_to_integer(from, input, to, output, overflow),
        (_, DTypeKind::Float) => integer_to_float(from, input, to, output, overflow),
        _ => {
            let mut wide = [0; LEN];
            let wide = &mut wide[..input.len() / from.size().unwrap_or(1)];
            let signed = integer::decode(from, input, wide)?;
            integer::encode(to, wide, signed, output, overflow)
        }
    }
}

/// The dtype of a complex number's two parts.
fn part_of(complex: DType) -> DType {
    if complex == DType::C128 { DType::F64 } else { DType::F32 }
}

fn real_parts(from: DType, input: &[u8], to: DType, output: &mut [u8], overflow: Overflow) -> Result<(), Unfit> {
    let part = part_of(from);
    let size = part.size().unwrap_or(1);
    let mut real = [0u64; LEN];
    let real: &mut [u8] = bytemuck::must_cast_slice_mut(&mut real);
    let real = &mut real[..input.len() / 2];
    for (pair, real) in input.chunks_exact(2 * size).zip(real.chunks_exact_mut(size)) {
        let (re, im) = pair.split_at(size);
        // Zero is all bits clear but for the sign, which is the last byte's highest.
        if im[size - 1] & 0x7F != 0 || im[..size - 1].iter().any(|&byte| byte != 0) {
            return Err(Unfit);
        }
        real.copy_from_slice(re);
    }
    if part == to {
        output.copy_from_slice(real);
        return Ok(());
    }
    convert(part, real, to, output, overflow)
}

fn with_zero_imaginary(
    from: DType,
    input: &[u8],
    to: DType,
    output: &mut [u8],
    overflow: Overflow,
) -> Result<(), Unfit> {
    let part = part_of(to);
    let size = part.size().unwrap_or(1);
    let mut real = [0u64; LEN];
    let real: &mut [u8] = bytemuck::must_cast_slice_mut(&mut real);
    let real = &mut real[..output.len() / 2];
    if part == from {
        real.copy_from_slice(input);
    } else {
        convert(from, input, part, real, overflow)?;
    }
    for (pair, real) in output.chunks_exact_mut(2 * size).zip(real.chunks_exact(size)) {
        pair[..size].copy_from_slice(real);
        pair[size..].fill(0);
    }
    Ok(())
}

fn float_to_integer(from: DType, input: &[u8], to: DType, output: &mut [u8], overflow: Overflow) -> Result<(), Unfit> {
    let mut values = [0.0; LEN];
    let values = &mut values[..input.len() / from.size().unwrap_or(1)];
    float::decode_f64(from, input, values);
    let mut wide = [0; LEN];
    let wide = &mut wide[..values.len()];
    if integer::from_floats(values, wide) && integer::encode(to, wide, true, output, Overflow::Error).is_ok() {
        return Ok(());
    }
    integer::settle_floats(to, values, output, overflow)
}

fn integer_to_float(from: DType, input: &[u8], to: DType, output: &mut [u8], overflow: Overflow) -> Result<(), Unfit> {
    let mut wide = [0; LEN];
    let wide = &mut wide[..input.len() / from.size().unwrap_or(1)];
    let signed = integer::decode(from, input, wide)?;
    let mut values = [0.0; LEN];
    let values = &mut values[..wide.len()];
    integer::to_floats(wide, signed, values)?;
    let bytes = bytemuck::must_cast_slice(values);
    if to == DType::F64 {
        output.copy_from_slice(bytes);
        return Ok(());
    }
    float::convert(DType::F64, bytes, to, output, overflow)?;
    // What was rounded within the range comes back as another number.
    let mut back = [0.0; LEN];
    let back = &mut back[..values.len()];
    float::decode_f64(to, output, back);
    let largest = float::largest(to);
    let kept = |(value, back): (&f64, &f64)| {
        let settled = overflow != Overflow::Error && value.abs() > largest && back.abs() >= largest;
        value.to_bits() == back.to_bits() || settled
    };
    if values.iter().zip(back.iter()).all(kept) { Ok(()) } else { Err(Unfit) }
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
