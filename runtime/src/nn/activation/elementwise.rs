//! Activations of one element that have no settings.

use crate::backend::{Backend, FloatElement, Tensor};
use crate::module::Module;
use crate::nn::ops;

macro_rules! elementwise {
    ($($(#[$meta:meta])* $name:ident($x:ident, $elem:ident) => $value:expr;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, Module, serde::Serialize, serde::Deserialize)]
        #[module(stateless)]
        pub struct $name;

        impl $name {
            /// The activation.
            pub fn new() -> Self {
                Self
            }

            /// Each element by itself.
            pub fn forward<B: Backend, const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
                fn value<$elem: FloatElement>($x: $elem) -> $elem {
                    $value
                }
                ops::map(input, value)
            }
        }
    )*};
}

elementwise! {
    /// `max(x, 0)`. NaN stays NaN.
    Relu(x, E) => if x < E::zero() { E::zero() } else { x };
    /// `1 / (1 + exp(-x))`.
    Sigmoid(x, E) => E::one() / (E::one() + (-x).exp());
    /// The hyperbolic tangent.
    Tanh(x, E) => x.tanh();
    /// `x` above zero, `alpha * (exp(x) - 1)` below, both times `scale` (Klambauer et al., 2017).
    Selu(x, E) => {
        const ALPHA: f64 = 1.673_263_242_354_377_2;
        const SCALE: f64 = 1.050_700_987_355_480_5;
        let scaled = if x > E::zero() { x } else { E::from_f64(ALPHA) * x.exp_m1() };
        E::from_f64(SCALE) * scaled
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Device;
    use crate::backend::NdArray;

    fn input() -> Tensor<NdArray<f64>, 1> {
        Tensor::from_floats([-2.0, 0.0, 0.5, f64::NAN], Device::default())
    }

    fn close(actual: &Tensor<NdArray<f64>, 1>, expected: [f64; 3]) {
        let elements = actual.elements();
        assert!(elements[3].is_nan());
        for (a, e) in elements.iter().zip(expected) {
            assert!((a - e).abs() < 1e-15, "{elements:?}, not {expected:?}");
        }
    }

    #[test]
    fn each_function_has_its_values() {
        close(&Relu::new().forward(input()), [0.0, 0.0, 0.5]);
        close(&Sigmoid::new().forward(input()), [0.119_202_922_022_117_55, 0.5, 0.622_459_331_201_854_6]);
        close(&Tanh::new().forward(input()), [-0.964_027_580_075_816_9, 0.0, 0.462_117_157_260_009_75]);
        close(&Selu::new().forward(input()), [-1.520_166_468_595_695, 0.0, 0.525_350_493_677_740_2]);
    }
}
