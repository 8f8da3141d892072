//! Instance normalisation.

use super::group::{affine_of, group_norm};
use crate::backend::{Backend, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::{Module, Param};
use crate::nn::config::{config, init};
use crate::nn::initializer::Initializer;

/// Instance normalisation: each channel of each item to mean 0 and variance 1, then `gamma` and `beta` for each channel.
#[derive(Clone, Debug, Module)]
#[module(layer = InstanceNorm)]
pub struct InstanceNorm<B: Backend> {
    /// Scale, `[num_channels]`.
    pub gamma: Option<Param<Tensor<B, 1>>>,
    /// Shift, `[num_channels]`.
    pub beta: Option<Param<Tensor<B, 1>>>,
    /// Channels of the input.
    #[module(constant)]
    pub num_channels: usize,
    /// Added to the variance.
    #[module(constant)]
    pub epsilon: f64,
    /// Whether there are `gamma` and `beta`.
    #[module(constant)]
    pub affine: bool,
}

config! {
    /// Creates an [`InstanceNorm`].
    InstanceNormConfig {
        /// Channels of the input.
        num_channels: usize,
    } with {
        /// Added to the variance; 1e-5 by default.
        with_epsilon => epsilon: f64 = 1e-5,
        /// Whether there are `gamma` and `beta`. There are by default.
        with_affine => affine: bool = true,
    }
}

impl InstanceNormConfig {
    fn try_init<B: Backend>(&self, device: &Device) -> Result<InstanceNorm<B>> {
        let shape = [self.num_channels];
        Ok(InstanceNorm {
            gamma: self.affine.then(|| Initializer::Ones.try_init(shape, device)).transpose()?,
            beta: self.affine.then(|| Initializer::Zeros.try_init(shape, device)).transpose()?,
            num_channels: self.num_channels,
            epsilon: self.epsilon,
            affine: self.affine,
        })
    }
}

init! { InstanceNormConfig: InstanceNormRecord => InstanceNorm }

impl<B: Backend> InstanceNorm<B> {
    /// `[batch, num_channels, ..]` to the same shape.
    ///
    /// # Panics
    /// If the input has less than two axes or other channels; if `gamma` and `beta` are not there exactly if the layer is `affine`, each
    /// `[num_channels]`.
    pub fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let affine = affine_of(self.affine, self.gamma.as_deref(), self.beta.as_deref());
        group_norm(input, affine, self.num_channels, self.num_channels, self.epsilon)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    #[test]
    fn each_channel_is_a_group() {
        let device = Device::default();
        let input = Tensor::<NdArray<f64>, 3>::from_floats([[[0.0, 4.0], [10.0, 30.0]]], &device);
        let norm: InstanceNorm<NdArray<f64>> = InstanceNormConfig::new(2).with_epsilon(0.0).init(&device);
        assert_eq!(norm.forward(input), Tensor::from_floats([[[-1.0, 1.0], [-1.0, 1.0]]], device));
    }
}
