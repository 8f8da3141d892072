//! A tensor's data: dtype, shape and bytes that agree.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use crate::bytes::Bytes;
use crate::convert::permute;
use crate::dtype::{DType, Element};
use crate::error::{Error, ErrorKind, Result};
use crate::shape::Shape;

/// A tensor's data: dtype, shape and row-major little-endian bytes that are owned, shared, static or mapped.
///
/// The length of the bytes always is what dtype and shape take, and a bool is always 0 or 1: [`TensorData::new`] is the only way
/// in and checks both. Clones share the bytes.
///
/// ```
/// use vellum::{DType, TensorData};
///
/// let tensor = TensorData::from_vec(vec![1.0f32, 2.0, 3.0, 4.0], [2, 2])?;
/// assert_eq!(tensor.dtype(), DType::F32);
/// assert_eq!(tensor.as_slice::<f32>()?, [1.0, 2.0, 3.0, 4.0]);
/// # Ok::<(), vellum::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct TensorData {
    dtype: DType,
    shape: Shape,
    bytes: Bytes,
}

impl TensorData {
    /// A tensor from its bytes, row-major and little-endian.
    ///
    /// # Errors
    /// [`ErrorKind::ByteLength`] if dtype and shape do not take exactly these bytes; [`ErrorKind::Corrupt`] if a bool is neither
    /// 0 nor 1.
    pub fn new(bytes: Bytes, shape: Shape, dtype: DType) -> Result<Self> {
        check(&bytes, &shape, dtype)?;
        Ok(Self { dtype, shape, bytes })
    }

    /// A tensor from its elements in row-major order, without copying them.
    ///
    /// # Errors
    /// [`ErrorKind::ByteLength`] if the shape has another number of elements.
    pub fn from_vec<E: Element>(elements: Vec<E>, shape: impl TryInto<Shape, Error: Into<Error>>) -> Result<Self> {
        Self::new(Bytes::from_vec(elements), shape.try_into().map_err(Into::into)?, E::DTYPE)
    }

    /// A tensor of no axes and one element.
    pub fn scalar<E: Element>(value: E) -> Self {
        Self { dtype: E::DTYPE, shape: Shape::scalar(), bytes: Bytes::from_vec(alloc::vec![value]) }
    }

    /// The type of the elements.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The lengths of the axes.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Number of elements.
    pub fn num_elements(&self) -> usize {
        self.shape.num_elements()
    }

    /// The elements' bytes: row-major, little-endian.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The elements' bytes, by value.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// The elements, in place.
    ///
    /// # Errors
    /// [`ErrorKind::DTypeMismatch`]; [`ErrorKind::Misaligned`] for bytes that a file placed at an odd offset
    /// ([`TensorData::to_vec`] copies them).
    pub fn as_slice<E: Element>(&self) -> Result<&[E]> {
        self.check_dtype(E::DTYPE)?;
        if self.bytes.is_empty() {
            return Ok(&[]);
        }
        bytemuck::checked::try_cast_slice(&self.bytes)
            .map_err(|_| Error::new(ErrorKind::Misaligned { dtype: self.dtype }))
    }

    /// The elements, copied.
    ///
    /// # Errors
    /// [`ErrorKind::DTypeMismatch`].
    pub fn to_vec<E: Element>(&self) -> Result<Vec<E>> {
        self.check_dtype(E::DTYPE)?;
        Ok(E::vec_from_bytes(&self.bytes))
    }

    /// The elements by value: without a copy where the bytes came from a `Vec<E>` that nobody else holds.
    ///
    /// # Errors
    /// [`ErrorKind::DTypeMismatch`].
    pub fn into_vec<E: Element>(self) -> Result<Vec<E>> {
        self.check_dtype(E::DTYPE)?;
        Ok(self.bytes.try_into_vec().unwrap_or_else(|bytes| E::vec_from_bytes(&bytes)))
    }

    /// The elements for writing: copied first if somebody else holds them too, or if they are not the whole of a `Vec<E>`.
    ///
    /// # Errors
    /// [`ErrorKind::DTypeMismatch`].
    pub fn make_mut<E: Element>(&mut self) -> Result<&mut [E]> {
        self.check_dtype(E::DTYPE)?;
        if self.bytes.as_mut_elements::<E>().is_none() {
            self.bytes = Bytes::from_vec(E::vec_from_bytes(&self.bytes));
        }
        match self.bytes.as_mut_elements() {
            Some(elements) => Ok(elements),
            None => unreachable!("the bytes were just copied into a `Vec` of their own"),
        }
    }

    /// The same tensor with bytes that can be viewed as elements in place: copied if they are not aligned.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`].
    pub fn into_aligned(self) -> Result<Self> {
        let align = self.dtype.size().map_or(1, |size| size.min(align_of::<u64>()));
        if self.bytes.as_ptr().align_offset(align) == 0 {
            return Ok(self);
        }
        let mut buffer = crate::bytes::BytesMut::zeroed(self.dtype, self.bytes.len())?;
        buffer.as_mut_slice().copy_from_slice(&self.bytes);
        Ok(Self { bytes: buffer.freeze(), ..self })
    }

