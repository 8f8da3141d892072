//! Long short-term memory.

use ndarray::{Array3, Axis};
use num_traits::One;

use super::{GateController, activate, clip, state_or_zeros};
use crate::backend::{Backend, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::Module;
use crate::nn::activation::{Activation, ActivationConfig, Sigmoid, Tanh};
use crate::nn::config::{config, init};
use crate::nn::initializer::Initializer;

/// What an LSTM remembers from step to step. `D` is 2, or 3 with one more axis in front for the two directions.
#[derive(Clone, Debug)]
pub struct LstmState<B: Backend, const D: usize> {
    /// The cell.
    pub cell: Tensor<B, D>,
    /// The hidden state: the last output.
    pub hidden: Tensor<B, D>,
}

impl<B: Backend, const D: usize> LstmState<B, D> {
    /// A state.
    pub fn new(cell: Tensor<B, D>, hidden: Tensor<B, D>) -> Self {
        Self { cell, hidden }
    }
}

/// Long short-term memory (Hochreiter and Schmidhuber, 1997).
///
/// With `i`, `f`, `o` the input, forget and output gates and `g` the cell gate, each `activation(x Wx + bx + h Wh + bh)`:
/// `c = f * c + i * g`, `h = o * tanh(c)`.
#[derive(Clone, Debug, Module)]
#[module(layer = Lstm)]
pub struct Lstm<B: Backend> {
    /// How much of the new goes into the cell.
    pub input_gate: GateController<B>,
    /// How much of the old stays in the cell.
    pub forget_gate: GateController<B>,
    /// How much of the cell comes out.
    pub output_gate: GateController<B>,
    /// The new.
    pub cell_gate: GateController<B>,
    /// Length of the hidden state.
    #[module(constant)]
    pub d_hidden: usize,
    /// Whether the input is `[batch, sequence, ..]`; else it is `[sequence, batch, ..]`.
    #[module(constant)]
    pub batch_first: bool,
    /// Whether the sequence is read from its end.
    #[module(constant)]
    pub reverse: bool,
    /// The cell stays within `±clip`.
    #[module(constant)]
    pub clip: Option<f64>,
    /// Whether the forget gate is `1 - input gate`.
    #[module(constant)]
    pub input_forget: bool,
    /// Of the three gates.
    #[module(default = Activation::Sigmoid(Sigmoid))]
    pub gate_activation: Activation<B>,
    /// Of the new.
    #[module(default = Activation::Tanh(Tanh))]
    pub cell_activation: Activation<B>,
    /// Of the cell that comes out.
    #[module(default = Activation::Tanh(Tanh))]
    pub hidden_activation: Activation<B>,
}

config! {
    /// Creates an [`Lstm`].
    LstmConfig {
        /// Length of the input's last axis.
        d_input: usize,
        /// Length of the hidden state.
        d_hidden: usize,
        /// Whether biases are added.
        bias: bool,
    } with {
        /// First values; Xavier's normal ones by default.
        with_initializer => initializer: Initializer = Initializer::XavierNormal { gain: 1.0 },
        /// Whether the input is `[batch, sequence, d_input]`, as by default; else it is `[sequence, batch, d_input]`.
        with_batch_first => batch_first: bool = true,
        /// Whether the sequence is read from its end. It is not by default.
        with_reverse => reverse: bool = false,
        /// Keeps the cell within `±clip`. There is no bound by default.
        with_clip => clip: Option<f64> = None,
        /// Whether the forget gate is `1 - input gate`. It is not by default.
        with_input_forget => input_forget: bool = false,
        /// Of the three gates; sigmoid by default.
        with_gate_activation => gate_activation: ActivationConfig = ActivationConfig::Sigmoid,
        /// Of the new; tanh by default.
        with_cell_activation => cell_activation: ActivationConfig = ActivationConfig::Tanh,
        /// Of the cell that comes out; tanh by default.
        with_hidden_activation => hidden_activation: ActivationConfig = ActivationConfig::Tanh,
    }
}

impl LstmConfig {
    pub(super) fn try_init<B: Backend>(&self, device: &Device) -> Result<Lstm<B>> {
        let gate = || GateController::try_new(self.d_input, self.d_hidden, self.bias, self.initializer, device);
        Ok(Lstm {
            input_gate: gate()?,
            forget_gate: gate()?,
            output_gate: gate()?,
            cell_gate: gate()?,
            d_hidden: self.d_hidden,
            batch_first: self.batch_first,
            reverse: self.reverse,
            clip: self.clip,
            input_forget: self.input_forget,
            gate_activation: self.gate_activation.try_init(device)?,
            cell_activation: self.cell_activation.try_init(device)?,
            hidden_activation: self.hidden_activation.try_init(device)?,
        })
    }
}

init! { LstmConfig: LstmRecord => Lstm }

impl<B: Backend> Lstm<B> {
    /// `[batch, sequence, d_input]` to the hidden states `[batch, sequence, d_hidden]` and the last state, each `[batch, d_hidden]`.
    /// Without `batch_first` the first two axes are the other way round.
    ///
    /// # Panics
    /// If the input or the state has another shape; if a weight or a bias of a gate, or an activation, does not fit
    /// `d_hidden`.
    #[expect(clippy::needless_pass_by_value, reason = "layers take their input, as in Burn")]
    pub fn forward(
        &self,
        batched_input: Tensor<B, 3>,
        state: Option<LstmState<B, 2>>,
    ) -> (Tensor<B, 3>, LstmState<B, 2>) {
        let (output, state) = self.run(&batched_input, state, self.batch_first, self.reverse);
        (Tensor::from_array(output), state)
    }

    /// All steps, in the direction that the caller says.
    pub(super) fn run(
        &self,
        input: &Tensor<B, 3>,
        state: Option<LstmState<B, 2>>,
        batch_first: bool,
        reverse: bool,
    ) -> (Array3<B::FloatElem>, LstmState<B, 2>) {
        let [first, second, _] = input.dims();
        let (batch, steps, time) = if batch_first { (first, second, Axis(1)) } else { (second, first, Axis(0)) };
        let inputs = self.input_gate.of_input("input_gate", input, self.d_hidden);
        let forgets = (!self.input_forget).then(|| self.forget_gate.of_input("forget_gate", input, self.d_hidden));
        let outputs = self.output_gate.of_input("output_gate", input, self.d_hidden);
        let cells = self.cell_gate.of_input("cell_gate", input, self.d_hidden);
        let (cell, hidden) = state.map(|state| (state.cell, state.hidden)).unzip();
        let mut cell = state_or_zeros(cell, [batch, self.d_hidden]);
        let mut hidden = state_or_zeros(hidden, [batch, self.d_hidden]);
        let mut output = Array3::zeros((first, second, self.d_hidden));
        for step in 0..steps {
            let step = if reverse { steps - 1 - step } else { step };
            let gate = |gate: &GateController<B>, of_input: &Array3<B::FloatElem>, activation| {
                activate(activation, gate.of_hidden(&hidden) + of_input.index_axis(time, step))
            };
            let i = gate(&self.input_gate, &inputs, &self.gate_activation);
            let f = match &forgets {
                Some(forgets) => gate(&self.forget_gate, forgets, &self.gate_activation),
                None => i.mapv(|i| B::FloatElem::one() - i),
            };
            let o = gate(&self.output_gate, &outputs, &self.gate_activation);
            let g = gate(&self.cell_gate, &cells, &self.cell_activation);
            cell = cell * f + i * g;
            clip::<B>(&mut cell, self.clip);
            hidden = o * activate(&self.hidden_activation, cell.clone());
            output.index_axis_mut(time, step).assign(&hidden);
        }
        (output, LstmState::new(Tensor::from_array(cell), Tensor::from_array(hidden)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    fn sigmoid(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    /// One unit with input weights 1, 2, 3, 4 and hidden weights 0.1, 0.2, 0.3, 0.4 for input, forget, output and cell.
    fn unit(config: &LstmConfig) -> Lstm<NdArray<f64>> {
        let device = Device::default();
        let mut lstm: Lstm<NdArray<f64>> = config.init(&device);
        let gates = [&mut lstm.input_gate, &mut lstm.forget_gate, &mut lstm.output_gate, &mut lstm.cell_gate];
        for (i, gate) in (1u8..).zip(gates) {
            gate.input_transform.weight.set(Tensor::from_floats([[f64::from(i)]], &device));
            gate.hidden_transform.weight.set(Tensor::from_floats([[f64::from(i) / 10.0]], &device));
        }
        lstm
    }

    fn step(x: f64, cell: f64, hidden: f64, coupled: bool) -> (f64, f64) {
        let input = sigmoid(x + 0.1 * hidden);
        let forget = if coupled { 1.0 - input } else { sigmoid(2.0 * x + 0.2 * hidden) };
        let cell = forget * cell + input * (4.0 * x + 0.4 * hidden).tanh();
        (cell, sigmoid(3.0 * x + 0.3 * hidden) * cell.tanh())
    }

    fn sequence() -> Tensor<NdArray<f64>, 3> {
        Tensor::from_floats([[[0.5], [-0.25], [0.125]]], Device::default())
    }

    fn check(lstm: &Lstm<NdArray<f64>>, order: [usize; 3], coupled: bool) {
        let (output, state) = lstm.forward(sequence(), None);
        let (mut c, mut h) = (0.0, 0.0);
        for at in order {
            (c, h) = step([0.5, -0.25, 0.125][at], c, h, coupled);
            assert!((output.elements()[at] - h).abs() < 1e-12);
        }
        assert!((state.cell.elements()[0] - c).abs() < 1e-12 && (state.hidden.elements()[0] - h).abs() < 1e-12);
    }

    #[test]
    fn the_steps_follow_the_equations_in_both_directions() {
        let config = LstmConfig::new(1, 1, false);
        check(&unit(&config), [0, 1, 2], false);
        check(&unit(&config.clone().with_reverse(true)), [2, 1, 0], false);
        check(&unit(&config.with_input_forget(true)), [0, 1, 2], true);
    }

    #[test]
    fn a_state_goes_on_where_it_was() {
        let lstm = unit(&LstmConfig::new(1, 1, false));
        let (whole, last) = lstm.forward(sequence(), None);
        let (_, state) = lstm.forward(Tensor::from_floats([[[0.5], [-0.25]]], Device::default()), None);
        let (rest, state) = lstm.forward(Tensor::from_floats([[[0.125]]], Device::default()), Some(state));
        assert_eq!(rest.elements(), &whole.elements()[2..]);
        assert_eq!((state.cell, state.hidden), (last.cell, last.hidden));
    }

    #[test]
    fn the_axes_may_be_the_other_way_round() {
        let (first, _) = unit(&LstmConfig::new(1, 1, false)).forward(sequence(), None);
        let turned = unit(&LstmConfig::new(1, 1, false).with_batch_first(false));
        let (second, _) = turned.forward(sequence().reshape([3, 1, 1]), None);
        assert_eq!(second, first.reshape([3, 1, 1]));
    }

    #[test]
    fn a_clipped_cell_stays_within_its_bounds() {
        let (_, state) = unit(&LstmConfig::new(1, 1, false).with_clip(Some(0.01))).forward(sequence(), None);
        assert!(state.cell.elements()[0].abs() <= 0.01);
    }
}
