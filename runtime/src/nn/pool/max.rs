//! Maxima over windows.

use num_traits::Float;

use super::planes;
use crate::backend::{Backend, Tensor};
use crate::module::Module;
use crate::nn::config::config;
use crate::nn::padding::PaddingConfig2d;
use crate::nn::window::Axis;

/// The maximum of each window. Padding is less than everything, NaN more.
#[derive(Clone, Debug, Module, serde::Serialize, serde::Deserialize)]
#[module(stateless)]
pub struct MaxPool2d {
    /// Step of the window.
    #[module(constant)]
    pub stride: [usize; 2],
    /// Size of the window.
    #[module(constant)]
    pub kernel_size: [usize; 2],
    /// Padding around the input.
    #[module(constant)]
    pub padding: PaddingConfig2d,
    /// Distance of the window's elements.
    #[module(constant)]
    pub dilation: [usize; 2],
    /// Whether a last window may reach beyond the padded input.
    #[module(constant)]
    pub ceil_mode: bool,
}

config! {
    /// Creates a [`MaxPool2d`].
    MaxPool2dConfig {
        /// Size of the window.
        kernel_size: [usize; 2],
    } with {
        /// Step of the window; its size by default.
        with_strides => strides: [usize; 2] = kernel_size,
        /// Padding around the input; none by default.
        with_padding => padding: PaddingConfig2d = PaddingConfig2d::Valid,
        /// Distance of the window's elements; 1 by default.
        with_dilation => dilation: [usize; 2] = [1, 1],
        /// Whether a last window may reach beyond the padded input. It may not by default.
        with_ceil_mode => ceil_mode: bool = false,
    }
}

impl MaxPool2dConfig {
    /// The layer.
    pub fn init(&self) -> MaxPool2d {
        MaxPool2d {
            stride: self.strides,
            kernel_size: self.kernel_size,
            padding: self.padding,
            dilation: self.dilation,
            ceil_mode: self.ceil_mode,
        }
    }
}

impl MaxPool2d {
    /// `[batch, channels, height, width]` to `[batch, channels, height, width]`.
    ///
    /// # Panics
    /// If the padded input is smaller than the window.
    #[expect(clippy::needless_pass_by_value, reason = "layers take their input, as in Burn")]
    pub fn forward<B: Backend>(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        let [_, _, height, width] = input.dims();
        let (kernel, stride) = (self.kernel_size, self.stride);
        let padding = self.padding.pairs([height, width], kernel, stride);
        let [rows, columns] = std::array::from_fn(|i| {
            let axis = [height, width][i];
            Axis::pool(axis, kernel[i], stride[i], self.dilation[i], padding[i], self.ceil_mode)
        });
        planes(&input, [rows.output, columns.output], B::FloatElem::neg_infinity(), |from, mut to| {
            rows.each_tap(|out_row, row| {
                columns.each_tap(|out_column, column| {
                    let (x, max) = (from[[row, column]], &mut to[[out_row, out_column]]);
                    if x > *max || x.is_nan() {
                        *max = x;
                    }
                });
            });
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Device;
    use crate::backend::NdArray;

    fn input() -> Tensor<NdArray, 4> {
        Tensor::from_floats([[[[-1.0f32, -2.0, -3.0], [-4.0, -5.0, -6.0], [-7.0, -8.0, -0.5]]]], Device::default())
    }

    fn check(config: &MaxPool2dConfig, expected: &[f32], shape: [usize; 2]) {
        let output = config.init().forward(input());
        assert_eq!((output.elements(), &output.dims()[2..]), (expected, &shape[..]));
    }

    #[test]
    fn each_window_gives_its_maximum() {
        let config = MaxPool2dConfig::new([2, 2]);
        check(&config, &[-1.0], [1, 1]);
        check(&config.clone().with_ceil_mode(true), &[-1.0, -3.0, -7.0, -0.5], [2, 2]);
        check(&config.clone().with_strides([1, 1]), &[-1.0, -2.0, -4.0, -0.5], [2, 2]);
        check(&config.clone().with_dilation([2, 2]).with_strides([1, 1]), &[-0.5], [1, 1]);
    }

    #[test]
    fn padding_is_never_the_maximum() {
        let config = MaxPool2dConfig::new([2, 2]);
        let padded = config.clone().with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1));
        check(&padded, &[-1.0, -2.0, -4.0, -0.5], [2, 2]);
        let same = config.with_strides([1, 1]).with_padding(PaddingConfig2d::Same);
        check(&same, &[-1.0, -2.0, -3.0, -4.0, -0.5, -0.5, -7.0, -0.5, -0.5], [3, 3]);
    }
}
