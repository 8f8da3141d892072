//! Leaky rectified linear units.

use num_traits::Zero;

use crate::backend::{Backend, FloatElement, Tensor};
use crate::module::Module;
use crate::nn::config::config;
use crate::nn::ops;

/// `x` above zero, `negative_slope * x` below.
#[derive(Clone, Debug, Module, serde::Serialize, serde::Deserialize)]
#[module(stateless)]
pub struct LeakyRelu {
    /// The slope below zero.
    #[module(constant)]
    pub negative_slope: f64,
}

config! {
    /// Creates a [`LeakyRelu`].
    LeakyReluConfig {} with {
        /// The slope below zero; 0.01 by default.
        with_negative_slope => negative_slope: f64 = 0.01,
    }
}

impl LeakyReluConfig {
    /// The activation.
    pub fn init(&self) -> LeakyRelu {
        LeakyRelu { negative_slope: self.negative_slope }
    }
}

impl LeakyRelu {
    /// Each element by itself.
    pub fn forward<B: Backend, const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let slope = B::FloatElem::from_f64(self.negative_slope);
        ops::map(input, |x| if x < B::FloatElem::zero() { x * slope } else { x })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Device;
    use crate::backend::NdArray;

    #[test]
    fn only_negative_elements_are_scaled() {
        let input = Tensor::<NdArray, 1>::from_floats([-4.0f32, 4.0], Device::default());
        let output = LeakyReluConfig::new().with_negative_slope(0.25).init().forward(input);
        assert_eq!(output, Tensor::from_floats([-1.0f32, 4.0], Device::default()));
    }
}
