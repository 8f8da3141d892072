//! Rectified linear units with a learnt slope.

use num_traits::Zero;

use crate::backend::{Backend, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::{Module, Param};
use crate::nn::config::{config, init};
use crate::nn::initializer::Initializer;
use crate::nn::ops;

/// `x` above zero, `alpha * x` below, with one slope or one for each channel.
#[derive(Clone, Debug, Module)]
#[module(layer = PRelu)]
pub struct PRelu<B: Backend> {
    /// `[1]` or `[channels]`.
    pub alpha: Param<Tensor<B, 1>>,
    /// The slope that training began with.
    #[module(constant)]
    pub alpha_value: f64,
}

config! {
    /// Creates a [`PRelu`].
    PReluConfig {} with {
        /// Number of slopes; 1 by default.
        with_num_parameters => num_parameters: usize = 1,
        /// The slope that training begins with; 0.25 by default.
        with_alpha => alpha: f64 = 0.25,
    }
}

impl PReluConfig {
    pub(super) fn try_init<B: Backend>(&self, device: &Device) -> Result<PRelu<B>> {
        let alpha = Initializer::Constant { value: self.alpha }.try_init([self.num_parameters], device)?;
        Ok(PRelu { alpha, alpha_value: self.alpha })
    }
}

init! { PReluConfig: PReluRecord => PRelu }

impl<B: Backend> PRelu<B> {
    /// With one slope any shape, with several `[batch, channels, ..]`, to the same shape.
    ///
    /// # Panics
    /// If there are neither one slope nor as many as channels.
    pub fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let (shape, alpha) = (input.dims(), self.alpha.elements());
        let plane = match *alpha {
            [alpha] => return ops::map(input, |x| if x < B::FloatElem::zero() { x * alpha } else { x }),
            _ if D >= 2 && alpha.len() == shape[1] => shape[2..].iter().product(),
            _ => panic!("{} slopes do not fit an input of shape {shape:?}", alpha.len()),
        };
        ops::map_runs(input, plane, |i, run| {
            let alpha = alpha[i % alpha.len()];
            run.iter_mut().filter(|x| **x < B::FloatElem::zero()).for_each(|x| *x *= alpha);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    #[test]
    fn each_channel_has_its_slope() {
        let device = Device::default();
        let mut prelu: PRelu<NdArray> = PReluConfig::new().with_num_parameters(2).init(&device);
        prelu.alpha.set(Tensor::from_floats([0.5f32, 0.25], &device));
        let input = Tensor::<NdArray, 3>::from_floats([[[-4.0f32, 4.0], [-4.0, 4.0]]], &device);
        assert_eq!(prelu.forward(input), Tensor::from_floats([[[-2.0f32, 4.0], [-1.0, 4.0]]], device));
    }

    #[test]
    fn one_slope_fits_every_shape() {
        let device = Device::default();
        let prelu: PRelu<NdArray> = PReluConfig::new().init(&device);
        let output = prelu.forward(Tensor::<NdArray, 1>::from_floats([-4.0f32, 4.0], &device));
        assert_eq!(output, Tensor::from_floats([-1.0f32, 4.0], device));
    }
}
