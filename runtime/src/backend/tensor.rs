//! Vellum's own tensor: elements shared between clones, copied when written.

use core::borrow::Borrow;
use core::fmt;
use core::marker::PhantomData;

use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD, Dimension, IxDyn};

use super::{Backend, Float, TensorKind};
use crate::convert::{Conversion, convert};
use crate::device::Device;
use crate::dtype::{DType, Element};
use crate::error::{Error, ErrorKind, Result};
use crate::record::plain::{bind_tensor, tensor_item, tensor_tree};
use crate::record::{Binder, Item, Leaf, LeafRef, Record, Schema, Tree};
use crate::shape::Shape;
use crate::tensor::{TensorData, TensorView};

/// A tensor of `D` axes whose elements the backend `B` stores: floats, integers or bools by its kind `K`.
///
/// Clones share the elements; a write copies them first if they are shared. [`Tensor::view`] gives them to `ndarray` without a copy and
/// [`Tensor::from_array`] takes them from it without one.
///
/// ```
/// use vellum::backend::{NdArray, Tensor};
///
/// let tensor = Tensor::<NdArray<f32>, 2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &Default::default());
/// assert_eq!(tensor.dims(), [2, 2]);
/// assert_eq!(tensor.view().sum(), 10.0);
/// ```
pub struct Tensor<B: Backend, const D: usize, K: TensorKind<B> = Float> {
    /// Of the dtype of `K::Elem`, of `D` axes, aligned for its elements.
    data: TensorData,
    kind: PhantomData<fn() -> (B, K)>,
}

impl<B: Backend, const D: usize, K: TensorKind<B>> Tensor<B, D, K> {
    /// A tensor from data, converted to the backend's element type within its kind.
    ///
    /// # Errors
    /// Another number of axes, another kind, an element that does not fit.
    pub fn try_from_data(data: impl Into<TensorData>, _device: impl Borrow<Device>) -> Result<Self> {
        let data: TensorData = data.into();
        if data.shape().rank() != D {
            return Err(Error::new(ErrorKind::RankMismatch { expected: D, found: data.shape().clone() }));
        }
        let data = convert(data, K::Elem::DTYPE, &Conversion::default())?.into_aligned()?;
        Ok(Self { data, kind: PhantomData })
    }

    /// A tensor from data, as [`Tensor::try_from_data`].
    ///
    /// # Panics
    /// Where that gives an error.
    pub fn from_data(data: impl Into<TensorData>, device: impl Borrow<Device>) -> Self {
        match Self::try_from_data(data, device) {
            Ok(tensor) => tensor,
            Err(error) => panic!("{error}"),
        }
    }

    /// A tensor of an `ndarray` array's elements: without a copy where they are in row-major order and at the front of the array's memory,
    /// as all are that were not cut.
    ///
    /// # Panics
    /// If the array has not `D` axes.
    pub fn from_array<Dim: Dimension + 'static>(array: ndarray::Array<K::Elem, Dim>) -> Self {
        match array.into_data().and_then(|data| Self::try_from_data(data, Device::default())) {
            Ok(tensor) => tensor,
            Err(error) => panic!("{error}"),
        }
    }

    /// A tensor whose elements are all `value`.
    ///
    /// # Panics
    /// If the shape has more elements than can be addressed.
    pub fn full(shape: [usize; D], value: K::Elem, _device: impl Borrow<Device>) -> Self {
        Self::from_array(ArrayD::from_elem(IxDyn(&shape), value))
    }

    /// A tensor of zeros (`false` for bools).
    ///
    /// # Panics
    /// As [`Tensor::full`].
    pub fn zeros(shape: [usize; D], device: impl Borrow<Device>) -> Self {
        Self::full(shape, K::Elem::default(), device)
    }

    /// The elements, in place.
    pub fn view(&self) -> ArrayViewD<'_, K::Elem> {
        match ArrayViewD::from_shape(IxDyn(self.data.shape()), self.elements()) {
            Ok(view) => view,
            Err(_) => unreachable!("a tensor's shape and elements agree"),
        }
    }

    /// The elements for writing: copied first, if they are shared or lie in anything but a `Vec` of their type that holds nothing else. So
    /// do bools that were loaded, small tensors that were read together, and bytes that were given.
    pub fn view_mut(&mut self) -> ArrayViewMutD<'_, K::Elem> {
        let shape = IxDyn(self.data.shape());
        match self.data.make_mut().map(|elements| ArrayViewMutD::from_shape(shape, elements)) {
            Ok(Ok(view)) => view,
            _ => unreachable!("a tensor's shape, dtype and elements agree"),
        }
    }

    /// The elements as an array: copied where [`Tensor::view_mut`] copies.
    pub fn into_array(self) -> ArrayD<K::Elem> {
        let shape = IxDyn(self.data.shape());
        match self.data.into_vec().map(|elements| ArrayD::from_shape_vec(shape, elements)) {
            Ok(Ok(array)) => array,
            _ => unreachable!("a tensor's shape, dtype and elements agree"),
        }
    }

    /// The elements in row-major order.
    pub fn elements(&self) -> &[K::Elem] {
        match self.data.as_slice() {
            Ok(elements) => elements,
            Err(_) => unreachable!("a tensor's bytes are aligned and of its dtype"),
        }
    }

    /// The data: dtype, shape and bytes, shared.
    pub fn to_data(&self) -> TensorData {
        self.data.clone()
    }

    /// The data, by value.
    pub fn into_data(self) -> TensorData {
        self.data
    }

    /// The lengths of the axes.
    pub fn dims(&self) -> [usize; D] {
        match <[usize; D]>::try_from(self.data.shape().dims()) {
            Ok(dims) => dims,
            Err(_) => unreachable!("a tensor has as many axes as its type says"),
        }
    }

    /// The lengths of the axes.
    pub fn shape(&self) -> Shape {
        self.data.shape().clone()
    }

    /// The same elements under another shape.
    ///
    /// # Panics
    /// If it has another number of elements.
    #[must_use]
    pub fn reshape<const D2: usize>(self, shape: [usize; D2]) -> Tensor<B, D2, K> {
        match Shape::new(shape).and_then(|shape| self.data.reshape(shape)) {
            Ok(data) => Tensor { data, kind: PhantomData },
            Err(error) => panic!("{error}"),
        }
    }

    /// The axes from `start` to `end`, both included, as one.
    ///
    /// # Panics
    /// If `D2` is not the number of axes that are left, the axes are not there, or `end` is before `start`.
    #[must_use]
    pub fn flatten<const D2: usize>(self, start: usize, end: usize) -> Tensor<B, D2, K> {
        let dims = self.dims();
        assert!(start <= end && end < D, "there are no axes from {start} to {end}: the tensor has {D}");
        let mut shape = dims[..start].to_vec();
        shape.push(dims[start..=end].iter().product());
        shape.extend_from_slice(&dims[end + 1..]);
        match <[usize; D2]>::try_from(shape) {
            Ok(shape) => self.reshape(shape),
            Err(shape) => panic!("{} axes are left, not {D2}", shape.len()),
        }
    }
}

