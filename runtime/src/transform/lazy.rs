//! Tensors that are made when they are asked for.

use alloc::rc::Rc;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::convert::permute;
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{PlainBytes, TensorFile};
use crate::record::LeafRef;
use crate::shape::Shape;
use crate::tensor::TensorData;

/// A tensor whose dtype and shape are known and whose elements are made when they are asked for: from a file, from a module, or from
/// other lazy tensors.
///
/// ```
/// use vellum::TensorData;
/// use vellum::transform::LazyTensor;
///
/// let tensor = LazyTensor::from(TensorData::from_vec(vec![1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3])?);
/// let turned = tensor.transposed()?;
/// assert_eq!(turned.shape().dims(), [3, 2]);
/// assert_eq!(turned.to_data()?.as_slice::<f32>()?, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// # Ok::<(), vellum::Error>(())
/// ```
#[derive(Clone)]
pub struct LazyTensor<'a> {
    dtype: DType,
    shape: Shape,
    origin: Rc<dyn Origin + 'a>,
}

/// Where the elements of a [`LazyTensor`] come from.
pub(super) trait Origin {
    /// The elements, shared where they can be.
    fn to_data(&self) -> Result<TensorData>;

    /// As [`TensorFile::plain_bytes`].
    fn plain_bytes(&self) -> Option<PlainBytes<'_>> {
        None
    }

    /// Gives the elements' bytes to `sink`, in order.
    fn write_to(&self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        sink(self.to_data()?.bytes())
    }
}

impl Origin for TensorData {
    fn to_data(&self) -> Result<TensorData> {
        Ok(self.clone())
    }
}

struct OfFile {
    file: Arc<dyn TensorFile>,
    index: usize,
}

impl Origin for OfFile {
    fn to_data(&self) -> Result<TensorData> {
        self.file.read(self.index)
    }

    fn plain_bytes(&self) -> Option<PlainBytes<'_>> {
        self.file.plain_bytes(self.index)
    }
}

impl Origin for &LeafRef<'_> {
    fn to_data(&self) -> Result<TensorData> {
        LeafRef::to_data(self)
    }

    fn write_to(&self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        sink(self.view()?.bytes())
    }
}

struct Made<F>(F);

impl<F: Fn() -> Result<TensorData>> Origin for Made<F> {
    fn to_data(&self) -> Result<TensorData> {
        (self.0)()
    }
}

impl From<TensorData> for LazyTensor<'_> {
    fn from(data: TensorData) -> Self {
        Self::new(data.dtype(), data.shape().clone(), data)
    }
}

impl<'a> LazyTensor<'a> {
    pub(super) fn new(dtype: DType, shape: Shape, origin: impl Origin + 'a) -> Self {
        Self { dtype, shape, origin: Rc::new(origin) }
    }

    /// A tensor of a file.
    pub(crate) fn of_file(file: &Arc<dyn TensorFile>, index: usize, dtype: DType, shape: Shape) -> Self {
        Self::new(dtype, shape, OfFile { file: Arc::clone(file), index })
    }

    /// A tensor of a module, where it is.
    pub(crate) fn of_leaf(leaf: &'a LeafRef<'a>) -> Self {
        Self::new(leaf.dtype(), leaf.shape(), leaf)
    }

    /// A tensor that `make` gives, of this dtype and shape.
    pub fn from_fn(dtype: DType, shape: Shape, make: impl Fn() -> Result<TensorData> + 'a) -> Self {
        Self::new(dtype, shape, Made(make))
    }

    /// The dtype of the elements.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The lengths of the axes.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The elements.
    ///
    /// # Errors
    /// Those of the file, of the module's tensor library, or of what makes the tensor.
    pub fn to_data(&self) -> Result<TensorData> {
        self.checked(self.origin.to_data()?)
    }

