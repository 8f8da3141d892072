//! From `f32` to quantised blocks, as ggml's reference functions round (`quantize_row_q8_0_ref`, `quantize_row_q4_0_ref`).

use half::f16;

/// Elements a block, of both types.
pub(super) const BLOCK: usize = 32;

/// A block of Q8_0: the scale is the largest magnitude through 127, quotients are rounded to the nearest, ties away from zero.
/// `None` if an element is not finite, or the scale overflows an f16.
pub(super) fn q8_0(elements: &[f32; BLOCK]) -> Option<[u8; 34]> {
    let largest = elements.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
    let scale = largest / 127.0;
    let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
    let mut block = [0; 34];
    block[..2].copy_from_slice(&half_of(scale, elements)?);
    for (out, x) in block[2..].iter_mut().zip(elements) {
        let quotient = round(x * inverse);
        *out = quotient.cast_unsigned();
    }
    Some(block)
}

/// A block of Q4_0: the scale is the element of largest magnitude through -8, so that this one is met exactly.
/// `None` as for [`q8_0`].
pub(super) fn q4_0(elements: &[f32; BLOCK]) -> Option<[u8; 18]> {
    let largest = elements.iter().fold(0.0f32, |largest, &x| if x.abs() > largest.abs() { x } else { largest });
    let scale = largest / -8.0;
    let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
    let mut block = [0; 18];
    block[..2].copy_from_slice(&half_of(scale, elements)?);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "casts saturate; the range is 0 to 16.5"
    )]
    let quant = |x: f32| ((x * inverse + 8.5) as u8).min(15);
    let (low, high) = elements.split_at(BLOCK / 2);
    for ((out, low), high) in block[2..].iter_mut().zip(low).zip(high) {
        *out = quant(*low) | quant(*high) << 4;
    }
    Some(block)
}

/// To the nearest, ties away from zero; the magnitude is at most 127. (`f32::round` needs the standard library.)
#[expect(clippy::cast_possible_truncation, reason = "the magnitude is small, and casts saturate")]
fn round(x: f32) -> i8 {
    let whole = x as i8;
    let rest = x - f32::from(whole);
    whole.saturating_add(i8::from(rest >= 0.5)).saturating_sub(i8::from(rest <= -0.5))
}

fn half_of(scale: f32, elements: &[f32; BLOCK]) -> Option<[u8; 2]> {
    let half = f16::from_f32(scale);
    (half.is_finite() && elements.iter().all(|x| x.is_finite())).then(|| half.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::dequantize::dequantize;
    use super::super::kind::GgmlType;
    use super::*;

    #[test]
    fn what_is_decoded_is_near_what_was_encoded() {
        let mut elements = [0f32; BLOCK];
        for (i, x) in (0u8..).zip(&mut elements) {
            *x = (f32::from(i) - 11.3) * 0.37;
        }
        let largest = elements.iter().fold(0f32, |a, x| a.max(x.abs()));
        let mut out = [0f32; BLOCK];
        assert!(dequantize(GgmlType::Q8_0, &q8_0(&elements).unwrap(), &mut out));
        assert!(out.iter().zip(&elements).all(|(a, b)| (a - b).abs() <= largest / 127.0));
        assert!(dequantize(GgmlType::Q4_0, &q4_0(&elements).unwrap(), &mut out));
        assert!(out.iter().zip(&elements).all(|(a, b)| (a - b).abs() <= largest / 8.0));
    }

    #[test]
    fn ties_are_rounded_away_from_zero() {
        for (x, rounded) in [(0.5, 1), (-0.5, -1), (0.499_999_97, 0), (126.5, 127), (-126.5, -127), (2.4, 2), (0.0, 0)]
        {
            assert_eq!(round(x), rounded, "{x}");
        }
    }

    #[test]
    fn zeros_stay_zeros_and_what_has_no_scale_is_told() {
        let mut out = [1f32; BLOCK];
        dequantize(GgmlType::Q8_0, &q8_0(&[0.0; BLOCK]).unwrap(), &mut out);
        assert!(out.iter().all(|x| x.to_bits() == 0));
        for bad in [f32::NAN, f32::INFINITY, 1e30] {
            let mut elements = [1f32; BLOCK];
            elements[7] = bad;
            assert!(q8_0(&elements).is_none() && q4_0(&elements).is_none(), "{bad}");
        }
    }
}
