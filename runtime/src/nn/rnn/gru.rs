//! Gated recurrent units.

use ndarray::{Array2, Array3, Axis};
use num_traits::One;

use super::{GateController, activate, clip, state_or_zeros};
use crate::backend::{Backend, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::Module;
use crate::nn::activation::{Activation, ActivationConfig, Sigmoid, Tanh};
use crate::nn::config::{config, init};
use crate::nn::initializer::Initializer;

/// Gated recurrent units (Cho et al., 2014).
///
/// With `z` the update and `r` the reset gate, each `sigmoid(x Wx + bx + h Wh + bh)`: `h = (1 - z) * n + z * h`, where `n` is
/// `tanh(x Wx + bx + r * (h Wh + bh))` if the reset comes after the product, as in PyTorch, and `tanh(x Wx + bx + (r * h) Wh + bh)` if before.
#[derive(Clone, Debug, Module)]
#[module(layer = Gru)]
pub struct Gru<B: Backend> {
    /// How much of the old stays.
    pub update_gate: GateController<B>,
    /// How much of the old the new sees.
    pub reset_gate: GateController<B>,
    /// The new.
    pub new_gate: GateController<B>,
    /// Length of the hidden state.
    #[module(constant)]
    pub d_hidden: usize,
    /// Whether the reset comes after the product with the hidden state.
    #[module(constant)]
    pub reset_after: bool,
    /// Of the two gates.
    #[module(default = Activation::Sigmoid(Sigmoid))]
    pub gate_activation: Activation<B>,
    /// Of the new.
    #[module(default = Activation::Tanh(Tanh))]
    pub hidden_activation: Activation<B>,
    /// The hidden state stays within `±clip`.
    #[module(constant)]
    pub clip: Option<f64>,
}

config! {
    /// Creates a [`Gru`].
    GruConfig {
        /// Length of the input's last axis.
        d_input: usize,
        /// Length of the hidden state.
        d_hidden: usize,
        /// Whether biases are added.
        bias: bool,
    } with {
        /// Whether the reset comes after the product with the hidden state. It does by default.
        with_reset_after => reset_after: bool = true,
        /// First values; Xavier's normal ones by default.
        with_initializer => initializer: Initializer = Initializer::XavierNormal { gain: 1.0 },
        /// Of the two gates; sigmoid by default.
        with_gate_activation => gate_activation: ActivationConfig = ActivationConfig::Sigmoid,
        /// Of the new; tanh by default.
        with_hidden_activation => hidden_activation: ActivationConfig = ActivationConfig::Tanh,
        /// Keeps the hidden state within `±clip`. There is no bound by default.
        with_clip => clip: Option<f64> = None,
    }
}

impl GruConfig {
    fn try_init<B: Backend>(&self, device: &Device) -> Result<Gru<B>> {
        let gate = || GateController::try_new(self.d_input, self.d_hidden, self.bias, self.initializer, device);
        Ok(Gru {
            update_gate: gate()?,
            reset_gate: gate()?,
            new_gate: gate()?,
            d_hidden: self.d_hidden,
            reset_after: self.reset_after,
            gate_activation: self.gate_activation.try_init(device)?,
            hidden_activation: self.hidden_activation.try_init(device)?,
            clip: self.clip,
        })
    }
}

init! { GruConfig: GruRecord => Gru }

impl<B: Backend> Gru<B> {
    /// `[batch, sequence, d_input]` to the hidden states `[batch, sequence, d_hidden]`, from `state` `[batch, d_hidden]` or zeros.
    ///
    /// # Panics
    /// If the input or the state has another shape; if a weight or a bias of a gate, or an activation, does not fit
    /// `d_hidden`.
    #[expect(clippy::needless_pass_by_value, reason = "layers take their input, as in Burn")]
    pub fn forward(&self, batched_input: Tensor<B, 3>, state: Option<Tensor<B, 2>>) -> Tensor<B, 3> {
        let [batch, steps, _] = batched_input.dims();
        let updates = self.update_gate.of_input("update_gate", &batched_input, self.d_hidden);
        let resets = self.reset_gate.of_input("reset_gate", &batched_input, self.d_hidden);
        let news = self.new_gate.of_input("new_gate", &batched_input, self.d_hidden);
        let mut hidden = state_or_zeros(state, [batch, self.d_hidden]);
        let mut output = Array3::zeros((batch, steps, self.d_hidden));
        for step in 0..steps {
            let at = |of_input: &Array3<B::FloatElem>, of_hidden: Array2<B::FloatElem>, activation| {
                activate(activation, of_hidden + of_input.index_axis(Axis(1), step))
            };
            let z = at(&updates, self.update_gate.of_hidden(&hidden), &self.gate_activation);
            let r = at(&resets, self.reset_gate.of_hidden(&hidden), &self.gate_activation);
            let heard = if self.reset_after {
                r * self.new_gate.of_hidden(&hidden)
            } else {
                self.new_gate.of_hidden(&(r * &hidden))
            };
            let new = at(&news, heard, &self.hidden_activation);
            hidden = z.mapv(|z| B::FloatElem::one() - z) * new + z * hidden;
            clip::<B>(&mut hidden, self.clip);
            output.index_axis_mut(Axis(1), step).assign(&hidden);
        }
        Tensor::from_array(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    fn sigmoid(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    #[test]
    fn the_reset_comes_before_or_after_the_product() {
        let device = Device::default();
        for reset_after in [true, false] {
            let mut gru: Gru<NdArray<f64>> = GruConfig::new(1, 1, true).with_reset_after(reset_after).init(&device);
            for (i, gate) in (1u8..).zip([&mut gru.update_gate, &mut gru.reset_gate, &mut gru.new_gate]) {
                let i = f64::from(i);
                gate.input_transform.weight.set(Tensor::from_floats([[i]], &device));
                gate.input_transform.bias.as_mut().unwrap().set(Tensor::from_floats([i / 100.0], &device));
                gate.hidden_transform.weight.set(Tensor::from_floats([[i / 10.0]], &device));
                gate.hidden_transform.bias.as_mut().unwrap().set(Tensor::from_floats([i / 7.0], &device));
            }
            let input = [0.5, -0.25, 0.125];
            let state = Tensor::from_floats([[0.75]], &device);
            let output = gru.forward(Tensor::from_floats([input.map(|x| [x])], &device), Some(state));
            let mut h = 0.75;
            for (x, output) in input.iter().zip(output.elements()) {
                let z = sigmoid(x + 0.01 + 0.1 * h + 1.0 / 7.0);
                let r = sigmoid(2.0 * x + 0.02 + 0.2 * h + 2.0 / 7.0);
                let heard = if reset_after { r * (0.3 * h + 3.0 / 7.0) } else { 0.3 * r * h + 3.0 / 7.0 };
                h = (1.0 - z) * (3.0 * x + 0.03 + heard).tanh() + z * h;
                assert!((output - h).abs() < 1e-12);
            }
        }
    }
}