impl<B: Backend, const D: usize> Tensor<B, D, Float> {
    /// A tensor of floats, rounded to the backend's type.
    ///
    /// # Panics
    /// As [`Tensor::from_data`].
    pub fn from_floats(floats: impl Into<TensorData>, device: impl Borrow<Device>) -> Self {
        Self::from_data(floats, device)
    }

    /// A tensor of ones.
    ///
    /// # Panics
    /// As [`Tensor::full`].
    pub fn ones(shape: [usize; D], device: impl Borrow<Device>) -> Self {
        use super::FloatElement;
        Self::full(shape, B::FloatElem::from_f64(1.0), device)
    }
}

impl<B: Backend, const D: usize> Tensor<B, D, super::Int> {
    /// A tensor of integers.
    ///
    /// # Panics
    /// As [`Tensor::from_data`].
    pub fn from_ints(ints: impl Into<TensorData>, device: impl Borrow<Device>) -> Self {
        Self::from_data(ints, device)
    }
}

impl<B: Backend, const D: usize, K: TensorKind<B>> Leaf for Tensor<B, D, K> {
    const DTYPE: Option<DType> = Some(K::Elem::DTYPE);
    const KEEPS_BYTES: bool = true;

    fn dtype(&self) -> DType {
        self.data.dtype()
    }

    fn shape(&self) -> Shape {
        self.data.shape().clone()
    }

    fn view(&self) -> Result<TensorView<'_>> {
        Ok(self.data.view())
    }

    fn into_data(self) -> Result<TensorData> {
        Ok(self.data)
    }

    fn from_data(data: TensorData, device: &Device) -> Result<Self> {
        Self::try_from_data(data, device)
    }
}

impl<B: Backend, const D: usize, K: TensorKind<B>> Record for Tensor<B, D, K> {
    fn schema() -> Schema {
        Schema::Tensor(Some(K::Elem::DTYPE))
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        tensor_tree(self)
    }

    fn into_item(self) -> Result<Item> {
        tensor_item(self)
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        bind_tensor(item, binder)
    }
}

impl<B: Backend, const D: usize, K: TensorKind<B>> Clone for Tensor<B, D, K> {
    fn clone(&self) -> Self {
        Self { data: self.data.clone(), kind: PhantomData }
    }
}

/// Equality of shape and of bits: a NaN equals itself, and 0 differs from -0.
impl<B: Backend, const D: usize, K: TensorKind<B>> PartialEq for Tensor<B, D, K> {
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}

impl<B: Backend, const D: usize, K: TensorKind<B>> fmt::Debug for Tensor<B, D, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor({} {})", self.data.dtype(), self.data.shape())
    }
}
