//! Tensors that are computed from others.

use alloc::vec::Vec;

use super::super::lazy::LazyTensor;
use super::super::named::NamedTensor;
use crate::convert::{Conversion, convert};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::shape::Shape;
use crate::tensor::TensorData;

/// The sum of two tensors of one form.
pub(super) fn sum(parts: Vec<LazyTensor<'_>>) -> Result<LazyTensor<'_>> {
    let [a, b] = <[LazyTensor<'_>; 2]>::try_from(parts).map_err(|_| Error::argument("a sum is of two tensors"))?;
    if (a.dtype(), a.shape()) != (b.dtype(), b.shape()) {
        return Err(Error::corrupt("the two biases of a layer differ in form"));
    }
    let (dtype, shape) = (a.dtype(), a.shape().clone());
    Ok(LazyTensor::from_fn(dtype, shape.clone(), move || {
        let (a, b) = (wide(&a)?, wide(&b)?);
        narrow(a.iter().zip(&b).map(|(a, b)| a + b).collect(), &shape, dtype)
    }))
}

/// Zeros beside a tensor that one framework has alone and another has twice, in its form and with its sources.
pub(super) fn zeros_like<'a>(tensor: &NamedTensor<'a>) -> NamedTensor<'a> {
    let zeros = filled(tensor.tensor.dtype(), tensor.tensor.shape().clone(), 0.0);
    NamedTensor { tensor: zeros, id: None, storage: None, ..tensor.clone() }
}

/// One value everywhere.
pub(super) fn filled<'a>(dtype: DType, shape: Shape, value: f64) -> LazyTensor<'a> {
    let made = shape.clone();
    LazyTensor::from_fn(dtype, shape, move || narrow(alloc::vec![value; made.num_elements()], &made, dtype))
}

pub(super) fn wide(tensor: &LazyTensor<'_>) -> Result<Vec<f64>> {
    convert(tensor.to_data()?, DType::F64, &Conversion::default())?.into_vec()
}

pub(super) fn narrow(values: Vec<f64>, shape: &Shape, dtype: DType) -> Result<TensorData> {
    convert(TensorData::from_vec(values, shape.dims())?, dtype, &Conversion::default())
}
