//! From quantised blocks to `f32`.
//!
//! The layouts and the order of operations are ggml's (`ggml-quants.c`), so that results are equal bit for bit. In each block
//! the elements are listed with their low bits first; where a byte holds several elements, these are not neighbours but a whole
//! group apart.

use half::f16;

use super::kind::GgmlType;

/// Fills `out` with the elements of whole blocks, if they are of a type that is known.
pub(super) fn dequantize(kind: GgmlType, blocks: &[u8], out: &mut [f32]) -> bool {
    match kind {
        GgmlType::Q4_0 => each(blocks, out, q4_0),
        GgmlType::Q4_1 => each(blocks, out, q4_1),
        GgmlType::Q5_0 => each(blocks, out, q5_0),
        GgmlType::Q5_1 => each(blocks, out, q5_1),
        GgmlType::Q8_0 => each(blocks, out, q8_0),
        GgmlType::Q2K => each(blocks, out, q2_k),
        GgmlType::Q3K => each(blocks, out, q3_k),
        GgmlType::Q4K => each(blocks, out, q4_k),
        GgmlType::Q5K => each(blocks, out, q5_k),
        GgmlType::Q6K => each(blocks, out, q6_k),
        GgmlType::Iq4Nl => each(blocks, out, iq4_nl),
        GgmlType::Iq4Xs => each(blocks, out, iq4_xs),
        GgmlType::Tq1_0 => each(blocks, out, tq1_0),
        GgmlType::Tq2_0 => each(blocks, out, tq2_0),
        GgmlType::Mxfp4 => each(blocks, out, mxfp4),
        GgmlType::Nvfp4 => each(blocks, out, nvfp4),
        _ => return false,
    }
    true
}

/// Whether [`dequantize`] knows the type.
pub(super) fn is_known(kind: GgmlType) -> bool {
    dequantize(kind, &[], &mut [])
}

fn each<const B: usize, const N: usize>(blocks: &[u8], out: &mut [f32], block: fn(&[u8; B], &mut [f32; N])) {
    for (bytes, out) in blocks.as_chunks::<B>().0.iter().zip(out.as_chunks_mut::<N>().0) {
        block(bytes, out);
    }
}

/// The f16 at a constant place of a block.
fn half_at(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

/// The low four bits of all bytes, then their high four bits.
fn nibbles(bytes: &[u8]) -> impl Iterator<Item = u8> + '_ {
    bytes.iter().map(|byte| byte & 0x0f).chain(bytes.iter().map(|byte| byte >> 4))
}

/// A number of at most 8 bits less an offset, as a float: exact.
fn centred(bits: u8, offset: i16) -> f32 {
    f32::from(i16::from(bits) - offset)
}

fn q4_0(block: &[u8; 18], out: &mut [f32; 32]) {
    let scale = half_at(block, 0);
    for (out, q) in out.iter_mut().zip(nibbles(&block[2..])) {
        *out = scale * centred(q, 8);
    }
}

fn q4_1(block: &[u8; 20], out: &mut [f32; 32]) {
    let (scale, min) = (half_at(block, 0), half_at(block, 2));
    for (out, q) in out.iter_mut().zip(nibbles(&block[4..])) {
        *out = scale * f32::from(q) + min;
    }
}

/// The fifth bits of 32 elements, from their little-endian word, in place 4.
fn fifth_bits(bytes: [u8; 4]) -> impl Iterator<Item = u8> {
    let word = u32::from_le_bytes(bytes);
    (0..32).map(move |i| if word >> i & 1 == 1 { 0x10 } else { 0 })
}

fn q5_0(block: &[u8; 22], out: &mut [f32; 32]) {
    let scale = half_at(block, 0);
    let high = fifth_bits([block[2], block[3], block[4], block[5]]);
    for ((out, low), high) in out.iter_mut().zip(nibbles(&block[6..])).zip(high) {
        *out = scale * centred(low | high, 16);
    }
}

fn q5_1(block: &[u8; 24], out: &mut [f32; 32]) {
    let (scale, min) = (half_at(block, 0), half_at(block, 2));
    let high = fifth_bits([block[4], block[5], block[6], block[7]]);
    for ((out, low), high) in out.iter_mut().zip(nibbles(&block[8..])).zip(high) {
        *out = scale * f32::from(low | high) + min;
    }
}

fn q8_0(block: &[u8; 34], out: &mut [f32; 32]) {
    let scale = half_at(block, 0);
    for (out, q) in out.iter_mut().zip(&block[2..]) {
        *out = f32::from(q.cast_signed()) * scale;
    }
}

fn q2_k(block: &[u8; 84], out: &mut [f32; 256]) {
    let (scales, quants) = block.split_at(16);
    let (scale, min) = (half_at(block, 80), half_at(block, 82));
    // Sixteen elements share a scale; 32 bytes hold four groups of 32 elements, two bits each.
    for (i, out) in out.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let (scale, min) = (scale * f32::from(scales[i] & 0x0f), min * f32::from(scales[i] >> 4));
        let (half, group, side) = (i / 8, i / 2 % 4, i % 2);
        for (out, byte) in out.iter_mut().zip(&quants[half * 32 + side * 16..]) {
            *out = scale * f32::from(byte >> (2 * group) & 3) - min;
        }
    }
}