    /// The same elements under another shape.
    ///
    /// # Errors
    /// [`ErrorKind::ByteLength`] if it has another number of elements.
    pub fn reshape(self, shape: Shape) -> Result<Self> {
        Self::new(self.bytes, shape, self.dtype)
    }

    /// A borrowed view.
    pub fn view(&self) -> TensorView<'_> {
        TensorView { dtype: self.dtype, shape: self.shape.clone(), bytes: Cow::Borrowed(&self.bytes) }
    }

    fn check_dtype(&self, expected: DType) -> Result<()> {
        if self.dtype == expected {
            return Ok(());
        }
        Err(Error::new(ErrorKind::DTypeMismatch { expected, found: self.dtype }))
    }
}

/// Checks what every tensor promises of its bytes.
fn check(bytes: &[u8], shape: &Shape, dtype: DType) -> Result<()> {
    if dtype.byte_len(shape.num_elements()) != Some(bytes.len()) {
        return Err(Error::new(ErrorKind::ByteLength { shape: shape.clone(), dtype, bytes: bytes.len() as u64 }));
    }
    if dtype == DType::Bool
        && let Some(index) = bytes.iter().position(|&b| b > 1)
    {
        return Err(Error::corrupt(alloc::format!("bool {index} is {}, which is neither 0 nor 1", bytes[index])));
    }
    Ok(())
}

impl fmt::Debug for TensorData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TensorData({} {})", self.dtype, self.shape)
    }
}

/// A tensor's data, borrowed where it lies in memory as files hold it, and otherwise made.
#[derive(Clone, PartialEq, Eq)]
pub struct TensorView<'a> {
    dtype: DType,
    shape: Shape,
    bytes: Cow<'a, [u8]>,
}

impl<'a> TensorView<'a> {
    /// A view of row-major little-endian bytes.
    ///
    /// # Errors
    /// As [`TensorData::new`].
    pub fn new(bytes: Cow<'a, [u8]>, shape: Shape, dtype: DType) -> Result<Self> {
        check(&bytes, &shape, dtype)?;
        Ok(Self { dtype, shape, bytes })
    }

    /// A view of elements in row-major order.
    ///
    /// # Errors
    /// [`ErrorKind::ByteLength`] if the shape has another number of elements.
    pub fn of<E: Element>(elements: &'a [E], shape: Shape) -> Result<Self> {
        Self::new(Cow::Borrowed(bytemuck::cast_slice(elements)), shape, E::DTYPE)
    }

    /// The type of the elements.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The lengths of the axes.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The elements' bytes: row-major, little-endian.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The tensor with its two axes exchanged.
    ///
    /// # Errors
    /// [`ErrorKind::RankMismatch`] if it has not two; [`ErrorKind::NoConversion`] for elements of less than a byte.
    pub fn transposed(&self) -> Result<TensorData> {
        if self.shape.rank() != 2 {
            return Err(Error::new(ErrorKind::RankMismatch { expected: 2, found: self.shape.clone() }));
        }
        permute(self, &[1, 0], &self.shape.reversed())
    }

    /// The bytes by value; borrowed where the view borrows.
    pub fn into_bytes(self) -> Cow<'a, [u8]> {
        self.bytes
    }
}

impl fmt::Debug for TensorView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TensorView({} {})", self.dtype, self.shape)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn bytes_shape_and_dtype_must_agree() {
        let bytes = || Bytes::from(vec![0u8; 12]);
        assert!(TensorData::new(bytes(), Shape::new([3]).unwrap(), DType::F32).is_ok());
        for (shape, dtype) in [([4], DType::F32), ([3], DType::F64), ([2], DType::F32)] {
            assert!(TensorData::new(bytes(), Shape::new(shape).unwrap(), dtype).is_err());
        }
        assert!(TensorData::new(bytes(), Shape::new([1 << 61, 16]).unwrap_or_default(), DType::F32).is_err());
    }

    #[test]
    fn a_bool_is_zero_or_one() {
        let error = TensorData::new(Bytes::from(vec![0u8, 2]), Shape::new([2]).unwrap(), DType::Bool).unwrap_err();
        assert!(error.to_string().contains("bool 1 is 2"));
    }

    #[test]
    fn misaligned_bytes_are_told_and_can_be_copied() {
        let bytes = Bytes::from(vec![0u8; 17]);
        let start = usize::from(bytes.as_ptr().align_offset(4) == 0);
        let tensor =
            TensorData::new(bytes.slice(start..start + 8).unwrap(), Shape::new([2]).unwrap(), DType::F32).unwrap();
        assert!(matches!(tensor.as_slice::<f32>().unwrap_err().kind(), ErrorKind::Misaligned { .. }));
        assert_eq!(tensor.to_vec::<f32>().unwrap(), [0.0, 0.0]);
        assert_eq!(tensor.into_aligned().unwrap().as_slice::<f32>().unwrap(), [0.0, 0.0]);
    }

    #[test]
    fn writing_leaves_the_clones_alone() {
        let mut tensor = TensorData::from_vec(vec![1i32, 2], [2]).unwrap();
        let clone = tensor.clone();
        tensor.make_mut::<i32>().unwrap()[0] = 7;
        assert_eq!(clone.as_slice::<i32>().unwrap(), [1, 2]);
        assert_eq!(tensor.into_vec::<i32>().unwrap(), [7, 2]);
    }
}
