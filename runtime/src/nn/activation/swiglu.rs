//! Gated linear units with a sigmoid-weighted gate.

use num_traits::{Float, One};

use crate::backend::{Backend, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::Module;
use crate::nn::config::{config, init};
use crate::nn::initializer::Initializer;
use crate::nn::linear::{Linear, LinearConfig, LinearLayout};

/// `silu(inner(x)) * outer(x)`, with `silu(y) = y * sigmoid(y)`.
#[derive(Clone, Debug, Module)]
pub struct SwiGlu<B: Backend> {
    /// The gate.
    pub linear_inner: Linear<B>,
    /// What is gated.
    pub linear_outer: Linear<B>,
}

config! {
    /// Creates a [`SwiGlu`].
    SwiGluConfig {
        /// Length of the input's last axis.
        d_input: usize,
        /// Length of the output's last axis.
        d_output: usize,
    } with {
        /// Whether biases are added. They are not by default.
        with_bias => bias: bool = false,
        /// First values; by default uniform in `±1 / sqrt(d_input)`.
        with_initializer => initializer: Initializer = Initializer::LAYER,
        /// How the weights lie in records; by default as [`LinearLayout::Row`].
        with_layout => layout: LinearLayout = LinearLayout::Row,
    }
}

impl SwiGluConfig {
    pub(super) fn try_init<B: Backend>(&self, device: &Device) -> Result<SwiGlu<B>> {
        let linear = LinearConfig::new(self.d_input, self.d_output).with_bias(self.bias);
        let linear = linear.with_initializer(self.initializer).with_layout(self.layout);
        Ok(SwiGlu { linear_inner: linear.try_init(device)?, linear_outer: linear.try_init(device)? })
    }
}

init! { SwiGluConfig: SwiGluRecord => SwiGlu }

impl<B: Backend> SwiGlu<B> {
    /// `[.., d_input]` to `[.., d_output]`.
    ///
    /// # Panics
    /// If the last axis has another length than `d_input`; if the two parts differ in shape.
    pub fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        self.linear_outer.assert_shape("linear_outer", self.linear_inner.weight.dims());
        let gate = self.linear_inner.forward(input.clone());
        let mut output = self.linear_outer.forward(input);
        let one = B::FloatElem::one();
        output.view_mut().zip_mut_with(&gate.view(), |x, gate| *x *= *gate / (one + (-*gate).exp()));
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    #[test]
    fn the_inner_part_gates_the_outer() {
        let device = Device::default();
        let mut layer: SwiGlu<NdArray<f64>> = SwiGluConfig::new(1, 1).init(&device);
        layer.linear_inner.weight.set(Tensor::from_floats([[2.0]], &device));
        layer.linear_outer.weight.set(Tensor::from_floats([[10.0]], &device));
        let output = layer.forward(Tensor::<_, 2>::from_floats([[0.5]], device));
        assert!((output.elements()[0] - 5.0 / (1.0 + (-1f64).exp())).abs() < 1e-12);
    }
}
