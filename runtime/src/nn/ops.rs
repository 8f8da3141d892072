//! What layers compute with: tensors as `ndarray` matrices and back, without copies.

use std::fmt::Display;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView1, ArrayView2};
use num_traits::One;

use crate::backend::{Backend, FloatElement, Tensor};

/// Applies `f` to every element, in place where nobody else holds them.
pub(super) fn map<B: Backend, const D: usize>(
    input: Tensor<B, D>,
    f: impl FnMut(B::FloatElem) -> B::FloatElem,
) -> Tensor<B, D> {
    let mut array = input.into_array();
    array.mapv_inplace(f);
    Tensor::from_array(array)
}

/// Applies `f` to every run of `width` elements, with the run's number.
pub(super) fn map_runs<B: Backend, const D: usize>(
    mut input: Tensor<B, D>,
    width: usize,
    mut f: impl FnMut(usize, &mut [B::FloatElem]),
) -> Tensor<B, D> {
    if width > 0 {
        let mut view = input.view_mut();
        let elements = view.as_slice_mut().unwrap_or_else(|| unreachable!("a tensor is in row-major order"));
        elements.chunks_exact_mut(width).enumerate().for_each(|(i, run)| f(i, run));
    }
    input
}

/// Refuses a tensor of a layer whose shape is not what the rest of the layer asks for.
///
/// A record that is loaded by value brings the shapes of its file. What does not fit would be repeated (by `ndarray`) or cut (by a `zip`), and the
/// layer would predict numbers that nobody meant.
pub(super) fn assert_shape<const D: usize>(name: impl Display, found: [usize; D], expected: [usize; D]) {
    assert!(found == expected, "`{name}` has shape {found:?}, and the rest of the layer asks for {expected:?}");
}

/// The length of the last axis.
pub(super) fn last_axis<B: Backend, const D: usize>(input: &Tensor<B, D>) -> usize {
    match input.dims().last() {
        Some(len) => *len,
        None => panic!("a layer needs at least one axis"),
    }
}

/// All axes but the last as the rows of a matrix.
pub(super) fn rows<B: Backend, const D: usize>(input: &Tensor<B, D>) -> ArrayView2<'_, B::FloatElem> {
    let width = last_axis(input);
    let rows = input.dims()[..D - 1].iter().product();
    matrix([rows, width], input.elements())
}

/// Elements in row-major order as a matrix.
pub(super) fn matrix<E>(shape: [usize; 2], elements: &[E]) -> ArrayView2<'_, E> {
    match ArrayView2::from_shape(shape, elements) {
        Ok(matrix) => matrix,
        Err(_) => unreachable!("the caller gives as many elements as the shape has"),
    }
}

/// A count as a float, to divide by.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 elements the nearest count is meant")]
pub(super) fn count<E: FloatElement>(count: usize) -> E {
    E::from_f64(count as f64)
}

/// `input * weight + bias`.
///
/// # Panics
/// If the bias has another length than the weight's rows.
pub(super) fn affine<B: Backend>(
    input: &ArrayView2<'_, B::FloatElem>,
    weight: &Tensor<B, 2>,
    bias: Option<&Tensor<B, 1>>,
) -> Array2<B::FloatElem> {
    let one = B::FloatElem::one();
    let weight = rows(weight);
    let Some(bias) = bias else { return input.dot(&weight) };
    assert_shape("bias", bias.dims(), [weight.ncols()]);
    let mut output = match ArrayView1::from(bias.elements()).broadcast((input.nrows(), weight.ncols())) {
        Some(rows) => rows.to_owned(),
        None => unreachable!("the bias is as long as a row"),
    };
    general_mat_mul(one, input, &weight, one, &mut output);
    output
}
