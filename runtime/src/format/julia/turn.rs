//! Column-major to row-major.

use crate::bytes::BytesMut;
use crate::error::{Error, ErrorKind, Result};
use crate::tensor::TensorData;

/// Elements along each side of a tile: two tiles of eight-byte elements fit the first cache.
const TILE: usize = 32;

/// The tensor of the same shape whose row-major elements are those that `tensor` holds in column-major order.
pub(crate) fn to_row_major(tensor: TensorData) -> Result<TensorData> {
    let (dims, dtype) = (tensor.shape().dims(), tensor.dtype());
    if dims.iter().filter(|&&dim| dim > 1).count() < 2 || tensor.num_elements() == 0 {
        return Ok(tensor);
    }
    let Some(size) = dtype.size() else { return Err(Error::new(ErrorKind::NoConversion { from: dtype, to: dtype })) };
    let mut out = BytesMut::zeroed(dtype, tensor.bytes().len())?;
    match size {
        1 => turn::<1>(tensor.bytes(), dims, out.as_mut_slice()),
        2 => turn::<2>(tensor.bytes(), dims, out.as_mut_slice()),
        4 => turn::<4>(tensor.bytes(), dims, out.as_mut_slice()),
        8 => turn::<8>(tensor.bytes(), dims, out.as_mut_slice()),
        _ => turn::<16>(tensor.bytes(), dims, out.as_mut_slice()),
    }
    TensorData::new(out.freeze(), tensor.shape().clone(), dtype)
}

/// Transposes the plane of the first axis (whose elements follow each other in `from`) and the last (in `to`) for each place along
/// the axes between.
fn turn<const SIZE: usize>(from: &[u8], dims: &[usize], to: &mut [u8]) {
    let (from, to) = (from.as_chunks::<SIZE>().0, to.as_chunks_mut::<SIZE>().0);
    let (&[first, ref middle @ .., last], total) = (dims, from.len()) else { return };
    // Between elements of the last axis in `from`, and of the first in `to`.
    let (from_stride, to_stride) = (total / last, total / first);
    let mut place = alloc::vec![0usize; middle.len()];
    loop {
        // Strides along the axes between grow from the left in `from`, and from the right in `to`.
        let start_from = first * middle.iter().zip(&place).rev().fold(0, |sum, (dim, at)| sum * dim + at);
        let start_to = last * middle.iter().zip(&place).fold(0, |sum, (dim, at)| sum * dim + at);
        for i_tile in (0..first).step_by(TILE) {
            for j_tile in (0..last).step_by(TILE) {
                for i in i_tile..(i_tile + TILE).min(first) {
                    for j in j_tile..(j_tile + TILE).min(last) {
                        to[start_to + i * to_stride + j] = from[start_from + i + j * from_stride];
                    }
                }
            }
        }
        let Some(axis) = (0..middle.len()).rev().find(|&axis| place[axis] + 1 < middle[axis]) else { return };
        place[axis] += 1;
        place[axis + 1..].fill(0);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::dtype::Element;
    use crate::shape::Shape;

    /// The definition, element by element.
    fn naive<E: Element + Copy>(from: &[E], dims: &[usize]) -> Vec<E> {
        let place = |mut index: usize| {
            let mut at: Vec<usize> = dims.iter().rev().map(|dim| (index % dim, index /= dim).0).collect();
            at.reverse();
            dims.iter().zip(&at).rev().fold(0, |sum, (dim, at)| sum * dim + at)
        };
        (0..from.len()).map(|index| from[place(index)]).collect()
    }

    #[test]
    fn every_rank_and_width_is_turned_as_the_definition_says() {
        for dims in [&[3, 5][..], &[2, 3, 4], &[40, 2, 3, 35], &[1, 7, 2], &[4, 1, 1, 3], &[65, 33]] {
            let count: usize = dims.iter().product();
            let elements: Vec<u32> = (0..).take(count).collect();
            let turned = to_row_major(TensorData::from_vec(elements.clone(), dims).unwrap()).unwrap();
            assert_eq!(turned.as_slice::<u32>().unwrap(), naive(&elements, dims), "{dims:?}");
            let bytes: Vec<u8> = elements.iter().map(|e| e.to_le_bytes()[0]).collect();
            let turned = to_row_major(TensorData::from_vec(bytes.clone(), dims).unwrap()).unwrap();
            assert_eq!(turned.as_slice::<u8>().unwrap(), naive(&bytes, dims), "{dims:?}");
        }
        let empty = TensorData::from_vec(Vec::<f32>::new(), Shape::new([3, 0, 2]).unwrap()).unwrap();
        assert_eq!(to_row_major(empty.clone()).unwrap(), empty);
    }
}
