//! Transposed convolution over one axis.

use super::transposed::TransposedConvolution;
use crate::backend::{Backend, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::{Module, Param};
use crate::nn::config::{config, init};
use crate::nn::initializer::Initializer;

/// Transposed convolution over one axis: each input element spreads the kernel over the output.
#[derive(Clone, Debug, Module)]
#[module(layer = ConvTranspose1d)]
pub struct ConvTranspose1d<B: Backend> {
    /// `[channels in, channels out / groups, kernel]`.
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
    /// What is cut off the output on both sides.
    #[module(constant)]
    pub padding: usize,
    /// What is added to the output's end.
    #[module(constant)]
    pub padding_out: usize,
    /// Channels of the input and of the output.
    #[module(constant)]
    pub channels: [usize; 2],
}

config! {
    /// Creates a [`ConvTranspose1d`].
    ConvTranspose1dConfig {
        /// Channels of the input and of the output.
        channels: [usize; 2],
        /// Size of the kernel.
        kernel_size: usize,
    } with {
        /// Step of the kernel; 1 by default.
        with_stride => stride: usize = 1,
        /// Distance of the kernel's taps; 1 by default.
        with_dilation => dilation: usize = 1,
        /// Groups of channels that do not see each other; 1 by default.
        with_groups => groups: usize = 1,
        /// What is cut off the output on both sides; 0 by default.
        with_padding => padding: usize = 0,
        /// What is added to the output's end; 0 by default.
        with_padding_out => padding_out: usize = 0,
        /// Whether a bias is added. It is by default.
        with_bias => bias: bool = true,
        /// First values; by default uniform in `±1 / sqrt(fan_in)`.
        with_initializer => initializer: Initializer = Initializer::LAYER,
    }
}

impl ConvTranspose1dConfig {
    fn try_init<B: Backend>(&self, device: &Device) -> Result<ConvTranspose1d<B>> {
        let [channels_in, channels_out] = self.channels;
        super::check_groups(channels_in, channels_out, self.groups)?;
        // As in Burn and PyTorch, the fans of the kernel as it lies in memory. Burn leaves `fan_out` out and panics where it is needed.
        let [fan_in, fan_out] = super::fans([channels_out, channels_in], self.groups, &[self.kernel_size]);
        let shape = [channels_in, channels_out / self.groups, self.kernel_size];
        let bias = || self.initializer.try_init_with([channels_out], fan_in, fan_out, device);
        Ok(ConvTranspose1d {
            weight: self.initializer.try_init_with(shape, fan_in, fan_out, device)?,
            bias: self.bias.then(bias).transpose()?,
            stride: self.stride,
            kernel_size: self.kernel_size,
            dilation: self.dilation,
            groups: self.groups,
            padding: self.padding,
            padding_out: self.padding_out,
            channels: self.channels,
        })
    }
}

init! {
    /// If the groups do not divide the channels.
    ConvTranspose1dConfig: ConvTranspose1dRecord => ConvTranspose1d
}

impl<B: Backend> ConvTranspose1d<B> {
    /// `[batch, channels in, length]` to `[batch, channels out, length]`.
    ///
    /// # Panics
    /// If the input has other channels, or the padding leaves nothing of the output; if the bias does not fit the weight.
    #[expect(clippy::needless_pass_by_value, reason = "layers take their input, as in Burn")]
    pub fn forward(&self, input: Tensor<B, 3>) -> Tensor<B, 3> {
        let convolution = TransposedConvolution {
            stride: [self.stride],
            dilation: [self.dilation],
            padding: [self.padding],
            padding_out: [self.padding_out],
            groups: self.groups,
        };
        convolution.forward(&input, &self.weight, self.bias.as_deref())
    }
}
