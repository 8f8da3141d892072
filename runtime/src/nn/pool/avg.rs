//! Means over windows.

use num_traits::Zero;

use super::planes;
use crate::backend::{Backend, Tensor};
use crate::module::Module;
use crate::nn::config::config;
use crate::nn::ops::count;
use crate::nn::padding::PaddingConfig2d;
use crate::nn::window::Axis;

/// The mean of each window.
#[derive(Clone, Debug, Module, serde::Serialize, serde::Deserialize)]
#[module(stateless)]
pub struct AvgPool2d {
    /// Step of the window.
    #[module(constant)]
    pub stride: [usize; 2],
    /// Size of the window.
    #[module(constant)]
    pub kernel_size: [usize; 2],
    /// Padding around the input.
    #[module(constant)]
    pub padding: PaddingConfig2d,
    /// Whether padding counts as zeros.
    #[module(constant)]
    pub count_include_pad: bool,
    /// Whether a last window may reach beyond the padded input.
    #[module(constant)]
    pub ceil_mode: bool,
}

config! {
    /// Creates an [`AvgPool2d`].
    AvgPool2dConfig {
        /// Size of the window.
        kernel_size: [usize; 2],
    } with {
        /// Step of the window; its size by default.
        with_strides => strides: [usize; 2] = kernel_size,
        /// Padding around the input; none by default.
        with_padding => padding: PaddingConfig2d = PaddingConfig2d::Valid,
        /// Whether padding counts as zeros. It does by default.
        with_count_include_pad => count_include_pad: bool = true,
        /// Whether a last window may reach beyond the padded input. It may not by default.
        with_ceil_mode => ceil_mode: bool = false,
    }
}

impl AvgPool2dConfig {
    /// The layer.
    pub fn init(&self) -> AvgPool2d {
        AvgPool2d {
            stride: self.strides,
            kernel_size: self.kernel_size,
            padding: self.padding,
            count_include_pad: self.count_include_pad,
            ceil_mode: self.ceil_mode,
        }
    }
}

impl AvgPool2d {
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
            Axis::pool([height, width][i], kernel[i], stride[i], 1, padding[i], self.ceil_mode)
        });
        // What reaches beyond the padding never counts.
        let counts =
            |axis: Axis, padding| if self.count_include_pad { axis.padded(padding).counts() } else { axis.counts() };
        let (in_rows, in_columns) = (counts(rows, padding[0]), counts(columns, padding[1]));
        planes(&input, [rows.output, columns.output], B::FloatElem::zero(), |from, mut to| {
            rows.each_tap(|out_row, row| {
                columns.each_tap(|out_column, column| to[[out_row, out_column]] += from[[row, column]]);
            });
            // A window in which nothing counts has a sum of zero, and so has it as its mean.
            let counted = |row: usize, column: usize| (in_rows[row] * in_columns[column]).max(1);
            to.indexed_iter_mut().for_each(|((row, column), sum)| *sum /= count(counted(row, column)));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Device;
    use crate::backend::NdArray;

    fn check(config: &AvgPool2dConfig, expected: &[f32]) {
        let input = [[[[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]];
        let output = config.init().forward(Tensor::<NdArray, 4>::from_floats(input, Device::default()));
        assert_eq!(output.elements(), expected);
    }

    #[test]
    fn each_window_gives_its_mean() {
        let config = AvgPool2dConfig::new([2, 2]);
        check(&config, &[3.0]);
        check(&config.clone().with_strides([1, 1]), &[3.0, 4.0, 6.0, 7.0]);
        // Beyond the input there is nothing that counts.
        check(&config.with_ceil_mode(true), &[3.0, 4.5, 7.5, 9.0]);
    }

    #[test]
    fn where_nothing_counts_the_mean_is_zero() {
        let below = PaddingConfig2d::Explicit(0, 0, 0, 2);
        let config =
            AvgPool2dConfig::new([2, 2]).with_strides([2, 2]).with_padding(below).with_count_include_pad(false);
        let output = config.init().forward(Tensor::<NdArray, 4>::ones([1, 1, 2, 2], Device::default()));
        assert_eq!(output.elements(), [1.0, 0.0]);
    }

    #[test]
    fn padding_counts_if_it_should() {
        let config = AvgPool2dConfig::new([2, 2]).with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1));
        check(&config, &[0.25, 1.25, 2.75, 7.0]);
        check(&config.with_count_include_pad(false), &[1.0, 2.5, 5.5, 7.0]);
        let uneven = AvgPool2dConfig::new([2, 2]).with_padding(PaddingConfig2d::Explicit(1, 0, 0, 1));
        check(&uneven, &[0.75, 0.75, 6.0, 3.75]);
        check(&uneven.with_count_include_pad(false), &[1.5, 3.0, 6.0, 7.5]);
    }
}
