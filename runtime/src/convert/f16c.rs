//! From `f32` to `f16` by the processor's own instruction. `half` has it too, behind a call for every eight numbers, which takes longer than the
//! memory does.
#![allow(unsafe_code)]

use core::arch::x86_64::{_MM_FROUND_TO_NEAREST_INT, _mm256_cvtps_ph};

use bytemuck::must_cast;
use half::f16;
use half::slice::HalfFloatSliceExt;

/// Rounds each value to the nearest half, ties to even, where the processor can; says whether it could.
pub(super) fn round(values: &[f32], halves: &mut [f16]) -> bool {
    let can = std::is_x86_feature_detected!("avx") && std::is_x86_feature_detected!("f16c");
    if can {
        // SAFETY: the processor has the instructions that the function is compiled for.
        unsafe { round_by_eight(values, halves) };
    }
    can
}

#[target_feature(enable = "avx,f16c")]
fn round_by_eight(values: &[f32], halves: &mut [f16]) {
    let (values, last_values) = values.as_chunks::<8>();
    let (halves, last_halves) = halves.as_chunks_mut::<8>();
    for (values, halves) in values.iter().zip(halves) {
        *halves = must_cast(_mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(must_cast(*values)));
    }
    last_halves.convert_from_f32_slice(last_values);
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
            if round(&values[..len], &mut halves) {
                for (half, value) in halves.iter().zip(&values) {
                    assert_eq!(half.to_bits(), f16::from_f32_const(*value).to_bits(), "{value:e}");
                }
            }
        }
    }
}
