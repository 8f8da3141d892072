//! Halves that become `F32` where they are: read to the second half of the memory
//! ([`Input::read_halves`](crate::codec::input::Input::read_halves)), they make room for themselves.

use super::{Overflow, block};
use crate::dtype::DType;

/// Whether elements of `from` in the second half of memory become elements of `to` in all of it.
pub(super) fn are_widened(from: DType, to: DType) -> bool {
    matches!(from, DType::F16 | DType::BF16) && to == DType::F32
}

/// Makes the floats of two bytes that the second half holds, as many as the elements, into these.
pub(super) fn widen(from: DType, elements: &mut [f32]) {
    const HALF: usize = size_of::<u16>();
    const WHOLE: usize = size_of::<f32>();

    let len = elements.len();
    let memory: &mut [u8] = bytemuck::cast_slice_mut(elements);
    let mut halves = [0; block::LEN * HALF];
    // What is written ends at `end * WHOLE`, and what is not read yet begins at `(len + end) * HALF`: never before it.
    for start in (0..len).step_by(block::LEN) {
        let end = len.min(start + block::LEN);
        let halves = &mut halves[..(end - start) * HALF];
        halves.copy_from_slice(&memory[(len + start) * HALF..(len + end) * HALF]);
        let output = &mut memory[start * WHOLE..end * WHOLE];
        let Ok(()) = block::convert(from, halves, DType::F32, output, Overflow::Error) else {
            unreachable!("every half is an `F32`")
        };
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn every_half_becomes_what_it_is_and_none_is_overwritten_before() {
        let bits: Vec<u16> = (0..=u16::MAX).collect();
        for from in [DType::F16, DType::BF16] {
            for len in [0, 1, block::LEN - 1, block::LEN, block::LEN + 1, bits.len()] {
                let bits = &bits[bits.len() - len..];
                let mut elements = vec![0.0f32; len];
                let memory: &mut [u8] = bytemuck::cast_slice_mut(&mut elements);
                memory[len * 2..].copy_from_slice(bytemuck::cast_slice(bits));
                widen(from, &mut elements);
                let mut expected = vec![0.0f32; len];
                let output = bytemuck::cast_slice_mut(&mut expected);
                let policy = crate::Conversion::default();
                crate::convert::convert_elements(from, bytemuck::cast_slice(bits), DType::F32, output, 0, &policy)
                    .unwrap();
                let bits = |list: &[f32]| list.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&elements), bits(&expected), "{from} {len}");
            }
        }
    }
}
