//! Arrays that are read when they are asked for.

use alloc::boxed::Box;
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
pub struct Array(Arc<Inner>);

/// What is known of an array: once, though the tree has it and the list of a file's tensors. A file can have as many as bytes for their heads.
struct Inner {
    dtype: DType,
    shape: Shape,
    layout: Layout,
    place: Place,
    storage: Option<u64>,
}

/// How elements lie in the bytes.
pub(super) struct Layout {
    pub(super) big_endian: bool,
    /// How many of the first axes change fastest at the first of them; none where the last axis of all does.
    pub(super) fortran: usize,
    /// Where elements lie in records; `None` where they are all that there is.
    pub(super) part: Option<Box<Part>>,
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
    /// Arrays with the same number as `storage` are one array in several places.
    pub(super) fn new(dtype: DType, shape: Shape, layout: Layout, place: Place, storage: Option<u64>) -> Self {
        Self(Arc::new(Inner { dtype, shape, layout, place, storage }))
    }

    /// The type of the elements.
    pub fn dtype(&self) -> DType {
        self.0.dtype
    }

    /// The lengths of the axes; none for a scalar.
    pub fn shape(&self) -> &Shape {
        &self.0.shape
    }

    pub(super) fn storage(&self) -> Option<u64> {
        self.0.storage
    }

    /// The elements, row-major and little-endian whatever they are in the file.
    ///
    /// # Errors
    /// Those of reading the file.
    pub fn read(&self) -> Result<TensorData> {
        let Inner { dtype, shape, layout, place, .. } = &*self.0;
        if self.is_plain() {
            return match place {
                Place::Memory(bytes) => TensorData::new(bytes.clone(), shape.clone(), *dtype),
                Place::Source { source, offset, share } => {
                    source::read_tensor(source, *offset, *dtype, shape.clone(), *share)
                }
            };
        }
        let len = dtype.byte_len(shape.num_elements()).unwrap_or(usize::MAX);
        let size = dtype.size().unwrap_or(1);
        let mut buffer = BytesMut::zeroed(*dtype, len)?;
        let (source, mut position): (&dyn Source, u64) = match place {
            Place::Memory(bytes) => (bytes, 0),
            Place::Source { source, offset, .. } => (source, *offset),
        };
        let mut fill = |out: &mut [u8]| {
            source.read_at(position, out)?;
            position += out.len() as u64;
            Ok(())
        };
        let part = layout.part.as_deref().copied().unwrap_or(Part { record: size, offset: 0, len: size });
        match shape.dims().get(..layout.fortran) {
            Some(axes @ [_, ..]) => order::transpose(axes, &part, buffer.as_mut_slice(), &mut fill)?,
            _ => order::pick(&part, buffer.as_mut_slice(), &mut fill)?,
        }
        if self.is_swapped() {
            let numbers = if dtype.kind() == DTypeKind::Complex { 2 } else { 1 };
            order::swap_bytes(buffer.as_mut_slice(), size / numbers);
        }
        TensorData::new(buffer.freeze(), shape.clone(), *dtype)
    }
}

impl Array {
    fn is_swapped(&self) -> bool {
        self.0.layout.big_endian && self.0.dtype.size() != Some(1)
    }

    /// Whether the bytes are the tensor's, as they are.
    fn is_plain(&self) -> bool {
        !self.is_swapped() && self.0.layout.fortran == 0 && self.0.layout.part.is_none()
    }

    /// As [`TensorFile::plain_bytes`](crate::format::TensorFile::plain_bytes), for the tensor of this name.
    pub(super) fn plain_bytes<'f>(&'f self, name: &'f str) -> Option<PlainBytes<'f>> {
        let Place::Source { source, offset, share: false } = &self.0.place else { return None };
        let len = self.dtype().byte_len(self.shape().num_elements()).filter(|_| self.is_plain())?;
        Some(PlainBytes::new(len, move |out| source.read_at(*offset, out).map_err(|error| error.in_tensor(name))))
    }
}

impl From<TensorData> for Array {
    fn from(tensor: TensorData) -> Self {
        let layout = Layout { big_endian: false, fortran: 0, part: None };
        let (dtype, shape) = (tensor.dtype(), tensor.shape().clone());
        Self::new(dtype, shape, layout, Place::Memory(tensor.into_bytes()), None)
    }
}

impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Array({} {})", self.dtype(), self.shape())
    }
}
