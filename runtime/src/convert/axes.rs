//! Axes in another order.

use alloc::vec::Vec;

use crate::bytes::BytesMut;
use crate::error::{Error, ErrorKind, Result};
use crate::shape::Shape;
use crate::tensor::{TensorData, TensorView};

/// Elements along each side of a tile: both sides of it stay in the cache.
const TILE: usize = 32;

/// The tensor whose axis `i` is the axis `axes[i]` of `data`: each is named once. `shape` is that of the result.
pub(crate) fn permute(data: &TensorView<'_>, axes: &[usize], shape: &Shape) -> Result<TensorData> {
    let dtype = data.dtype();
    let Some(size) = dtype.size() else {
        return Err(Error::new(ErrorKind::NoConversion { from: dtype, to: dtype }));
    };
    let mut strides = alloc::vec![1usize; data.shape().rank()];
    for axis in (1..strides.len()).rev() {
        strides[axis - 1] = strides[axis] * data.shape()[axis];
    }
    let from: Vec<usize> = axes.iter().map(|&axis| strides[axis]).collect();
    let mut buffer = BytesMut::zeroed(dtype, data.bytes().len())?;
    let output = buffer.as_mut_slice();
    match size {
        1 => turn::<1>(data.bytes(), shape, &from, output),
        2 => turn::<2>(data.bytes(), shape, &from, output),
        4 => turn::<4>(data.bytes(), shape, &from, output),
        8 => turn::<8>(data.bytes(), shape, &from, output),
        _ => turn::<16>(data.bytes(), shape, &from, output),
    }
    TensorData::new(buffer.freeze(), shape.clone(), dtype)
}

/// Fills `to`, row-major of this shape, with the elements of `from` at these strides: plane by plane of the axis whose elements follow
/// each other in `from` and the one whose elements do so in `to`, each plane tile by tile.
fn turn<const SIZE: usize>(from: &[u8], shape: &[usize], strides: &[usize], to: &mut [u8]) {
    let (from, to) = (from.as_chunks::<SIZE>().0, to.as_chunks_mut::<SIZE>().0);
    let Some((&width, outer)) = shape.split_last().filter(|_| !to.is_empty()) else {
        to.copy_from_slice(from);
        return;
    };
    let stride = strides[outer.len()];
    // The axis along which `from` is read, if that is not the last one.
    let along = (0..outer.len()).filter(|&axis| shape[axis] > 1).find(|&axis| strides[axis] == 1);
    let (height, to_stride) = along.map_or((1, 0), |axis| (shape[axis], shape[axis + 1..].iter().product()));
    let mut place = alloc::vec![0usize; outer.len()];
    let fixed = |axis: &usize| Some(*axis) != along;
    loop {
        let start_from: usize = place.iter().zip(strides).map(|(at, stride)| at * stride).sum();
        let start_to = width * outer.iter().zip(&place).fold(0, |sum, (dim, at)| sum * dim + at);
        for top in (0..height).step_by(TILE) {
            for left in (0..width).step_by(TILE) {
                for row in top..(top + TILE).min(height) {
                    for column in left..(left + TILE).min(width) {
                        to[start_to + row * to_stride + column] = from[start_from + row + column * stride];
                    }
                }
            }
        }
        let Some(axis) = (0..outer.len()).rev().filter(fixed).find(|&axis| place[axis] + 1 < outer[axis]) else {
            return;
        };
        place[axis] += 1;
        (axis + 1..outer.len()).filter(fixed).for_each(|axis| place[axis] = 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, element by element.
    fn naive(elements: &[u16], dims: &[usize], axes: &[usize]) -> Vec<u16> {
        let out: Vec<usize> = axes.iter().map(|&axis| dims[axis]).collect();
        let element = |mut place: usize| {
            let mut index = alloc::vec![0; dims.len()];
            for (&axis, &len) in axes.iter().zip(&out).rev() {
                (index[axis], place) = (place % len, place / len);
            }
            elements[dims.iter().zip(&index).fold(0, |sum, (dim, at)| sum * dim + at)]
        };
        (0..elements.len()).map(element).collect()
    }

    #[test]
    fn every_order_of_axes_is_as_the_definition_says() {
        for (dims, axes) in [
            (&[2, 3][..], &[1, 0][..]),
            (&[33, 65], &[1, 0]),
            (&[2, 3, 4], &[2, 1, 0]),
            (&[2, 3, 4], &[0, 2, 1]),
            (&[2, 3, 4], &[1, 0, 2]),
            (&[2, 3, 4], &[0, 1, 2]),
            (&[3, 1, 5, 40], &[3, 2, 0, 1]),
            (&[3, 2, 5, 1], &[3, 2, 0, 1]),
            (&[3, 2, 34, 4], &[2, 3, 1, 0]),
            (&[1, 1, 7], &[2, 0, 1]),
            (&[4, 1], &[1, 0]),
            (&[3, 0, 2], &[2, 1, 0]),
            (&[5], &[0]),
            (&[], &[]),
        ] {
            let count: usize = dims.iter().product();
            let elements: Vec<u16> = (0..).take(count).collect();
            let data = TensorData::from_vec(elements.clone(), dims).unwrap();
            let shape = Shape::new(axes.iter().map(|&axis| dims[axis]).collect::<Vec<_>>()).unwrap();
            let turned = permute(&data.view(), axes, &shape).unwrap();
            assert_eq!(turned.as_slice::<u16>().unwrap(), naive(&elements, dims, axes), "{dims:?} {axes:?}");
        }
    }
}
