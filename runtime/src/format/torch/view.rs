//! Tensors as views: which elements of a storage a tensor is, and in which order.

use alloc::format;
use alloc::vec::Vec;
use core::ops::Range;

use crate::bytes::BytesMut;
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, Result};
use crate::shape::Shape;

/// A tensor's elements in a storage: checked to be inside.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) dtype: DType,
    pub(super) shape: Shape,
    /// For each axis, how many elements apart its neighbours are.
    strides: Vec<usize>,
    /// Where in the storage its bytes are, from the first element to the last in memory.
    span: Range<u64>,
    /// The imaginary parts have their sign changed.
    pub(super) conjugate: bool,
    /// All elements have their sign changed.
    pub(super) negative: bool,
}

impl View {
    /// The view of `shape` and `strides` from element `offset` of the bytes at `within` of a storage.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) where an element would lie outside.
    pub(super) fn new(dtype: DType, shape: &[i64], strides: &[i64], offset: i64, within: Range<u64>) -> Result<Self> {
        let natural = |values: &[i64], what: &str| -> Result<Vec<u64>> {
            let values: Option<Vec<u64>> = values.iter().map(|&n| u64::try_from(n).ok()).collect();
            values.ok_or_else(|| Error::corrupt(format!("a negative {what}")))
        };
        if shape.len() != strides.len() {
            let (axes, strides) = (shape.len(), strides.len());
            return Err(Error::corrupt(format!("{axes} axes and {strides} strides")));
        }
        let (axes, steps) = (natural(shape, "axis length")?, natural(strides, "stride")?);
        let shape = Shape::from_u64(axes.as_slice())?;
        let offset = u64::try_from(offset).map_err(|_| Error::corrupt("a negative offset into a storage"))?;
        let size = dtype.bits() / 8;
        let outside = || {
            let held = (within.end - within.start) / size.max(1);
            Error::corrupt(format!(
                "a view of shape {shape} with strides {strides:?} from element {offset} does not fit a storage of {held} elements"
            ))
        };
        if shape.num_elements() == 0 {
            let strides = alloc::vec![0; axes.len()];
            let span = within.start..within.start;
            return Ok(Self { dtype, shape, strides, span, conjugate: false, negative: false });
        }
        // The element that lies furthest: it must be inside, and then all are.
        let reach = axes.iter().zip(&steps).try_fold(0u64, |reach, (&axis, &step)| {
            axis.saturating_sub(1).checked_mul(step).and_then(|step| reach.checked_add(step))
        });
        let bytes = |elements: u64| elements.checked_mul(size)?.checked_add(within.start);
        let span = reach.and_then(|reach| {
            let end = offset.checked_add(reach)?.checked_add(1)?;
            Some(bytes(offset)?..bytes(end)?)
        });
        let span = span.filter(|span| span.end <= within.end).ok_or_else(outside)?;
        // A stride along an axis of one element is never taken, and may be anything.
        let narrowed: Option<Vec<usize>> = axes
            .iter()
            .zip(&steps)
            .map(|(&axis, &step)| if axis == 1 { Some(0) } else { usize::try_from(step).ok() })
            .collect();
        let strides = narrowed.ok_or_else(outside)?;
        Ok(Self { dtype, shape, strides, span, conjugate: false, negative: false })
    }

    /// The view of all elements of `shape` that lie in order in the bytes at `within`.
    pub(super) fn whole(dtype: DType, shape: Shape, fortran: bool, within: Range<u64>) -> Self {
        let mut strides = alloc::vec![0; shape.rank()];
        let mut step = 1usize;
        let mut set = |axis: usize| {
            strides[axis] = step;
            // The product is that of the shape, except beside a zero, where strides are never taken.
            step = step.saturating_mul(shape[axis]);
        };
        if fortran {
            (0..shape.rank()).for_each(&mut set);
        } else {
            (0..shape.rank()).rev().for_each(&mut set);
        }
        Self { dtype, shape, strides, span: within, conjugate: false, negative: false }
    }

    /// Where in the storage its bytes are.
    pub(super) fn span(&self) -> Range<u64> {
        self.span.clone()
    }

    /// Bytes of the tensor.
    pub(super) fn byte_len(&self) -> u64 {
        (self.shape.num_elements() as u64).saturating_mul(self.dtype.bits() / 8)
    }

    /// Whether the bytes at its span are the tensor's, as they are.
    pub(super) fn is_plain(&self) -> bool {
        !self.conjugate && !self.negative && self.runs().is_empty()
    }