fn q3_k(block: &[u8; 110], out: &mut [f32; 256]) {
    let (high, quants, scales) = (&block[..32], &block[32..96], &block[96..108]);
    let scale = half_at(block, 108);
    for (i, out) in out.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        // Six bits: four low ones in the first eight bytes, two high ones in the last four.
        let low = scales[i % 8] >> (4 * (i / 8)) & 0x0f;
        let bits = low | (scales[8 + i % 4] >> (2 * (i / 4)) & 3) << 4;
        let scale = scale * centred(bits, 32);
        let (half, group, side) = (i / 8, i / 2 % 4, i % 2);
        for (j, out) in out.iter_mut().enumerate() {
            let low = quants[half * 32 + side * 16 + j] >> (2 * group) & 3;
            // The third bit is stored inverted: where it is not set, four is taken off.
            let third = if high[side * 16 + j] >> (i / 2) & 1 == 1 { 0 } else { 4 };
            *out = scale * centred(low, third);
        }
    }
}

/// Scale and minimum, six bits each, of the group `i` of eight: the packing that Q4_K and Q5_K share.
fn scale_and_min(packed: &[u8], i: usize) -> (f32, f32) {
    let (scale, min) = if i < 4 {
        (packed[i] & 0x3f, packed[i + 4] & 0x3f)
    } else {
        let low = packed[i + 4];
        (low & 0x0f | packed[i - 4] >> 2 & 0x30, low >> 4 | packed[i] >> 2 & 0x30)
    };
    (f32::from(scale), f32::from(min))
}

fn q4_k(block: &[u8; 144], out: &mut [f32; 256]) {
    let (scale, min) = (half_at(block, 0), half_at(block, 2));
    let (packed, quants) = block[4..].split_at(12);
    for (i, out) in out.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        let (group_scale, group_min) = scale_and_min(packed, i);
        let (scale, min) = (scale * group_scale, min * group_min);
        for (out, byte) in out.iter_mut().zip(&quants[i / 2 * 32..]) {
            *out = scale * f32::from(byte >> (4 * (i % 2)) & 0x0f) - min;
        }
    }
}

fn q5_k(block: &[u8; 176], out: &mut [f32; 256]) {
    let (scale, min) = (half_at(block, 0), half_at(block, 2));
    let (packed, high, quants) = (&block[4..16], &block[16..48], &block[48..]);
    for (i, out) in out.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        let (group_scale, group_min) = scale_and_min(packed, i);
        let (scale, min) = (scale * group_scale, min * group_min);
        for ((out, byte), high) in out.iter_mut().zip(&quants[i / 2 * 32..]).zip(high) {
            let q = byte >> (4 * (i % 2)) & 0x0f | (high >> i & 1) << 4;
            *out = scale * f32::from(q) - min;
        }
    }
}

fn q6_k(block: &[u8; 210], out: &mut [f32; 256]) {
    let (low, high, scales) = (&block[..128], &block[128..192], &block[192..208]);
    let scale = half_at(block, 208);
    for (i, out) in out.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        let scale = scale * f32::from(scales[i].cast_signed());
        let (half, place) = (i / 8, i % 8 * 16);
        for (j, out) in out.iter_mut().enumerate() {
            // In half a block: 64 bytes hold low nibbles of 64 elements and then those of the next 64; 32 bytes hold the high
            // two bits of four groups of 32.
            let element = place + j;
            let bits = low[half * 64 + element % 64] >> (4 * (element / 64)) & 0x0f;
            let upper = high[half * 32 + element % 32] >> (2 * (element / 32)) & 3;
            *out = scale * centred(bits | upper << 4, 32);
        }
    }
}

/// The values that IQ4_NL and IQ4_XS choose from.
const IQ4_VALUES: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

fn iq4_nl(block: &[u8; 18], out: &mut [f32; 32]) {
    let scale = half_at(block, 0);
    for (out, q) in out.iter_mut().zip(nibbles(&block[2..])) {
        *out = scale * f32::from(IQ4_VALUES[usize::from(q)]);
    }
}

fn iq4_xs(block: &[u8; 136], out: &mut [f32; 256]) {
    let scale = half_at(block, 0);
    let high = u16::from_le_bytes([block[2], block[3]]);
    let (low, quants) = (&block[4..8], &block[8..]);
    for (i, (out, quants)) in out.as_chunks_mut::<32>().0.iter_mut().zip(quants.chunks_exact(16)).enumerate() {
        let bits = low[i / 2] >> (4 * (i % 2)) & 0x0f | if high >> (2 * i) & 1 == 1 { 0x10 } else { 0 };
        let bits = bits | if high >> (2 * i + 1) & 1 == 1 { 0x20 } else { 0 };
        let scale = scale * centred(bits, 32);
        for (out, q) in out.iter_mut().zip(nibbles(quants)) {
            *out = scale * f32::from(IQ4_VALUES[usize::from(q)]);
        }
    }
}

