//! `ndarray` arrays, lists of numbers, numbers and bare data as tensors.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use ndarray::{ArcArray, Array, Dimension, IxDyn};

use crate::device::Device;
use crate::dtype::{DType, Element};
use crate::error::{Error, ErrorKind, Result};
use crate::record::plain::{bind_tensor, tensor_item, tensor_tree};
use crate::record::{Binder, Item, Leaf, LeafRef, Record, Schema, Tree};
use crate::shape::Shape;
use crate::tensor::{TensorData, TensorView};

/// A view of an array's elements: borrowed where they are in row-major order.
fn array_view<S, D>(array: &ndarray::ArrayBase<S, D>) -> Result<TensorView<'_>>
where
    S: ndarray::Data,
    S::Elem: Element,
    D: Dimension,
{
    let shape = Shape::new(array.shape())?;
    if let Some(elements) = array.as_slice() {
        return TensorView::of(elements, shape);
    }
    let elements: Vec<S::Elem> = array.iter().copied().collect();
    let bytes = bytemuck::cast_slice::<S::Elem, u8>(&elements).to_vec();
    TensorView::new(Cow::Owned(bytes), shape, S::Elem::DTYPE)
}

/// An array from data of its dtype, without a copy where the data came from a `Vec` that nobody else holds.
fn array_from_data<E: Element, D: Dimension>(data: TensorData) -> Result<Array<E, D>> {
    let shape = data.shape().clone();
    let rank = |_| Error::new(ErrorKind::RankMismatch { expected: D::NDIM.unwrap_or_default(), found: shape.clone() });
    let array = Array::from_shape_vec(IxDyn(&shape), data.into_vec()?).map_err(rank)?;
    array.into_dimensionality().map_err(rank)
}

impl<E: Element, D: Dimension + 'static> Leaf for Array<E, D> {
    const DTYPE: Option<DType> = Some(E::DTYPE);

    fn dtype(&self) -> DType {
        E::DTYPE
    }

    fn shape(&self) -> Shape {
        // An array's number of elements fits an `isize`, so its shape is one of ours.
        Shape::new(Array::shape(self)).unwrap_or_default()
    }

    fn view(&self) -> Result<TensorView<'_>> {
        array_view(self)
    }

    fn into_data(self) -> Result<TensorData> {
        let shape = Shape::new(Array::shape(&self))?;
        let array = if self.is_standard_layout() { self } else { self.as_standard_layout().into_owned() };
        let len = array.len();
        let (mut elements, offset) = array.into_raw_vec_and_offset();
        // A sliced array keeps elements outside its slice.
        let start = offset.unwrap_or_default();
        if start != 0 {
            elements.drain(..start);
        }
        elements.truncate(len);
        TensorData::from_vec(elements, shape)
    }

    fn from_data(data: TensorData, _device: &Device) -> Result<Self> {
        array_from_data(data)
    }
}

impl<E: Element, D: Dimension + 'static> Leaf for ArcArray<E, D> {
    const DTYPE: Option<DType> = Some(E::DTYPE);

    fn dtype(&self) -> DType {
        E::DTYPE
    }

    fn shape(&self) -> Shape {
        // As for `Array`.
        Shape::new(ArcArray::shape(self)).unwrap_or_default()
    }

    fn view(&self) -> Result<TensorView<'_>> {
        array_view(self)
    }

    fn into_data(self) -> Result<TensorData> {
        self.into_owned().into_data()
    }

    fn from_data(data: TensorData, _device: &Device) -> Result<Self> {
        Ok(array_from_data::<E, D>(data)?.into_shared())
    }
}

impl<E: Element> Leaf for Vec<E> {
    const DTYPE: Option<DType> = Some(E::DTYPE);

    fn dtype(&self) -> DType {
        E::DTYPE
    }

    fn shape(&self) -> Shape {
        // A `Vec` has at most `isize::MAX` bytes.
        Shape::new([self.len()]).unwrap_or_default()
    }

