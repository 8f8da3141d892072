//! From `f32` to `f16` by the processor's own instruction. `half` has it too, behind a call for every eight numbers, which takes longer than the
//! memory does.
#![allow(unsafe_code)]

use core::arch::x86_64::{
    __m128i, _MM_FROUND_TO_NEAREST_INT, _mm_add_epi16, _mm_and_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi16,
    _mm_setzero_si128, _mm256_cvtps_ph,
};

use bytemuck::must_cast;
use half::f16;
use half::slice::HalfFloatSliceExt;

/// Rounds each value to the nearest half, ties to even, where the processor can; gives whether all of these are finite.
pub(super) fn round(values: &[f32], halves: &mut [f16]) -> Option<bool> {
    let can = std::is_x86_feature_detected!("avx") && std::is_x86_feature_detected!("f16c");
    // SAFETY: the processor has the instructions that the function is compiled for.
    can.then(|| unsafe { round_by_eight(values, halves) })
}

#[target_feature(enable = "avx,f16c")]
fn round_by_eight(values: &[f32], halves: &mut [f16]) -> bool {
    let (values, last_values) = values.as_chunks::<8>();
    let (halves, last_halves) = halves.as_chunks_mut::<8>();
    // An exponent of all ones is of no finite number: one more of its lowest bit, and it reaches the sign's place.
    let (exponent, lowest) = (_mm_set1_epi16(0x7C00), _mm_set1_epi16(0x0400));
    let mut carries = _mm_setzero_si128();
    for (values, halves) in values.iter().zip(halves) {
        let rounded: __m128i = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(must_cast(*values));
        carries = _mm_or_si128(carries, _mm_add_epi16(_mm_and_si128(rounded, exponent), lowest));
        *halves = must_cast(rounded);
    }
    last_halves.convert_from_f32_slice(last_values);
    // The sign of a half is in the second of its bytes.
    _mm_movemask_epi8(carries) & 0xAAAA == 0 && last_halves.iter().all(|half| half.is_finite())
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn every_number_is_rounded_as_it_is_without_the_instruction() {
        // Both neighbours of every half, the ties between two halves and what lies beside them, and what overflows or is none.
        let around = |bits: u16| {
            let exact = f16::from_bits(bits).to_f32().to_bits();
            [0, 1, 0xfff, 0x1000, 0x1001, 0x1fff].map(|more| f32::from_bits(exact.wrapping_add(more)))
        };
        let values: Vec<f32> =
            (0..=u16::MAX).flat_map(around).chain([f32::MAX, f32::MIN, 1e-40, -0.0, 65520.0]).collect();
        for len in [values.len(), 7, 8, 9] {
            let mut halves = vec![f16::ONE; len];
            if round(&values[..len], &mut halves).is_some() {
                for (half, value) in halves.iter().zip(&values) {
                    assert_eq!(half.to_bits(), f16::from_f32_const(*value).to_bits(), "{value:e}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_finite_is_seen_wherever_it_stands() {
        let finite: Vec<f32> = (0..27u16).map(|n| 65519.0 - f32::from(n)).collect();
        let rounded = |values: &[f32]| round(values, &mut vec![f16::ONE; values.len()]);
        assert_ne!(rounded(&finite), Some(false));
        for place in 0..finite.len() {
            for special in [65520.0, -65520.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, -f32::NAN] {
                let mut values = finite.clone();
                values[place] = special;
                assert_ne!(rounded(&values), Some(true), "{special} at {place}");
            }
        }
    }
}