fn tq1_0(block: &[u8; 54], out: &mut [f32; 256]) {
    let scale = half_at(block, 52);
    // A byte is a fraction of 256 in base 3: a power of 3, modulo 256, brings a digit to the top.
    let digit = |byte: u8, power: u8| (u16::from(byte.wrapping_mul(power)) * 3) >> 8;
    let powers = [1u8, 3, 9, 27, 81];
    let parts = [(&block[..32], &powers[..]), (&block[32..48], &powers[..]), (&block[48..52], &powers[..4])];
    let digits = parts.into_iter().flat_map(|(bytes, powers)| {
        powers.iter().flat_map(move |&power| bytes.iter().map(move |&byte| digit(byte, power)))
    });
    for (out, digit) in out.iter_mut().zip(digits) {
        *out = scale * (f32::from(digit) - 1.0);
    }
}

fn tq2_0(block: &[u8; 66], out: &mut [f32; 256]) {
    let scale = half_at(block, 64);
    for (i, out) in out.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        for (out, byte) in out.iter_mut().zip(&block[i / 4 * 32..]) {
            *out = scale * centred(byte >> (2 * (i % 4)) & 3, 1);
        }
    }
}

/// Twice the values of the 4-bit float E2M1.
const E2M1_DOUBLED: [i8; 16] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

fn mxfp4(block: &[u8; 17], out: &mut [f32; 32]) {
    // Half of the power of two, for the values are doubled: one less in the exponent, and a subnormal for the smallest two.
    let exponent = u32::from(block[0]);
    let bits = if exponent < 2 { 0x0020_0000 << exponent } else { (exponent - 1) << 23 };
    let scale = f32::from_bits(bits);
    for (out, q) in out.iter_mut().zip(nibbles(&block[1..])) {
        *out = scale * f32::from(E2M1_DOUBLED[usize::from(q)]);
    }
}

fn nvfp4(block: &[u8; 36], out: &mut [f32; 64]) {
    let (scales, groups) = block.split_at(4);
    for ((&scale, group), out) in scales.iter().zip(groups.chunks_exact(8)).zip(out.chunks_exact_mut(16)) {
        let scale = half_of_ue4m3(scale);
        for (out, q) in out.iter_mut().zip(nibbles(group)) {
            *out = scale * f32::from(E2M1_DOUBLED[usize::from(q)]);
        }
    }
}

/// Half of an unsigned float of 4 exponent and 3 mantissa bits, for the values are doubled. NaN counts as zero, and the top bit not at all.
fn half_of_ue4m3(bits: u8) -> f32 {
    let (exponent, mantissa) = (u32::from(bits >> 3 & 0x0f), f32::from(bits & 0x07));
    match (bits, exponent) {
        (0x7f, _) => 0.0,
        (_, 0) => mantissa / 1024.0,
        _ => (1.0 + mantissa / 8.0) * f32::from_bits((exponent + 119) << 23),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_as_long_as_the_table_of_types_says() {
        for kind in (0..64).filter_map(GgmlType::from_id).filter(|&kind| is_known(kind)) {
            let (mut out, blocks) =
                (alloc::vec![f32::NAN; kind.block_elements() * 2], alloc::vec![0u8; kind.block_bytes() * 2]);
            assert!(dequantize(kind, &blocks, &mut out));
            assert!(out.iter().all(|x| x.is_finite()), "{kind:?}");
        }
    }

    #[test]
    fn the_scales_of_nvfp4_are_small_floats() {
        // One, the largest, the smallest, and NaN.
        for (bits, half) in [(0x38, 0.5), (0x7e, 224.0), (0x01, 0.5 / 512.0), (0x00, 0.0), (0x7f, 0.0)] {
            assert_eq!(half_of_ue4m3(bits).to_bits(), f32::to_bits(half));
        }
        let mut block = [0; 36];
        (block[1], block[12], block[13]) = (0x38, 0xf7, 0x02);
        let mut out = [f32::NAN; 64];
        nvfp4(&block, &mut out);
        assert_eq!((out[16], out[17], out[24], out[25]), (6.0, 1.0, -6.0, 0.0));
    }

    #[test]
    fn the_smallest_blocks_are_computed_by_hand() {
        let mut block = [0u8; 18];
        block[..2].copy_from_slice(&f16::from_f32(0.5).to_le_bytes());
        block[2] = 0xf1;
        let mut out = [0.0; 32];
        q4_0(&block, &mut out);
        assert_eq!((out[0], out[16], out[1]), (-3.5, 3.5, -4.0));
        let mut block = [0u8; 17];
        (block[0], block[1]) = (128, 0xf7);
        mxfp4(&block, &mut out);
        assert_eq!((out[0], out[16]), (12.0, -12.0));
    }
}