    fn view(&self) -> Result<TensorView<'_>> {
        TensorView::of(self, Leaf::shape(self))
    }

    fn into_data(self) -> Result<TensorData> {
        let shape = Leaf::shape(&self);
        TensorData::from_vec(self, shape)
    }

    fn from_data(data: TensorData, _device: &Device) -> Result<Self> {
        if data.shape().rank() != 1 {
            return Err(Error::new(ErrorKind::RankMismatch { expected: 1, found: data.shape().clone() }));
        }
        data.into_vec()
    }
}

macro_rules! scalars {
    ($($type:ty),*) => {$(
        impl Leaf for $type {
            const DTYPE: Option<DType> = Some(<$type as Element>::DTYPE);

            fn dtype(&self) -> DType {
                <$type as Element>::DTYPE
            }

            fn shape(&self) -> Shape {
                Shape::scalar()
            }

            fn view(&self) -> Result<TensorView<'_>> {
                TensorView::of(core::slice::from_ref(self), Shape::scalar())
            }

            fn into_data(self) -> Result<TensorData> {
                Ok(TensorData::scalar(self))
            }

            /// A scalar, or a list of one number, which is how some programs write one. In place, where the shape is compared first,
            /// a scalar only.
            fn from_data(data: TensorData, _device: &Device) -> Result<Self> {
                if !matches!(data.shape().dims(), [] | [1]) {
                    return Err(Error::new(ErrorKind::RankMismatch { expected: 0, found: data.shape().clone() }));
                }
                Ok(data.to_vec()?[0])
            }
        }
    )*};
}

scalars!(f64, f32, half::f16, half::bf16, i64, i32, i16, i8, u64, u32, u16, u8, bool);

/// A tensor of any dtype and shape. In place it keeps its own; by value it takes the file's.
impl Leaf for TensorData {
    const DTYPE: Option<DType> = None;
    const KEEPS_BYTES: bool = true;

    fn dtype(&self) -> DType {
        Self::dtype(self)
    }

    fn shape(&self) -> Shape {
        Self::shape(self).clone()
    }

    fn view(&self) -> Result<TensorView<'_>> {
        Ok(Self::view(self))
    }

    fn into_data(self) -> Result<TensorData> {
        Ok(self)
    }

    fn from_data(data: TensorData, _device: &Device) -> Result<Self> {
        Ok(data)
    }
}

macro_rules! tensor_records {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        impl<$($generics)*> Record for $type {
            fn schema() -> Schema {
                Schema::Tensor(<Self as Leaf>::DTYPE)
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
    )*};
}

tensor_records! {
    [E: Element, D: Dimension + 'static] Array<E, D>;
    [E: Element, D: Dimension + 'static] ArcArray<E, D>;
    [] TensorData;
}

/// Elements in nested arrays, outermost axis first.
macro_rules! nested {
    ($($elem:ty),*) => {$(
        nested!(@ $elem, [$elem; A], [A], nested => nested.to_vec());
        nested!(@ $elem, [[$elem; B]; A], [A, B], nested => nested.concat());
        nested!(@ $elem, [[[$elem; C]; B]; A], [A, B, C], nested => nested.concat().concat());
        nested!(@ $elem, [[[[$elem; D]; C]; B]; A], [A, B, C, D], nested => nested.concat().concat().concat());
    )*};
    (@ $elem:ty, $type:ty, [$($len:ident),+], $nested:ident => $elements:expr) => {
        impl<$(const $len: usize),+> From<$type> for TensorData {
            fn from($nested: $type) -> Self {
                match Self::from_vec::<$elem>($elements, [$($len),+]) {
                    Ok(data) => data,
                    Err(_) => unreachable!("the type has as many elements as its lengths say"),
                }
            }
        }
    };
}

nested!(f64, f32, half::f16, half::bf16, i64, i32, i16, i8, u64, u32, u16, u8, bool);
