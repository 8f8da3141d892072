//! Gaussian error linear units.

use crate::backend::{Backend, FloatElement, Tensor};
use crate::module::Module;
use crate::nn::ops;

/// Gaussian error linear units: `x * Φ(x)`, exact by default.
#[derive(Clone, Debug, Default, Module, serde::Serialize, serde::Deserialize)]
#[module(stateless)]
pub struct Gelu {
    /// Whether the tanh approximation is used.
    #[module(constant)]
    pub approximate: bool,
}

impl Gelu {
    /// The exact function: `x * (1 + erf(x / √2)) / 2`.
    pub fn new() -> Self {
        Self::default()
    }

    /// The approximation `x * (1 + tanh(√(2/π) * (x + 0.044715 x³))) / 2`, PyTorch's `approximate="tanh"`.
    pub fn new_approximate() -> Self {
        Self { approximate: true }
    }

    /// Each element by itself.
    pub fn forward<B: Backend, const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        ops::map(input, if self.approximate { approximate } else { exact })
    }
}

fn exact<E: FloatElement>(x: E) -> E {
    let z = FloatElement::to_f64(x);
    E::from_f64(z * 0.5 * (1.0 + libm::erf(z * std::f64::consts::FRAC_1_SQRT_2)))
}

fn approximate<E: FloatElement>(x: E) -> E {
    const SQRT_2_OVER_PI: f64 = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2;
    let inner = E::from_f64(SQRT_2_OVER_PI) * (x + E::from_f64(0.044_715) * x * x * x);
    E::from_f64(0.5) * x * (E::one() + inner.tanh())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Device;
    use crate::backend::NdArray;

    #[test]
    fn exact_and_approximate_differ_as_they_should() {
        let input = Tensor::<NdArray<f64>, 1>::from_floats([-1.0, 0.0, 2.0], Device::default());
        for (gelu, expected) in [
            (Gelu::new(), [-0.158_655_253_931_457_05, 0.0, 1.954_499_736_103_641_6]),
            (Gelu::new_approximate(), [-0.158_808_009_396_628_9, 0.0, 1.954_597_694_087_775]),
        ] {
            let output = gelu.forward(input.clone());
            for (a, e) in output.elements().iter().zip(expected) {
                assert!((a - e).abs() < 1e-9, "{:?}, not {expected:?}", output.elements());
            }
        }
    }
}
