//! The floats of one byte.
#![expect(clippy::cast_possible_truncation, reason = "cutting bits is what this file does")]

use crate::dtype::DType;

/// How a byte is divided: `F8_E8M0` is apart, having neither sign nor mantissa.
#[derive(Clone, Copy)]
struct Layout {
    mantissa_bits: u32,
    bias: u32,
    /// Code of the largest finite number.
    largest: u32,
    /// Code of infinity, or of NaN where there is none: without its sign in the OCP dtypes, complete in the `FNUZ` ones.
    overflow: u8,
    nan: u8,
    /// One zero and one NaN, the latter where `-0` would be.
    fnuz: bool,
}

const E4M3: Layout = Layout { mantissa_bits: 3, bias: 7, largest: 0x7E, overflow: 0x7F, nan: 0x7F, fnuz: false };
const E5M2: Layout = Layout { mantissa_bits: 2, bias: 15, largest: 0x7B, overflow: 0x7C, nan: 0x7E, fnuz: false };
const E4M3_FNUZ: Layout = Layout { mantissa_bits: 3, bias: 8, largest: 0x7F, overflow: 0x80, nan: 0x80, fnuz: true };
const E5M2_FNUZ: Layout = Layout { mantissa_bits: 2, bias: 16, largest: 0x7F, overflow: 0x80, nan: 0x80, fnuz: true };

/// The value of each code.
pub(super) fn table(from: DType) -> &'static [f32; 256] {
    static E4M3_VALUES: [f32; 256] = values(E4M3);
    static E5M2_VALUES: [f32; 256] = values(E5M2);
    static E4M3_FNUZ_VALUES: [f32; 256] = values(E4M3_FNUZ);
    static E5M2_FNUZ_VALUES: [f32; 256] = values(E5M2_FNUZ);
    static E8M0_VALUES: [f32; 256] = powers_of_two();
    match from {
        DType::F8E4M3 => &E4M3_VALUES,
        DType::F8E5M2 => &E5M2_VALUES,
        DType::F8E4M3Fnuz => &E4M3_FNUZ_VALUES,
        DType::F8E5M2Fnuz => &E5M2_FNUZ_VALUES,
        _ => &E8M0_VALUES,
    }
}

const fn values(layout: Layout) -> [f32; 256] {
    let mut values = [0.0; 256];
    let mut code = 0;
    while code < 256 {
        values[code as usize] = value(layout, code);
        code += 1;
    }
    values
}

const fn value(layout: Layout, code: u32) -> f32 {
    let Layout { mantissa_bits, bias, largest, fnuz, .. } = layout;
    let magnitude = code & 0x7F;
    let sign = (code & 0x80) << 24;
    if fnuz && code == 0x80 {
        return f32::NAN;
    }
    if magnitude > largest {
        let infinite = magnitude == layout.overflow as u32 && layout.overflow != layout.nan;
        return f32::from_bits(if infinite { 0x7F80_0000 | sign } else { 0x7FC0_0000 | sign });
    }
    let exponent = magnitude >> mantissa_bits;
    let mantissa = magnitude & ((1 << mantissa_bits) - 1);
    // The unit of the last place, as a power of two: exact, and far from the ends of `f32`.
    let (significand, scale) = if exponent == 0 { (mantissa, 1) } else { (mantissa | (1 << mantissa_bits), exponent) };
    let unit = f32::from_bits((127 + scale - bias - mantissa_bits) << 23);
    let value = significand as u16 as f32 * unit;
    f32::from_bits(value.to_bits() | sign)
}

const fn powers_of_two() -> [f32; 256] {
    let mut values = [f32::NAN; 256];
    // 2^-127 is a subnormal `f32`.
    values[0] = f32::from_bits(1 << 22);
    let mut code = 1;
    while code < 255 {
        values[code as usize] = f32::from_bits(code << 23);
        code += 1;
    }
    values
}

/// Encodes `f32` values; what does not fit becomes infinity, or NaN where there is none.
pub(super) fn encode(to: DType, values: &[f32], output: &mut [u8]) {
    match to {
        DType::F8E4M3 => each(values, output, |value| code(E4M3, value)),
        DType::F8E5M2 => each(values, output, |value| code(E5M2, value)),
        DType::F8E4M3Fnuz => each(values, output, |value| code(E4M3_FNUZ, value)),
        DType::F8E5M2Fnuz => each(values, output, |value| code(E5M2_FNUZ, value)),
        _ => each(values, output, power_code),
    }
}

fn each(values: &[f32], output: &mut [u8], code: impl Fn(f32) -> u8) {
    for (output, &value) in output.iter_mut().zip(values) {
        *output = code(value);
    }
}

#[inline]
fn code(layout: Layout, value: f32) -> u8 {
    let Layout { mantissa_bits, bias, largest, overflow, nan, fnuz } = layout;
    let magnitude = value.to_bits() & 0x7FFF_FFFF;
    let sign = ((value.to_bits() >> 24) & 0x80) as u8;

    // Normal: cut the mantissa, rounding to nearest even with a carry into the exponent, and move the exponent to its bias.
    let cut = 23 - mantissa_bits;
    let rounded = magnitude.wrapping_add((1 << (cut - 1)) - 1 + ((magnitude >> cut) & 1)) >> cut;
    let normal = rounded.wrapping_sub((127 - bias) << mantissa_bits);
    // Subnormal: beside a number whose last place is the least subnormal, an addition rounds to multiples of that.
    let anchor = f32::from_bits((127 + 1 + 23 - bias - mantissa_bits) << 23);
    let subnormal = (f32::from_bits(magnitude) + anchor).to_bits().wrapping_sub(anchor.to_bits());
    let least_normal = (127 + 1 - bias) << 23;
    let finite = if magnitude < least_normal { subnormal } else { normal };

    let signed = |code: u8| if fnuz { code } else { code | sign };
    if magnitude > 0x7F80_0000 {
        signed(nan)
    } else if finite > largest {
        signed(overflow)
    } else if fnuz && finite == 0 {
        0
    } else {
        finite as u8 | sign
    }
}

#[inline]
fn power_code(value: f32) -> u8 {
    const NAN: u8 = 0xFF;
    let bits = value.to_bits();
    let rounded = if bits < 1 << 23 {
        // A subnormal `f32`: 2^-127 is the bit below the exponent, and what is past its one and a half is nearer to 2^-126.
        u32::from(bits > 0x60_0000)
    } else {
        bits.wrapping_add(0x3F_FFFF + ((bits >> 23) & 1)) >> 23
    };
    // Below three quarters of 2^-127 the next power down is nearer. A sign makes the bits larger than any number's.
    if !(0x30_0000..=0x7F80_0000).contains(&bits) || rounded >= 0xFF { NAN } else { rounded as u8 }
}