    /// The elements' bytes, if they are copied from a file as they lie in it.
    pub(super) fn plain_bytes(&self) -> Option<PlainBytes<'_>> {
        self.origin.plain_bytes()
    }

    /// Data that is what was promised.
    fn checked(&self, data: TensorData) -> Result<TensorData> {
        if data.dtype() != self.dtype {
            return Err(Error::new(ErrorKind::DTypeMismatch { expected: self.dtype, found: data.dtype() }));
        }
        if *data.shape() != self.shape {
            let (expected, found) = (self.shape.clone(), data.shape().clone());
            return Err(Error::new(ErrorKind::ShapeMismatch { expected, found }));
        }
        Ok(data)
    }

    /// Gives the elements' row-major little-endian bytes to `sink`, in order.
    ///
    /// # Errors
    /// As [`LazyTensor::to_data`], and those of the sink.
    pub fn write_to(&self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.origin.write_to(sink)
    }

    /// The tensor that `change` makes of this one, of the dtype and shape given.
    #[must_use]
    pub fn map(self, dtype: DType, shape: Shape, change: impl Fn(TensorData) -> Result<TensorData> + 'a) -> Self {
        Self::from_fn(dtype, shape, move || change(self.to_data()?))
    }

    /// This tensor with its two axes exchanged.
    ///
    /// # Errors
    /// [`ErrorKind::RankMismatch`] if it has not two; [`ErrorKind::NoConversion`] for elements of less than a byte.
    pub fn transposed(self) -> Result<Self> {
        self.permuted(&[1, 0])
    }

    /// The tensor whose axis `i` is the axis `axes[i]` of this one.
    ///
    /// # Errors
    /// [`ErrorKind::RankMismatch`] if `axes` does not name each axis once; [`ErrorKind::NoConversion`] for elements of less than a byte.
    pub fn permuted(self, axes: &[usize]) -> Result<Self> {
        if self.dtype.size().is_none() {
            return Err(Error::new(ErrorKind::NoConversion { from: self.dtype, to: self.dtype }));
        }
        let (dtype, shape, axes) = (self.dtype, permuted_shape(&self.shape, axes)?, axes.to_vec());
        let turned = shape.clone();
        Ok(self.map(dtype, shape, move |data| permute(&data.view(), &axes, &turned)))
    }

    /// The same elements in another shape.
    ///
    /// # Errors
    /// [`ErrorKind::ShapeMismatch`] if that has another number of elements.
    pub fn reshaped(self, shape: impl Into<Vec<usize>>) -> Result<Self> {
        let shape = Shape::new(shape.into())?;
        if shape.num_elements() != self.shape.num_elements() {
            return Err(Error::new(ErrorKind::ShapeMismatch { expected: shape, found: self.shape }));
        }
        let (dtype, new) = (self.dtype, shape.clone());
        Ok(self.map(dtype, shape, move |data| TensorData::new(data.bytes().clone(), new.clone(), dtype)))
    }

    /// The rows from `start` to `end` of the first axis.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if they are not all there, or if a row is not a whole number of bytes.
    pub fn rows(self, start: usize, end: usize) -> Result<Self> {
        let axes = self.shape.dims();
        let (Some((&len, rest)), true) = (axes.split_first(), start <= end) else {
            return Err(Error::argument("a tensor without axes has no rows"));
        };
        let row = Shape::new(rest)?.num_elements();
        let (true, Some(bytes)) = (end <= len, self.dtype.byte_len(row)) else {
            return Err(Error::argument(alloc::format!("{} has no rows {start} to {end}", self.shape)));
        };
        let mut axes = axes.to_vec();
        axes[0] = end - start;
        let (dtype, shape) = (self.dtype, Shape::new(axes)?);
        let cut = shape.clone();
        Ok(self.map(dtype, shape, move |data| {
            match data.bytes().slice(start * bytes..end * bytes) {
                // Bytes of their own, so that the part does not keep the whole alive.
                Some(part) => TensorData::new(part.to_vec().into(), cut.clone(), dtype),
                None => Err(Error::argument("the rows are not all there")),
            }
        }))
    }

    /// The elements from `start` to `end` of the last axis.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if they are not all there; [`ErrorKind::NoConversion`] for elements of less than a byte.
    pub fn columns(self, start: usize, end: usize) -> Result<Self> {
        let Some(size) = self.dtype.size() else {
            return Err(Error::new(ErrorKind::NoConversion { from: self.dtype, to: self.dtype }));
        };
        let mut axes = self.shape.dims().to_vec();
        let Some(last) = axes.last_mut().filter(|len| start <= end && end <= **len) else {
            return Err(Error::argument(alloc::format!("{} has no columns {start} to {end}", self.shape)));
        };
        let row = *last * size;
        *last = end - start;
        let (dtype, shape) = (self.dtype, Shape::new(axes)?);
        let cut = shape.clone();
        Ok(self.map(dtype, shape, move |data| {
            let mut part = Vec::with_capacity(cut.num_elements() * size);
            for row in data.bytes().chunks_exact(row.max(1)) {
                part.extend_from_slice(row.get(start * size..end * size).unwrap_or_default());
            }
            TensorData::new(part.into(), cut.clone(), dtype)
        }))
    }

    /// One tensor of the rows of several, one after the other.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if there are none, or if they differ in dtype or in any axis but the first.
    pub fn stacked(parts: Vec<Self>) -> Result<Self> {
        let differ = || Error::argument("only tensors of one dtype and row shape can be stacked");
        let first = parts.first().ok_or_else(differ)?;
        let (dtype, mut axes) = (first.dtype, first.shape.dims().to_vec());
        let rest = axes.get(1..).ok_or_else(differ)?.to_vec();
        axes[0] = 0;
        for part in &parts {
            if part.dtype != dtype || part.shape.get(1..) != Some(rest.as_slice()) {
                return Err(differ());
            }
            axes[0] += part.shape[0];
        }
        let shape = Shape::new(axes)?;
        Ok(Self::new(dtype, shape.clone(), Stack { parts, dtype, shape }))
    }
}

