//! Integers and bools, and their way to floats and back.
//!
//! An `i64` holds the bits of any of them; whether they are signed goes beside it, so that a `u64` fits too.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_lossless,
    clippy::float_cmp,
    reason = "each cast here is undone and compared"
)]
#![expect(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch, and the loop would not vectorise")]

use super::Overflow;
use super::block::Unfit;
use crate::dtype::DType;

/// The elements' bits in 64, and whether they are signed; unfit is a bool that is neither 0 nor 1.
pub(super) fn decode(from: DType, input: &[u8], wide: &mut [i64]) -> Result<bool, Unfit> {
    match from {
        DType::I64 => each(input, wide, i64::from_le_bytes),
        DType::I32 => each(input, wide, |bytes| i32::from_le_bytes(bytes) as i64),
        DType::I16 => each(input, wide, |bytes| i16::from_le_bytes(bytes) as i64),
        DType::I8 => each(input, wide, |bytes| i8::from_le_bytes(bytes) as i64),
        DType::U64 => each(input, wide, |bytes| u64::from_le_bytes(bytes) as i64),
        DType::U32 => each(input, wide, |bytes| u32::from_le_bytes(bytes) as i64),
        DType::U16 => each(input, wide, |bytes| u16::from_le_bytes(bytes) as i64),
        _ => each(input, wide, |[byte]| byte as i64),
    }
    if from == DType::Bool && wide.iter().any(|&value| value > 1) {
        return Err(Unfit);
    }
    Ok(from != DType::U64)
}

fn each<const N: usize>(input: &[u8], wide: &mut [i64], decode: impl Fn([u8; N]) -> i64) {
    for (wide, bytes) in wide.iter_mut().zip(input.as_chunks().0) {
        *wide = decode(*bytes);
    }
}

/// Writes the elements as `to`.
pub(super) fn encode(
    to: DType,
    wide: &[i64],
    signed: bool,
    output: &mut [u8],
    overflow: Overflow,
) -> Result<(), Unfit> {
    // Nothing past `i64::MAX` fits any target but `u64`, and nothing below 0 fits that one.
    let negative_fits = if to == DType::U64 { !signed } else { signed };
    let fits = match to {
        DType::I64 | DType::U64 => narrow(wide, output, negative_fits, |value| (value.to_le_bytes(), value)),
        DType::I32 => narrow(wide, output, negative_fits, |value| ((value as i32).to_le_bytes(), value as i32 as i64)),
        DType::I16 => narrow(wide, output, negative_fits, |value| ((value as i16).to_le_bytes(), value as i16 as i64)),
        DType::I8 => narrow(wide, output, negative_fits, |value| ((value as i8).to_le_bytes(), value as i8 as i64)),
        DType::U32 => narrow(wide, output, negative_fits, |value| ((value as u32).to_le_bytes(), value as u32 as i64)),
        DType::U16 => narrow(wide, output, negative_fits, |value| ((value as u16).to_le_bytes(), value as u16 as i64)),
        DType::Bool => narrow(wide, output, negative_fits, |value| ([value as u8], value & 1)),
        _ => narrow(wide, output, negative_fits, |value| ([value as u8], value as u8 as i64)),
    };
    if fits {
        return Ok(());
    }
    settle(to, wide.iter().map(|&wide| widest(wide, signed)), output, overflow)
}

/// The number itself.
pub(super) fn widest(wide: i64, signed: bool) -> i128 {
    if signed { wide as i128 } else { wide as u64 as i128 }
}

/// Cuts every element, and says whether all are what they were.
fn narrow<const N: usize>(
    wide: &[i64],
    output: &mut [u8],
    negative_fits: bool,
    cut: impl Fn(i64) -> ([u8; N], i64),
) -> bool {
    let mut changed = false;
    for (&value, output) in wide.iter().zip(output.as_chunks_mut().0) {
        let (bytes, back) = cut(value);
        *output = bytes;
        changed |= (back != value) | ((value < 0) & !negative_fits);
    }
    !changed
}

/// Writes exact integers, those beyond the range as `overflow` says. For a bool there is no nearest value.
fn settle(to: DType, values: impl Iterator<Item = i128>, output: &mut [u8], overflow: Overflow) -> Result<(), Unfit> {
    let (least, greatest) = range(to);
    let size = to.size().unwrap_or(1);
    for (value, output) in values.zip(output.chunks_exact_mut(size)) {
        let nearest = value.clamp(least, greatest);
        if nearest != value && (overflow != Overflow::Saturate || to == DType::Bool) {
            return Err(Unfit);
        }
        output.copy_from_slice(&nearest.to_le_bytes()[..size]);
    }
    Ok(())
}

/// The least and the greatest number of an integer dtype or of bools.
fn range(of: DType) -> (i128, i128) {
    match of {
        DType::I64 => (i64::MIN as i128, i64::MAX as i128),
        DType::I32 => (i32::MIN as i128, i32::MAX as i128),
        DType::I16 => (i16::MIN as i128, i16::MAX as i128),
        DType::I8 => (i8::MIN as i128, i8::MAX as i128),
        DType::U64 => (0, u64::MAX as i128),
        DType::U32 => (0, u32::MAX as i128),
        DType::U16 => (0, u16::MAX as i128),
        DType::Bool => (0, 1),
        _ => (0, u8::MAX as i128),
    }
}

/// Turns floats to `i64`s of the same value, and says whether all are such.
pub(super) fn from_floats(values: &[f64], wide: &mut [i64]) -> bool {
    /// 2^63, the least float past every `i64`: the cast gives `i64::MAX` for it, which rounds back to it.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    let mut changed = false;
    for (wide, &value) in wide.iter_mut().zip(values) {
        *wide = value as i64;
        changed |= (*wide as f64 != value) | (value == BEYOND);
    }
    !changed
}

/// As [`from_floats`] and [`encode`] together, for blocks that hold something unusual: every element is looked at.
pub(super) fn settle_floats(to: DType, values: &[f64], output: &mut [u8], overflow: Overflow) -> Result<(), Unfit> {
    let size = to.size().unwrap_or(1);
    let (least, greatest) = range(to);
    for (&value, output) in values.iter().zip(output.chunks_exact_mut(size)) {
        // Past every target the cast stops at an end of `i128`; there all floats are integers. It cuts toward zero, so that a value just past
        // an end of the range is at it.
        let integer = value as i128;
        let whole = integer as f64 == value || value.abs() > u64::MAX as f64;
        let past = value > 0.0 && integer >= greatest || value < 0.0 && integer <= least;
        if !whole && !past {
            return Err(Unfit);
        }
        let beyond = if whole { 0 } else { value.signum() as i128 };
        settle(to, core::iter::once(integer + beyond), output, overflow)?;
    }
    Ok(())
}

/// Turns integers to floats of the same value.
pub(super) fn to_floats(wide: &[i64], signed: bool, values: &mut [f64]) -> Result<(), Unfit> {
    let mut changed = false;
    for (value, &wide) in values.iter_mut().zip(wide) {
        // The largest integers round up past their type and are cast back to its end, which would look unchanged.
        if signed {
            *value = wide as f64;
            changed |= (*value as i64 != wide) | (wide == i64::MAX);
        } else {
            *value = wide as u64 as f64;
            changed |= (*value as u64 != wide as u64) | (wide as u64 == u64::MAX);
        }
    }
    if changed { Err(Unfit) } else { Ok(()) }
}
