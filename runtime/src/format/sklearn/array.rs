//! Arrays that are read when they are asked for.

use alloc::sync::Arc;
use core::fmt;

use crate::bytes::{Bytes, BytesMut};
use crate::dtype::{DType, DTypeKind};
use crate::error::Result;
use crate::format::PlainBytes;
use crate::format::order::{self, Part};
use crate::shape::Shape;
use crate::source::{self, Source};
use crate::tensor::TensorData;

/// An array of a file: its dtype and its shape, and its elements when they are asked for.
///
/// It keeps what it is read from open. Cloning it copies no elements.
#[derive(Clone)]
pub struct Array {
    pub(super) dtype: DType,
    pub(super) shape: Shape,
    pub(super) layout: Layout,
    pub(super) place: Place,
    /// Arrays with the same number are one array in several places.
    pub(super) storage: Option<u64>,
}

/// How elements lie in the bytes.
#[derive(Clone)]
pub(super) struct Layout {
    pub(super) big_endian: bool,
    /// The axes of the array whose first axis changes fastest; `None` where the last one does.
    pub(super) fortran: Option<Shape>,
    /// Where elements lie in records; `None` where they are all that there is.
    pub(super) part: Option<Part>,
}

/// Where the bytes are.
#[derive(Clone)]
pub(super) enum Place {
    Memory(Bytes),
    Source {
        source: Arc<dyn Source>,
        /// Where in the source they start.
        offset: u64,
        /// Whether tensors may share the source's bytes.
        share: bool,
    },
}

impl Array {
    /// The type of the elements.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The lengths of the axes; none for a scalar.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The elements, row-major and little-endian whatever they are in the file.
    ///
    /// # Errors
    /// Those of reading the file.
    pub fn read(&self) -> Result<TensorData> {
        if self.is_plain() {
            let shape = self.shape.clone();
            return match &self.place {
                Place::Memory(bytes) => TensorData::new(bytes.clone(), shape, self.dtype),
                Place::Source { source, offset, share } => {
                    source::read_tensor(source, *offset, self.dtype, shape, *share)
                }
            };
        }
        let Layout { fortran, part, .. } = &self.layout;
        let len = self.dtype.byte_len(self.shape.num_elements()).unwrap_or(usize::MAX);
        let size = self.dtype.size().unwrap_or(1);
        let mut buffer = BytesMut::zeroed(self.dtype, len)?;
        let (source, mut position): (&dyn Source, u64) = match &self.place {
            Place::Memory(bytes) => (bytes, 0),
            Place::Source { source, offset, .. } => (source, *offset),
        };
        let mut fill = |out: &mut [u8]| {
            source.read_at(position, out)?;
            position += out.len() as u64;
            Ok(())
        };
        let part = part.unwrap_or(Part { record: size, offset: 0, len: size });
        match fortran {
            Some(axes) => order::transpose(axes.dims(), &part, buffer.as_mut_slice(), &mut fill)?,
            None => order::pick(&part, buffer.as_mut_slice(), &mut fill)?,
        }
        if self.is_swapped() {
            let numbers = if self.dtype.kind() == DTypeKind::Complex { 2 } else { 1 };
            order::swap_bytes(buffer.as_mut_slice(), size / numbers);
        }
        TensorData::new(buffer.freeze(), self.shape.clone(), self.dtype)
    }
}

impl Array {
    fn is_swapped(&self) -> bool {
        self.layout.big_endian && self.dtype.size() != Some(1)
    }

    /// Whether the bytes are the tensor's, as they are.
    fn is_plain(&self) -> bool {
        !self.is_swapped() && self.layout.fortran.is_none() && self.layout.part.is_none()
    }

    /// As [`TensorFile::plain_bytes`](crate::format::TensorFile::plain_bytes), for the tensor of this name.
    pub(super) fn plain_bytes<'f>(&'f self, name: &'f str) -> Option<PlainBytes<'f>> {
        let Place::Source { source, offset, share: false } = &self.place else { return None };
        let len = self.dtype.byte_len(self.shape.num_elements()).filter(|_| self.is_plain())?;
        Some(PlainBytes::new(len, move |out| source.read_at(*offset, out).map_err(|error| error.in_tensor(name))))
    }
}

impl From<TensorData> for Array {
    fn from(tensor: TensorData) -> Self {
        let layout = Layout { big_endian: false, fortran: None, part: None };
        let (dtype, shape) = (tensor.dtype(), tensor.shape().clone());
        Self { dtype, shape, layout, place: Place::Memory(tensor.into_bytes()), storage: None }
    }
}

impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Array({} {})", self.dtype, self.shape)
    }
}