/// The shape of a tensor of this shape whose axis `i` is its axis `axes[i]`.
fn permuted_shape(shape: &Shape, axes: &[usize]) -> Result<Shape> {
    let dims: Option<Vec<usize>> = axes.iter().map(|&axis| shape.get(axis).copied()).collect();
    let each_once = (0..shape.rank()).all(|axis| axes.contains(&axis));
    match dims.filter(|dims| each_once && dims.len() == shape.rank()) {
        Some(dims) => Shape::new(dims),
        None => Err(Error::new(ErrorKind::RankMismatch { expected: axes.len(), found: shape.clone() })),
    }
}

struct Stack<'a> {
    parts: Vec<LazyTensor<'a>>,
    dtype: DType,
    shape: Shape,
}

impl Origin for Stack<'_> {
    fn to_data(&self) -> Result<TensorData> {
        let mut bytes = Vec::new();
        self.write_to(&mut |part| {
            bytes.extend_from_slice(part);
            Ok(())
        })?;
        TensorData::new(bytes.into(), self.shape.clone(), self.dtype)
    }

    fn write_to(&self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.parts.iter().try_for_each(|part| part.write_to(sink))
    }
}

impl fmt::Debug for LazyTensor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LazyTensor({} {})", self.dtype, self.shape)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn numbers(rows: usize, columns: usize) -> LazyTensor<'static> {
        let elements: Vec<u16> = (0..rows * columns).map(|i| u16::try_from(i).unwrap()).collect();
        TensorData::from_vec(elements, [rows, columns]).unwrap().into()
    }

    #[test]
    fn another_order_and_another_shape_are_made_when_they_are_read() {
        let tensor = numbers(2, 6).reshaped([2, 3, 2]).unwrap().permuted(&[1, 0, 2]).unwrap();
        assert_eq!(tensor.shape().dims(), [3, 2, 2]);
        assert_eq!(tensor.to_data().unwrap().as_slice::<u16>().unwrap(), [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11]);
        assert!(numbers(2, 3).reshaped([7]).is_err());
        for axes in [&[0][..], &[0, 0], &[1, 2], &[0, 1, 1]] {
            assert!(numbers(2, 3).permuted(axes).is_err(), "{axes:?}");
        }
    }

    #[test]
    fn rows_that_are_cut_and_stacked_again_are_the_same() {
        let tensor = numbers(5, 3);
        let parts = vec![tensor.clone().rows(0, 2).unwrap(), tensor.clone().rows(2, 5).unwrap()];
        assert_eq!(LazyTensor::stacked(parts).unwrap().to_data().unwrap(), tensor.to_data().unwrap());
        assert!(tensor.clone().rows(4, 6).is_err() && tensor.rows(3, 2).is_err());
        assert!(LazyTensor::stacked(vec![numbers(1, 2), numbers(1, 3)]).is_err());
        assert!(LazyTensor::stacked(Vec::new()).is_err());
    }

    #[test]
    fn columns_are_cut_of_every_row() {
        let part = numbers(3, 4).columns(1, 3).unwrap();
        assert_eq!(part.to_data().unwrap().as_slice::<u16>().unwrap(), [1, 2, 5, 6, 9, 10]);
        assert_eq!(numbers(2, 3).columns(1, 1).unwrap().to_data().unwrap().shape().dims(), [2, 0]);
        assert!(numbers(2, 3).columns(1, 4).is_err() && numbers(2, 3).columns(2, 1).is_err());
    }

    #[test]
    fn what_a_change_promised_is_checked() {
        let tensor = numbers(1, 2).map(DType::F32, Shape::new([1, 2]).unwrap(), Ok);
        assert!(matches!(tensor.to_data().unwrap_err().kind(), ErrorKind::DTypeMismatch { .. }));
    }
}
