//! Means over as many windows as are asked for.

use ndarray::s;
use num_traits::Zero;

use super::planes;
use crate::backend::{Backend, Tensor};
use crate::module::Module;
use crate::nn::config::config;
use crate::nn::ops::count;

/// Means over windows that divide the input evenly: output `i` of `n` is over `floor(i * len / n)..ceil((i + 1) * len / n)`.
#[derive(Clone, Debug, Module, serde::Serialize, serde::Deserialize)]
#[module(stateless)]
#[expect(
    clippy::unsafe_derive_deserialize,
    reason = "the unsafe code is in ndarray's `s!`, and asks nothing of the fields"
)]
pub struct AdaptiveAvgPool2d {
    /// Height and width of the output.
    #[module(constant)]
    pub output_size: [usize; 2],
}

config! {
    /// Creates an [`AdaptiveAvgPool2d`].
    AdaptiveAvgPool2dConfig {
        /// Height and width of the output.
        output_size: [usize; 2],
    } with {}
}

impl AdaptiveAvgPool2dConfig {
    /// The layer.
    pub fn init(&self) -> AdaptiveAvgPool2d {
        AdaptiveAvgPool2d { output_size: self.output_size }
    }
}

impl AdaptiveAvgPool2d {
    /// `[batch, channels, height, width]` to `[batch, channels, output height, output width]`.
    ///
    /// # Panics
    /// If the input has no height or no width.
    #[expect(clippy::needless_pass_by_value, reason = "layers take their input, as in Burn")]
    pub fn forward<B: Backend>(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        let [_, _, height, width] = input.dims();
        assert!(height > 0 && width > 0, "there is nothing to take the mean of");
        let window = |i: usize, len: usize, n: usize| i * len / n..((i + 1) * len).div_ceil(n);
        planes(&input, self.output_size, B::FloatElem::zero(), |from, mut to| {
            for ((row, column), mean) in to.indexed_iter_mut() {
                let rows = window(row, height, self.output_size[0]);
                let columns = window(column, width, self.output_size[1]);
                let elements = count(rows.len() * columns.len());
                *mean = from.slice(s![rows, columns]).sum() / elements;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Device;
    use crate::backend::NdArray;

    #[test]
    fn windows_overlap_where_they_do_not_divide_the_input() {
        let input = Tensor::<NdArray, 4>::from_floats([[[[1.0f32, 2.0, 6.0], [3.0, 4.0, 8.0]]]], Device::default());
        let pool = |size| AdaptiveAvgPool2dConfig::new(size).init();
        let output = pool([1, 2]).forward(input.clone());
        assert_eq!(output, Tensor::from_floats([[[[2.5f32, 5.0]]]], Device::default()));
        assert_eq!(pool([2, 3]).forward(input.clone()), input);
        let output = pool([1, 1]).forward(input.clone());
        assert_eq!(output, Tensor::from_floats([[[[4.0f32]]]], Device::default()));
        let output = pool([2, 6]).forward(input);
        assert_eq!(output.elements()[..6], [1.0, 1.0, 2.0, 2.0, 6.0, 6.0]);
    }
}
