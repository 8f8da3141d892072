//! Floats of all widths. `f32` holds every value of every one but `F64` exactly.
#![expect(clippy::cast_possible_truncation, reason = "rounding and cutting bits is what this file does")]

use core::ops::BitOr;

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

use super::block::{LEN, Unfit};
use super::{Overflow, float8};
use crate::dtype::DType;

/// What is to be known of a target's codes to find and settle overflows.
struct Codes {
    /// Codes that are no finite number, and only they, have `mask` bits equal to `special`. An encoder gives such a code to whatever
    /// does not fit: infinity where there is one, otherwise NaN.
    mask: u32,
    special: u32,
    has_infinity: bool,
    /// The largest finite number's code.
    largest: u32,
}

const fn codes(to: DType) -> Codes {
    let (mask, special, has_infinity, largest) = match to {
        DType::F16 => (0x7C00, 0x7C00, true, 0x7BFF),
        DType::BF16 => (0x7F80, 0x7F80, true, 0x7F7F),
        DType::F8E4M3 => (0x7F, 0x7F, false, 0x7E),
        DType::F8E5M2 => (0x7C, 0x7C, true, 0x7B),
        DType::F8E4M3Fnuz | DType::F8E5M2Fnuz => (0xFF, 0x80, false, 0x7F),
        DType::F8E8M0 => (0xFF, 0xFF, false, 0xFE),
        _ => (0x7F80_0000, 0x7F80_0000, true, 0x7F7F_FFFF),
    };
    Codes { mask, special, has_infinity, largest }
}

/// Converts at most [`LEN`] elements from one float dtype to another.
pub(super) fn convert(
    from: DType,
    input: &[u8],
    to: DType,
    output: &mut [u8],
    overflow: Overflow,
) -> Result<(), Unfit> {
    match (from, to) {
        (DType::F64, DType::F32) => {
            each(input, output, |bytes| (f64::from_le_bytes(bytes) as f32).to_le_bytes());
            let values = input.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes));
            settle(to, values, output, overflow)
        }
        (DType::F32, DType::F64) => {
            each(input, output, |bytes| f64::from(f32::from_le_bytes(bytes)).to_le_bytes());
            Ok(())
        }
        (_, DType::F32) => {
            with_aligned_f32(output, |values| decode(from, input, values));
            Ok(())
        }
        (DType::F32, _) => {
            if let Ok(values) = bytemuck::try_cast_slice(input) {
                return narrow(to, values, output, overflow);
            }
            let mut scratch = [0.0f32; LEN];
            let values = &mut scratch[..input.len() / size_of::<f32>()];
            decode(from, input, values);
            narrow(to, values, output, overflow)
        }
        _ => {
            let mut scratch = [0.0f32; LEN];
            let values = &mut scratch[..input.len() / from.size().unwrap_or(1)];
            decode(from, input, values);
            if to == DType::F64 {
                return convert(DType::F32, bytemuck::must_cast_slice(values), to, output, overflow);
            }
            narrow(to, values, output, overflow)
        }
    }
}

/// The values of at most [`LEN`] elements of any float dtype.
pub(super) fn decode_f64(from: DType, input: &[u8], values: &mut [f64]) {
    let output = bytemuck::must_cast_slice_mut(values);
    if from == DType::F64 {
        output.copy_from_slice(input);
    } else if convert(from, input, DType::F64, output, Overflow::Error).is_err() {
        unreachable!("every float is an `f64`");
    }
}

/// Whether a float dtype has infinities.
pub(super) fn has_infinity(to: DType) -> bool {
    codes(to).has_infinity
}

/// The largest finite value of a float dtype.
pub(super) fn largest(to: DType) -> f64 {
    if to == DType::F64 {
        return f64::MAX;
    }
    let mut value = [0.0];
    decode_f64(to, &codes(to).largest.to_le_bytes()[..to.size().unwrap_or(4)], &mut value);
    value[0]
}

/// Every element by itself, in a loop that vectorises and asks for no alignment.
fn each<const I: usize, const O: usize>(input: &[u8], output: &mut [u8], convert: impl Fn([u8; I]) -> [u8; O]) {
    for (input, output) in input.as_chunks::<I>().0.iter().zip(output.as_chunks_mut::<O>().0) {
        *output = convert(*input);
    }
}

/// Lets `fill` write elements to bytes that need not be aligned for them.
fn with_aligned_f32(output: &mut [u8], fill: impl FnOnce(&mut [f32])) {
    if let Ok(values) = bytemuck::try_cast_slice_mut(output) {
        return fill(values);
    }
    let mut scratch = [0.0f32; LEN];
    let values = &mut scratch[..output.len() / size_of::<f32>()];
    fill(values);
    output.copy_from_slice(bytemuck::must_cast_slice(values));
}

/// The elements as `f32`: exact for every dtype but `F64`, whose values are [rounded to odd](to_odd).
fn decode(from: DType, input: &[u8], values: &mut [f32]) {
    match from {
        DType::F64 => {
            for (value, &bytes) in values.iter_mut().zip(input.as_chunks().0) {
                *value = to_odd(f64::from_le_bytes(bytes));
            }
        }
        DType::F16 => {
            if let Ok(halves) = bytemuck::try_cast_slice::<u8, f16>(input) {
                return halves.convert_to_f32_slice(values);
            }
            let mut scratch = [f16::ZERO; LEN];
            let halves = &mut scratch[..values.len()];
            bytemuck::must_cast_slice_mut(halves).copy_from_slice(input);
            halves.convert_to_f32_slice(values);
        }
        DType::BF16 => {
            for (value, &bytes) in values.iter_mut().zip(input.as_chunks().0) {
                *value = f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16);
            }
        }
        DType::F32 => bytemuck::must_cast_slice_mut(values).copy_from_slice(input),
        _ => {
            let table = float8::table(from);
            for (value, &code) in values.iter_mut().zip(input) {
                *value = table[usize::from(code)];
            }
        }
    }
}

