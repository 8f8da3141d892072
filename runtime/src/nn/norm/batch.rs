//! Batch normalisation.

use num_traits::Float;

use crate::backend::{Backend, FloatElement, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::{Buffer, Module, Param};
use crate::nn::config::{config, init};
use crate::nn::initializer::Initializer;
use crate::nn::ops;

/// Batch normalisation: `(x - mean) / sqrt(variance + epsilon) * gamma + beta` for each channel, with the running statistics.
#[derive(Clone, Debug, Module)]
#[module(layer = BatchNorm)]
pub struct BatchNorm<B: Backend> {
    /// Scale, `[features]`.
    pub gamma: Param<Tensor<B, 1>>,
    /// Shift, `[features]`.
    pub beta: Param<Tensor<B, 1>>,
    /// Mean over the training data, `[features]`.
    pub running_mean: Buffer<Tensor<B, 1>>,
    /// Variance over the training data, `[features]`.
    pub running_var: Buffer<Tensor<B, 1>>,
    /// Share of a new batch in the running statistics.
    #[module(constant)]
    pub momentum: f64,
    /// Added to the variance.
    #[module(constant)]
    pub epsilon: f64,
}

config! {
    /// Creates a [`BatchNorm`].
    BatchNormConfig {
        /// Channels of the input.
        num_features: usize,
    } with {
        /// Added to the variance; 1e-5 by default.
        with_epsilon => epsilon: f64 = 1e-5,
        /// Share of a new batch in the running statistics; 0.1 by default.
        with_momentum => momentum: f64 = 0.1,
    }
}

impl BatchNormConfig {
    fn try_init<B: Backend>(&self, device: &Device) -> Result<BatchNorm<B>> {
        let shape = [self.num_features];
        Ok(BatchNorm {
            gamma: Initializer::Ones.try_init(shape, device)?,
            beta: Initializer::Zeros.try_init(shape, device)?,
            running_mean: Buffer::from_param(Initializer::Zeros.try_init(shape, device)?),
            running_var: Buffer::from_param(Initializer::Ones.try_init(shape, device)?),
            momentum: self.momentum,
            epsilon: self.epsilon,
        })
    }
}

init! { BatchNormConfig: BatchNormRecord => BatchNorm }

impl<B: Backend> BatchNorm<B> {
    /// `[batch, features, ..]` to the same shape.
    ///
    /// # Panics
    /// If the input has less than two axes or other features; if the shapes of the parameters and the statistics differ.
    pub fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        assert!(D >= 2, "batch normalisation needs the axes batch and features");
        let (shape, [features]) = (input.dims(), self.gamma.dims());
        assert_eq!(shape[1], features, "the features of the input, and those of the layer");
        ops::assert_shape("beta", self.beta.dims(), [features]);
        ops::assert_shape("running_mean", self.running_mean.dims(), [features]);
        ops::assert_shape("running_var", self.running_var.dims(), [features]);
        let epsilon = B::FloatElem::from_f64(self.epsilon);
        let (gamma, beta) = (self.gamma.elements(), self.beta.elements());
        let (mean, variance) = (self.running_mean.elements(), self.running_var.elements());
        ops::map_runs(input, shape[2..].iter().product(), |i, plane| {
            let i = i % features;
            let scale = gamma[i] / (variance[i] + epsilon).sqrt();
            for x in plane {
                *x = (*x - mean[i]) * scale + beta[i];
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    #[test]
    fn the_running_statistics_are_those_of_each_feature() {
        let device = Device::default();
        let mut norm: BatchNorm<NdArray<f64>> = BatchNormConfig::new(2).with_epsilon(0.5).init(&device);
        norm.gamma.set(Tensor::from_floats([2.0, 3.0], &device));
        norm.beta.set(Tensor::from_floats([0.0, 1.0], &device));
        norm.running_mean.set(Tensor::from_floats([1.0, -1.0], &device));
        norm.running_var.set(Tensor::from_floats([3.5, 0.5], &device));
        let input = Tensor::<_, 3>::from_floats([[[1.0, 3.0], [0.0, -2.0]]], &device);
        assert_eq!(norm.forward(input), Tensor::from_floats([[[0.0, 2.0], [4.0, -2.0]]], &device));
        let input = Tensor::<_, 2>::from_floats([[5.0, 1.0]], &device);
        assert_eq!(norm.forward(input), Tensor::from_floats([[4.0, 7.0]], device));
    }

    #[test]
    fn what_is_not_trained_is_a_buffer() {
        let norm: BatchNorm<NdArray> = BatchNormConfig::new(4).init(Device::default());
        let summary = norm.summary();
        assert_eq!((summary.trainable, summary.not_trainable), (8, 8));
    }
}
