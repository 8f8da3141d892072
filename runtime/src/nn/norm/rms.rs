//! Root-mean-square normalisation.

use num_traits::Float;

use crate::backend::{Backend, FloatElement, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::{Module, Param};
use crate::nn::config::{config, ensure, init};
use crate::nn::initializer::Initializer;
use crate::nn::ops;

/// Root-mean-square normalisation over the last axis: `x / sqrt(mean(x²) + epsilon) * gamma`.
#[derive(Clone, Debug, Module)]
#[module(layer = RmsNorm)]
pub struct RmsNorm<B: Backend> {
    /// Scale, `[d_model]`.
    pub gamma: Param<Tensor<B, 1>>,
    /// Added to the mean of the squares, under the root.
    #[module(constant)]
    pub epsilon: f64,
}

config! {
    /// Creates an [`RmsNorm`].
    RmsNormConfig {
        /// Length of the last axis.
        d_model: usize,
    } with {
        /// Added to the mean of the squares; 1e-5 by default.
        with_epsilon => epsilon: f64 = 1e-5,
    }
}

impl RmsNormConfig {
    fn try_init<B: Backend>(&self, device: &Device) -> Result<RmsNorm<B>> {
        ensure(self.epsilon > 0.0, || format!("epsilon is {}, not positive", self.epsilon))?;
        Ok(RmsNorm { gamma: Initializer::Ones.try_init([self.d_model], device)?, epsilon: self.epsilon })
    }
}

init! {
    /// If `epsilon` is not positive: a row of zeros would be divided by zero.
    RmsNormConfig: RmsNormRecord => RmsNorm
}

impl<B: Backend> RmsNorm<B> {
    /// `[.., d_model]` to the same shape.
    ///
    /// # Panics
    /// If the last axis has another length than `d_model`.
    pub fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let [width] = self.gamma.dims();
        assert_eq!(ops::last_axis(&input), width, "the length of the input's last axis, and that of the layer's");
        let epsilon = B::FloatElem::from_f64(self.epsilon);
        ops::map_runs(input, width, |_, row| {
            let squares = ndarray::aview1(row);
            let rms = (squares.dot(&squares) / ops::count::<B::FloatElem>(row.len()) + epsilon).sqrt();
            row.iter_mut().zip(self.gamma.elements()).for_each(|(x, gamma)| *x = *x / rms * *gamma);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    #[test]
    fn epsilon_is_under_the_root() {
        let device = Device::default();
        let mut norm: RmsNorm<NdArray<f64>> = RmsNormConfig::new(2).with_epsilon(11.5).init(&device);
        norm.gamma.set(Tensor::from_floats([10.0, 100.0], &device));
        let output = norm.forward(Tensor::<_, 1>::from_floats([3.0, 4.0], &device));
        assert_eq!(output, Tensor::from_floats([3.0 / 24f64.sqrt() * 10.0, 4.0 / 24f64.sqrt() * 100.0], device));
    }
}