/// The `f32` that rounds to any narrower float as `value` itself does: the exact value, or else the one of its two neighbours whose
/// last bit is 1, so that no later rounding takes it for a tie or for exact.
#[expect(clippy::float_cmp, reason = "exactness is the question")]
fn to_odd(value: f64) -> f32 {
    let nearest = value as f32;
    let widened = f64::from(nearest);
    let bits = nearest.to_bits();
    let toward_zero = bits.wrapping_sub(u32::from(widened.abs() > value.abs()));
    let inexact = widened != value && !value.is_nan();
    f32::from_bits(if inexact { toward_zero | 1 } else { bits })
}

/// Encodes `f32` values in a dtype narrower than that, and settles overflows.
fn narrow(to: DType, values: &[f32], output: &mut [u8], overflow: Overflow) -> Result<(), Unfit> {
    match to {
        DType::F16 => {
            let finite = if let Ok(halves) = bytemuck::try_cast_slice_mut::<u8, f16>(output) {
                round_to_f16(values, halves)
            } else {
                let mut scratch = [f16::ZERO; LEN];
                let halves = &mut scratch[..values.len()];
                let finite = round_to_f16(values, halves);
                output.copy_from_slice(bytemuck::must_cast_slice(halves));
                finite
            };
            if finite {
                return Ok(());
            }
        }
        DType::BF16 => {
            if round_to_bf16(values, output) {
                return Ok(());
            }
            for (&value, output) in values.iter().zip(output.as_chunks_mut().0) {
                *output = bf16::from_f32(value).to_le_bytes();
            }
        }
        _ => float8::encode(to, values, output),
    }
    settle(to, values.iter().map(|&value| f64::from(value)), output, overflow)
}

/// Rounds each value to the nearest half, ties to even, and says whether all are known to be finite.
fn round_to_f16(values: &[f32], halves: &mut [f16]) -> bool {
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    if let Some(finite) = super::f16c::round(values, halves) {
        return finite;
    }
    halves.convert_from_f32_slice(values);
    false
}

/// Keeps the upper half of each value's bits, rounded to nearest even, and says whether that was right: it is if all are finite and
/// stay so. Integers only, and few of them, because this vectorises at any instruction set.
fn round_to_bf16(values: &[f32], output: &mut [u8]) -> bool {
    /// The least bits that round to infinity; NaN's are larger.
    const OVERFLOW: u32 = 0x7F7F_8000;
    let mut carries = 0;
    for (value, output) in values.iter().zip(output.as_chunks_mut().0) {
        let bits = value.to_bits();
        carries |= (bits & 0x7FFF_FFFF) + (0x8000_0000 - OVERFLOW);
        let rounded = bits.wrapping_add(0x7FFF + ((bits >> 16) & 1));
        // A shift with sign leaves what a vector instruction narrows without loss.
        *output = ((rounded.cast_signed() >> 16) as i16).to_le_bytes();
    }
    carries >> 31 == 0
}

/// Finds the overflows among elements just encoded, and does to them what `overflow` says.
fn settle(to: DType, values: impl Iterator<Item = f64>, output: &mut [u8], overflow: Overflow) -> Result<(), Unfit> {
    let Codes { mask, special, has_infinity, largest } = codes(to);
    if has_infinity && overflow == Overflow::Infinite {
        return Ok(());
    }
    // Where the special codes are those whose `mask` bits are all ones, adding the lowest of these bits carries to the sign's place.
    let carry = mask & mask.wrapping_neg();
    let any = match to {
        DType::F32 => or_all(output, |bytes| (u32::from_le_bytes(bytes) & mask).wrapping_add(carry)) >> 31 != 0,
        DType::F16 | DType::BF16 => {
            let (mask, carry) = (mask as u16, carry as u16);
            or_all(output, |bytes| (u16::from_le_bytes(bytes) & mask).wrapping_add(carry)) >> 15 != 0
        }
        _ => or_all(output, |[byte]| u8::from(byte & mask as u8 == special as u8)) != 0,
    };
    if !any {
        return Ok(());
    }
    let size = to.size().unwrap_or(4);
    for (value, code) in values.zip(output.chunks_exact_mut(size)) {
        let mut bytes = [0; 4];
        bytes[..size].copy_from_slice(code);
        let fits = u32::from_le_bytes(bytes) & mask != special;
        if fits || value.is_nan() || (value.is_infinite() && has_infinity) {
            continue;
        }
        if overflow != Overflow::Saturate || (to == DType::F8E8M0 && value <= 0.0) {
            return Err(Unfit);
        }
        let nearest = if to == DType::F8E8M0 && value < 1.0 { 0 } else { largest };
        code.copy_from_slice(&nearest.to_le_bytes()[..size]);
        if value < 0.0 {
            code[size - 1] |= 0x80;
        }
    }
    Ok(())
}

/// The union of what `test` gives for every code, in a loop without an exit.
fn or_all<T: BitOr<Output = T> + Default, const N: usize>(output: &[u8], test: impl Fn([u8; N]) -> T) -> T {
    output.as_chunks::<N>().0.iter().fold(T::default(), |all, &code| all | test(code))
}
