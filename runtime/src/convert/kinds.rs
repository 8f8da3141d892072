//! From kind to kind: the number is the same before and after, or beyond the target's range.
//!
//! A block that holds nothing unusual goes through loops that vectorise; another is looked at element by element, as exact numbers.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "each cast here is undone and compared"
)]

use super::block::{self, LEN, Unfit};
use super::{Overflow, float, integer};
use crate::dtype::{DType, DTypeKind};

/// Converts at most [`LEN`] elements between dtypes of different kinds that both take whole bytes.
pub(super) fn convert(
    from: DType,
    input: &[u8],
    to: DType,
    output: &mut [u8],
    overflow: Overflow,
) -> Result<(), Unfit> {
    match (from.kind(), to.kind()) {
        (DTypeKind::Complex, _) => real_parts(from, input, to, output, overflow),
        (_, DTypeKind::Complex) => with_zero_imaginary(from, input, to, output, overflow),
        (DTypeKind::Float, _) => float_to_integer(from, input, to, output, overflow),
        (DTypeKind::Integer | DTypeKind::Bool, _) => integer_to_float(from, input, to, output, overflow),
    }
}

/// As [`convert`], also between floats.
fn convert_exactly(from: DType, input: &[u8], to: DType, output: &mut [u8], overflow: Overflow) -> Result<(), Unfit> {
    if from == to {
        output.copy_from_slice(input);
        return Ok(());
    }
    if from.kind() != DTypeKind::Float || to.kind() != DTypeKind::Float {
        return convert(from, input, to, output, overflow);
    }
    let mut values = [0.0; LEN];
    let values = &mut values[..input.len() / from.size().unwrap_or(1)];
    float::decode_f64(from, input, values);
    if float::convert(from, input, to, output, Overflow::Error).is_ok() && is_kept(values, to, output) {
        return Ok(());
    }
    let size = to.size().unwrap_or(1);
    for (&value, output) in values.iter().zip(output.chunks_exact_mut(size)) {
        settle_float(value, true, to, output, overflow)?;
    }
    Ok(())
}

fn real_parts(from: DType, input: &[u8], to: DType, output: &mut [u8], overflow: Overflow) -> Result<(), Unfit> {
    let part = block::part_of(from);
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
    convert_exactly(part, real, to, output, overflow)
}

fn with_zero_imaginary(
    from: DType,
    input: &[u8],
    to: DType,
    output: &mut [u8],
    overflow: Overflow,
) -> Result<(), Unfit> {
    let part = block::part_of(to);
    let size = part.size().unwrap_or(1);
    let mut real = [0u64; LEN];
    let real: &mut [u8] = bytemuck::must_cast_slice_mut(&mut real);
    let real = &mut real[..output.len() / 2];
    convert_exactly(from, input, part, real, overflow)?;
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
    if integer::to_floats(wide, signed, values).is_ok() {
        let bytes = bytemuck::must_cast_slice(values);
        if to == DType::F64 {
            output.copy_from_slice(bytes);
            return Ok(());
        }
        if float::convert(DType::F64, bytes, to, output, Overflow::Error).is_ok() && is_kept(values, to, output) {
            return Ok(());
        }
    }
    let size = to.size().unwrap_or(1);
    for (&wide, output) in wide.iter().zip(output.chunks_exact_mut(size)) {
        let integer = integer::widest(wide, signed);
        let value = integer as f64;
        settle_float(value, value as i128 == integer, to, output, overflow)?;
    }
    Ok(())
}

/// Whether each element is the number that it was.
fn is_kept(values: &[f64], to: DType, output: &[u8]) -> bool {
    let mut back = [0.0; LEN];
    let back = &mut back[..values.len()];
    float::decode_f64(to, output, back);
    values.iter().zip(back.iter()).all(|(value, back)| value == back || value.is_nan() && back.is_nan())
}

/// Writes a number as a float: itself, or what `overflow` says beyond the range. `value` is the number or the double nearest to it, which is beyond
/// the range where the number is, since the ends of all ranges that matter are doubles.
fn settle_float(value: f64, exact: bool, to: DType, output: &mut [u8], overflow: Overflow) -> Result<(), Unfit> {
    let largest = float::largest(to);
    let beyond = value.abs() > largest && !(value.is_infinite() && float::has_infinity(to));
    let (value, exact) = match overflow {
        _ if !beyond => (value, exact),
        Overflow::Error => return Err(Unfit),
        Overflow::Saturate => (largest.copysign(value), true),
        Overflow::Infinite => (f64::INFINITY.copysign(value), true),
    };
    match to {
        DType::F64 => output.copy_from_slice(&value.to_le_bytes()),
        _ => float::convert(DType::F64, &value.to_le_bytes(), to, output, Overflow::Error)?,
    }
    if exact && is_kept(&[value], to, output) { Ok(()) } else { Err(Unfit) }
}
