//! Layer normalisation.

use super::standardise;
use crate::backend::{Backend, FloatElement, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::{Module, Param};
use crate::nn::config::{config, init};
use crate::nn::initializer::Initializer;
use crate::nn::ops;

/// Layer normalisation over the last axis: `(x - mean) / sqrt(variance + epsilon) * gamma + beta`.
#[derive(Clone, Debug, Module)]
#[module(layer = LayerNorm)]
pub struct LayerNorm<B: Backend> {
    /// Scale, `[d_model]`.
    pub gamma: Param<Tensor<B, 1>>,
    /// Shift, `[d_model]`.
    pub beta: Option<Param<Tensor<B, 1>>>,
    /// Added to the variance.
    #[module(constant)]
    pub epsilon: f64,
}

config! {
    /// Creates a [`LayerNorm`].
    LayerNormConfig {
        /// Length of the last axis.
        d_model: usize,
    } with {
        /// Added to the variance; 1e-5 by default.
        with_epsilon => epsilon: f64 = 1e-5,
        /// Whether there is a shift. There is by default.
        with_bias => bias: bool = true,
    }
}

impl LayerNormConfig {
    fn try_init<B: Backend>(&self, device: &Device) -> Result<LayerNorm<B>> {
        let shape = [self.d_model];
        Ok(LayerNorm {
            gamma: Initializer::Ones.try_init(shape, device)?,
            beta: self.bias.then(|| Initializer::Zeros.try_init(shape, device)).transpose()?,
            epsilon: self.epsilon,
        })
    }
}

init! { LayerNormConfig: LayerNormRecord => LayerNorm }

impl<B: Backend> LayerNorm<B> {
    /// `[.., d_model]` to the same shape.
    ///
    /// # Panics
    /// If the last axis has another length than `d_model`; if the shapes of `gamma` and `beta` differ.
    pub fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let [width] = self.gamma.dims();
        assert_eq!(ops::last_axis(&input), width, "the length of the input's last axis, and that of the layer's");
        if let Some(beta) = &self.beta {
            ops::assert_shape("beta", beta.dims(), [width]);
        }
        let epsilon = B::FloatElem::from_f64(self.epsilon);
        ops::map_runs(input, width, |_, row| {
            standardise(row, epsilon);
            row.iter_mut().zip(self.gamma.elements()).for_each(|(x, gamma)| *x *= *gamma);
            if let Some(beta) = &self.beta {
                row.iter_mut().zip(beta.elements()).for_each(|(x, beta)| *x += *beta);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    #[test]
    fn a_row_has_mean_beta_and_deviation_gamma() {
        let device = Device::default();
        // Mean 2, variance 4: the deviation is that of all elements, and epsilon is under the root.
        let row = Tensor::<NdArray<f64>, 2>::from_floats([[0.0, 4.0]], &device);
        let mut norm: LayerNorm<NdArray<f64>> = LayerNormConfig::new(2).with_epsilon(12.0).init(&device);
        assert_eq!(norm.forward(row.clone()), Tensor::from_floats([[-0.5, 0.5]], &device));
        norm.gamma.set(Tensor::from_floats([2.0, 4.0], &device));
        norm.beta.as_mut().unwrap().set(Tensor::from_floats([1.0, -1.0], &device));
        assert_eq!(norm.forward(row.clone()), Tensor::from_floats([[0.0, 1.0]], &device));
        let norm: LayerNorm<NdArray<f64>> = LayerNormConfig::new(2).with_epsilon(12.0).with_bias(false).init(&device);
        assert!(norm.beta.is_none());
        assert_eq!(norm.forward(row), Tensor::from_floats([[-0.5, 0.5]], device));
    }
}
