//! Convolution over two axes.

use super::direct::Convolution;
use crate::backend::{Backend, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::{Module, Param};
use crate::nn::config::{config, init};
use crate::nn::initializer::Initializer;
use crate::nn::padding::PaddingConfig2d;

/// Convolution over two axes.
#[derive(Clone, Debug, Module)]
#[module(layer = Conv2d)]
pub struct Conv2d<B: Backend> {
    /// `[channels out, channels in / groups, kernel height, kernel width]`.
    pub weight: Param<Tensor<B, 4>>,
    /// `[channels out]`.
    pub bias: Option<Param<Tensor<B, 1>>>,
    /// Step of the kernel.
    #[module(constant)]
    pub stride: [usize; 2],
    /// Size of the kernel.
    #[module(constant)]
    pub kernel_size: [usize; 2],
    /// Distance of the kernel's taps.
    #[module(constant)]
    pub dilation: [usize; 2],
    /// Groups of channels that do not see each other.
    #[module(constant)]
    pub groups: usize,
    /// Padding around the input.
    #[module(constant)]
    pub padding: PaddingConfig2d,
}

config! {
    /// Creates a [`Conv2d`].
    Conv2dConfig {
        /// Channels of the input and of the output.
        channels: [usize; 2],
        /// Size of the kernel.
        kernel_size: [usize; 2],
    } with {
        /// Step of the kernel; 1 by default.
        with_stride => stride: [usize; 2] = [1; 2],
        /// Distance of the kernel's taps; 1 by default.
        with_dilation => dilation: [usize; 2] = [1; 2],
        /// Groups of channels that do not see each other; 1 by default.
        with_groups => groups: usize = 1,
        /// Padding around the input; none by default.
        with_padding => padding: PaddingConfig2d = PaddingConfig2d::Valid,
        /// Whether a bias is added. It is by default.
        with_bias => bias: bool = true,
        /// First values; by default uniform in `±1 / sqrt(fan_in)`.
        with_initializer => initializer: Initializer = Initializer::LAYER,
    }
}

impl Conv2dConfig {
    fn try_init<B: Backend>(&self, device: &Device) -> Result<Conv2d<B>> {
        let (channels_in, channels_out) = (self.channels[0], self.channels[1]);
        super::check_groups(channels_in, channels_out, self.groups)?;
        let [fan_in, fan_out] = super::fans([channels_in, channels_out], self.groups, &self.kernel_size);
        let shape = [channels_out, channels_in / self.groups, self.kernel_size[0], self.kernel_size[1]];
        let bias = || self.initializer.try_init_with([channels_out], fan_in, fan_out, device);
        Ok(Conv2d {
            weight: self.initializer.try_init_with(shape, fan_in, fan_out, device)?,
            bias: self.bias.then(bias).transpose()?,
            stride: self.stride,
            kernel_size: self.kernel_size,
            dilation: self.dilation,
            groups: self.groups,
            padding: self.padding,
        })
    }
}

init! {
    /// If the groups do not divide the channels.
    Conv2dConfig: Conv2dRecord => Conv2d
}

impl<B: Backend> Conv2d<B> {
    /// `[batch, channels in, height, width]` to `[batch, channels out, height, width]`.
    ///
    /// # Panics
    /// If the input has other channels, or is smaller than the kernel; if the weight or the bias does not fit the rest of the layer.
    #[expect(clippy::needless_pass_by_value, reason = "layers take their input, as in Burn")]
    pub fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        let [_, _, height, width] = input.dims();
        let (stride, kernel_size) = (self.stride, self.kernel_size);
        let padding = self.padding.pairs([height, width], kernel_size, stride);
        let convolution = Convolution { stride, kernel_size, dilation: self.dilation, padding, groups: self.groups };
        convolution.forward(&input, &self.weight, self.bias.as_deref())
    }
}
