//! Pooling over height and width. Pools have no parameters.

mod adaptive;
mod avg;
mod max;

pub use adaptive::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig};
pub use avg::{AvgPool2d, AvgPool2dConfig};
pub use max::{MaxPool2d, MaxPool2dConfig};

use ndarray::{ArrayView2, ArrayViewMut2, Axis};

use crate::backend::{Backend, Tensor};

/// Applies `f` to each plane of the input and the plane of the output that belongs to it, which is filled with `first`.
fn planes<B: Backend>(
    input: &Tensor<B, 4>,
    output: [usize; 2],
    first: B::FloatElem,
    mut f: impl FnMut(ArrayView2<'_, B::FloatElem>, ArrayViewMut2<'_, B::FloatElem>),
) -> Tensor<B, 4> {
    let [batch, channels, height, width] = input.dims();
    let mut result = ndarray::Array3::from_elem((batch * channels, output[0], output[1]), first);
    let Ok(view) = ndarray::ArrayView3::from_shape((batch * channels, height, width), input.elements()) else {
        unreachable!("a tensor has as many elements as its shape says")
    };
    view.axis_iter(Axis(0)).zip(result.axis_iter_mut(Axis(0))).for_each(|(from, to)| f(from, to));
    Tensor::<B, 3>::from_array(result).reshape([batch, channels, output[0], output[1]])
}