    /// The tensor's bytes in row-major order, made from those at its span.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`](crate::ErrorKind::OutOfMemory).
    pub(super) fn gather(&self, span: &[u8], big_endian: bool) -> Result<BytesMut> {
        let size = self.dtype.size().unwrap_or(1);
        let len = self.shape.num_elements().saturating_mul(size);
        let mut buffer = BytesMut::zeroed(self.dtype, len)?;
        let out = buffer.as_mut_slice();
        let axes = self.runs();
        let fits = |end: usize| span.get(..end).ok_or_else(|| Error::corrupt("the storage ends before the view"));
        if axes.is_empty() {
            out.copy_from_slice(fits(len)?);
        } else if !out.is_empty() {
            gather(&axes, span, out, size);
        }
        let part = if self.dtype.kind() == DTypeKind::Complex { size / 2 } else { size };
        if big_endian && part > 1 {
            out.chunks_exact_mut(part).for_each(<[u8]>::reverse);
        }
        if self.negative {
            negate(out, self.dtype.kind(), part);
        }
        if self.conjugate {
            // The sign is the highest bit of the imaginary part, which comes second.
            out.chunks_exact_mut(size).for_each(|element| element[size - 1] ^= 0x80);
        }
        Ok(buffer)
    }

    /// The axes with their strides, those that follow one another in memory joined, those of one element left out; none at all if
    /// the elements lie in row-major order without gaps.
    fn runs(&self) -> Vec<Axis> {
        let mut axes: Vec<Axis> = Vec::new();
        for (&len, &stride) in self.shape.iter().zip(&self.strides).filter(|&(&len, _)| len != 1) {
            match axes.last_mut() {
                Some(outer) if len.checked_mul(stride) == Some(outer.stride) => {
                    *outer = Axis { len: outer.len.saturating_mul(len), stride };
                }
                _ => axes.push(Axis { len, stride }),
            }
        }
        if matches!(axes[..], [Axis { stride: 1, .. }]) || self.shape.num_elements() == 0 {
            axes.clear();
        }
        axes
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Axis {
    len: usize,
    /// In elements.
    stride: usize,
}

/// Copies the elements of `axes` in row-major order, a plane of the two innermost axes at a time. That all are inside `span` was
/// checked when the view was made.
fn gather(axes: &[Axis], span: &[u8], out: &mut [u8], size: usize) {
    const ONE_ROW: Axis = Axis { len: 1, stride: 0 };
    let Some((&columns, outer)) = axes.split_last() else { return };
    let (rows, outer) = outer.split_last().map_or((ONE_ROW, outer), |(&rows, outer)| (rows, outer));
    let mut counters = alloc::vec![0usize; outer.len()];
    let mut start = 0usize;
    for plane in out.chunks_exact_mut(rows.len * columns.len * size) {
        let from = &span[start * size..];
        match size {
            1 => gather_plane::<1>(from, plane, rows, columns),
            2 => gather_plane::<2>(from, plane, rows, columns),
            4 => gather_plane::<4>(from, plane, rows, columns),
            8 => gather_plane::<8>(from, plane, rows, columns),
            _ => gather_plane::<16>(from, plane, rows, columns),
        }
        for (axis, counter) in outer.iter().zip(&mut counters).rev() {
            *counter += 1;
            start += axis.stride;
            if *counter < axis.len {
                break;
            }
            start -= axis.stride * axis.len;
            *counter = 0;
        }
    }
}

/// Copies a plane: rows whose elements are neighbours at once, others a few columns at a time. Then the cache still holds the lines
/// that the row before has touched, which in a transposed matrix hold this row's elements too.
fn gather_plane<const SIZE: usize>(from: &[u8], plane: &mut [u8], rows: Axis, columns: Axis) {
    const COLUMNS: usize = 64;
    let (from, plane) = (from.as_chunks::<SIZE>().0, plane.as_chunks_mut::<SIZE>().0);
    if columns.stride <= 1 {
        for (row, to) in plane.chunks_exact_mut(columns.len).enumerate() {
            let from = &from[row * rows.stride..];
            if columns.stride == 1 { to.copy_from_slice(&from[..columns.len]) } else { to.fill(from[0]) }
        }
        return;
    }
    for first in (0..columns.len).step_by(COLUMNS) {
        let last = columns.len.min(first + COLUMNS);
        for (row, to) in plane.chunks_exact_mut(columns.len).enumerate() {
            let from = from[row * rows.stride + first * columns.stride..].iter().step_by(columns.stride);
            for (to, element) in to[first..last].iter_mut().zip(from) {
                *to = *element;
            }
        }
    }
}

/// Changes the sign of each part of `size` bytes: its highest bit, or for integers as two's complement does.
fn negate(bytes: &mut [u8], kind: DTypeKind, size: usize) {
    for part in bytes.chunks_exact_mut(size) {
        if kind == DTypeKind::Integer {
            let mut carry = true;
            for byte in part {
                (*byte, carry) = (!*byte).overflowing_add(carry.into());
            }
        } else {
            part[size - 1] ^= 0x80;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    /// The view's elements, of a storage that holds 0, 1, 2, .. as u16.
    fn elements(shape: &[i64], strides: &[i64], offset: i64, held: u16) -> Result<Vec<u16>> {
        let storage: Vec<u8> = (0..held).flat_map(u16::to_le_bytes).collect();
        let view = View::new(DType::U16, shape, strides, offset, 0..storage.len() as u64)?;
        let span = view.span();
        let span = &storage[usize::try_from(span.start).unwrap()..usize::try_from(span.end).unwrap()];
        let bytes = view.gather(span, false)?.freeze();
        Ok(bytes.try_into_vec().unwrap())
    }

    #[test]
    fn every_view_agrees_with_one_element_at_a_time() {
        let shapes: [&[i64]; 8] = [&[], &[5], &[1], &[2, 3], &[3, 1, 2], &[0, 4], &[2, 2, 2], &[1, 1]];
        for shape in shapes {
            for mask in 0..4usize.pow(u32::try_from(shape.len()).unwrap()) {
                let strides: Vec<i64> = (0..shape.len()).map(|axis| [0, 1, 2, 6][mask >> (2 * axis) & 3]).collect();
                let mut expected = vec![3u16];
                for (&len, &stride) in shape.iter().zip(&strides) {
                    expected = expected
                        .iter()
                        .flat_map(|&start| (0..len).map(move |i| start + u16::try_from(i * stride).unwrap()))
                        .collect();
                }
                assert_eq!(elements(shape, &strides, 3, 64).unwrap(), expected, "{shape:?} {strides:?}");
            }
        }
    }

    #[test]
    fn a_view_that_leaves_its_storage_is_an_error() {
        for (shape, strides, offset) in [
            (&[5][..], &[1][..], 0),
            (&[4], &[1], 1),
            (&[2], &[4], 0),
            (&[4], &[1], -1),
            (&[4], &[-1], 3),
            (&[-4], &[1], 0),
            (&[4], &[1, 1], 0),
            (&[], &[], 4),
            (&[2], &[1 << 62], 0),
            (&[2, 2], &[1 << 62, 1 << 62], 0),
            (&[1], &[1], i64::MAX),
            (&[1 << 32, 1 << 32], &[0, 0], 0),
        ] {
            assert!(elements(shape, strides, offset, 4).is_err(), "{shape:?} {strides:?} {offset}");
        }
        // No element, no bounds; no step, no stride.
        assert!(elements(&[0], &[1], 99, 4).is_ok() && elements(&[1], &[i64::MAX], 0, 4).is_ok());
    }

    #[test]
    fn neighbours_are_copied_at_once() {
        let view = |shape: &[i64], strides: &[i64]| View::new(DType::U8, shape, strides, 0, 0..1000).unwrap();
        assert!(view(&[2, 3, 4], &[12, 4, 1]).is_plain());
        assert!(view(&[2, 1, 4], &[4, 77, 1]).is_plain());
        assert_eq!(view(&[2, 3, 4], &[24, 4, 1]).runs().len(), 2);
        assert_eq!(view(&[4, 3], &[1, 4]).runs().len(), 2);
        assert!(!view(&[4], &[0]).is_plain());
    }

    #[test]
    fn signs_are_changed_bit_by_bit() {
        let mut view = View::new(DType::C64, &[1], &[1], 0, 0..8).unwrap();
        view.conjugate = true;
        let made = |view: &View, bytes: &[u8], big| view.gather(bytes, big).unwrap().freeze().to_vec();
        let number = [1.0f32.to_le_bytes(), f32::NAN.to_le_bytes()].concat();
        assert_eq!(made(&view, &number, false), [1.0f32.to_le_bytes(), (-f32::NAN).to_le_bytes()].concat());
        view.negative = true;
        let big = [1.0f32.to_be_bytes(), 2.0f32.to_be_bytes()].concat();
        assert_eq!(made(&view, &big, true), [(-1.0f32).to_le_bytes(), 2.0f32.to_le_bytes()].concat());
        let mut view = View::new(DType::I16, &[3], &[1], 0, 0..6).unwrap();
        view.negative = true;
        assert_eq!(made(&view, &[0, 0, 1, 0, 0, 128], false), [0, 0, 255, 255, 0, 128]);
    }
}
