//! Convolution over one axis.

use super::direct::Convolution;
use crate::backend::{Backend, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::{Module, Param};
use crate::nn::config::{config, init};
use crate::nn::initializer::Initializer;
use crate::nn::padding::PaddingConfig1d;

/// Convolution over one axis.
#[derive(Clone, Debug, Module)]
#[module(layer = Conv1d)]
pub struct Conv1d<B: Backend> {
    /// `[channels out, channels in / groups, kernel]`.
    pub weight: Param<Tensor<B, 3>>,
    /// `[channels out]`.
    pub bias: Option<Param<Tensor<B, 1>>>,
    /// Step of the kernel.
    #[module(constant)]
    pub stride: usize,
    /// Size of the kernel.
    #[module(constant)]
    pub kernel_size: usize,
    /// Distance of the kernel's taps.
    #[module(constant)]
    pub dilation: usize,
    /// Groups of channels that do not see each other.
    #[module(constant)]
    pub groups: usize,
    /// Padding around the input.
    #[module(constant)]
    pub padding: PaddingConfig1d,
}

config! {
    /// Creates a [`Conv1d`].
    Conv1dConfig {
        /// Channels of the input.
        channels_in: usize,
        /// Channels of the output.
        channels_out: usize,
        /// Size of the kernel.
        kernel_size: usize,
    } with {
        /// Step of the kernel; 1 by default.
        with_stride => stride: usize = 1,
        /// Distance of the kernel's taps; 1 by default.
        with_dilation => dilation: usize = 1,
        /// Groups of channels that do not see each other; 1 by default.
        with_groups => groups: usize = 1,
        /// Padding around the input; none by default.
        with_padding => padding: PaddingConfig1d = PaddingConfig1d::Valid,
        /// Whether a bias is added. It is by default.
        with_bias => bias: bool = true,
        /// First values; by default uniform in `±1 / sqrt(fan_in)`.
        with_initializer => initializer: Initializer = Initializer::LAYER,
    }
}

impl Conv1dConfig {
    fn try_init<B: Backend>(&self, device: &Device) -> Result<Conv1d<B>> {
        let (channels_in, channels_out) = (self.channels_in, self.channels_out);
        super::check_groups(channels_in, channels_out, self.groups)?;
        let [fan_in, fan_out] = super::fans([channels_in, channels_out], self.groups, &[self.kernel_size]);
        let shape = [channels_out, channels_in / self.groups, self.kernel_size];
        let bias = || self.initializer.try_init_with([channels_out], fan_in, fan_out, device);
        Ok(Conv1d {
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
    Conv1dConfig: Conv1dRecord => Conv1d
}

impl<B: Backend> Conv1d<B> {
    /// `[batch, channels in, length]` to `[batch, channels out, length]`.
    ///
    /// # Panics
    /// If the input has other channels, or is smaller than the kernel; if the weight or the bias does not fit the rest of the layer.
    #[expect(clippy::needless_pass_by_value, reason = "layers take their input, as in Burn")]
    pub fn forward(&self, input: Tensor<B, 3>) -> Tensor<B, 3> {
        let [_, _, length] = input.dims();
        let (stride, kernel_size) = ([self.stride], [self.kernel_size]);
        let padding = self.padding.pairs([length], kernel_size, stride);
        let convolution = Convolution { stride, kernel_size, dilation: [self.dilation], padding, groups: self.groups };
        convolution.forward(&input, &self.weight, self.bias.as_deref())
    }
}
