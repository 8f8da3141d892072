//! Long short-term memory in both directions.

use ndarray::{Axis, concatenate};

use super::lstm::{Lstm, LstmConfig, LstmState};
use crate::backend::{Backend, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::Module;
use crate::nn::activation::ActivationConfig;
use crate::nn::config::{config, init};
use crate::nn::initializer::Initializer;

/// Two [`Lstm`]s that read the sequence in both directions.
#[derive(Clone, Debug, Module)]
#[module(layer = BiLstm)]
pub struct BiLstm<B: Backend> {
    /// Reads the sequence from its start.
    pub forward: Lstm<B>,
    /// Reads the sequence from its end.
    pub reverse: Lstm<B>,
    /// Length of each hidden state.
    #[module(constant)]
    pub d_hidden: usize,
    /// Whether the input is `[batch, sequence, ..]`; else it is `[sequence, batch, ..]`.
    #[module(constant)]
    pub batch_first: bool,
}

config! {
    /// Creates a [`BiLstm`].
    BiLstmConfig {
        /// Length of the input's last axis.
        d_input: usize,
        /// Length of each hidden state.
        d_hidden: usize,
        /// Whether biases are added.
        bias: bool,
    } with {
        /// First values; Xavier's normal ones by default.
        with_initializer => initializer: Initializer = Initializer::XavierNormal { gain: 1.0 },
        /// Whether the input is `[batch, sequence, d_input]`, as by default; else it is `[sequence, batch, d_input]`.
        with_batch_first => batch_first: bool = true,
        /// Keeps the cells within `±clip`. There is no bound by default.
        with_clip => clip: Option<f64> = None,
        /// Whether the forget gates are `1 - input gate`. They are not by default.
        with_input_forget => input_forget: bool = false,
        /// Of the three gates; sigmoid by default.
        with_gate_activation => gate_activation: ActivationConfig = ActivationConfig::Sigmoid,
        /// Of the new; tanh by default.
        with_cell_activation => cell_activation: ActivationConfig = ActivationConfig::Tanh,
        /// Of the cell that comes out; tanh by default.
        with_hidden_activation => hidden_activation: ActivationConfig = ActivationConfig::Tanh,
    }
}

impl BiLstmConfig {
    fn try_init<B: Backend>(&self, device: &Device) -> Result<BiLstm<B>> {
        let one = LstmConfig::new(self.d_input, self.d_hidden, self.bias)
            .with_initializer(self.initializer)
            .with_clip(self.clip)
            .with_input_forget(self.input_forget)
            .with_gate_activation(self.gate_activation.clone())
            .with_cell_activation(self.cell_activation.clone())
            .with_hidden_activation(self.hidden_activation.clone());
        Ok(BiLstm {
            forward: one.try_init(device)?,
            reverse: one.try_init(device)?,
            d_hidden: self.d_hidden,
            batch_first: self.batch_first,
        })
    }
}

init! { BiLstmConfig: BiLstmRecord => BiLstm }

impl<B: Backend> BiLstm<B> {
    /// `[batch, sequence, d_input]` to the hidden states of both directions, one after the other, `[batch, sequence, 2 * d_hidden]`, and
    /// the last states, each `[2, batch, d_hidden]`. Without `batch_first` the input's and the output's first two axes are the other way
    /// round.
    ///
    /// # Panics
    /// If the input or the state has another shape; if a weight or a bias of a gate, or an activation, does not fit `d_hidden`, or
    /// the two directions have others.
    #[expect(clippy::needless_pass_by_value, reason = "layers take their input, as in Burn")]
    pub fn forward(
        &self,
        batched_input: Tensor<B, 3>,
        state: Option<LstmState<B, 3>>,
    ) -> (Tensor<B, 3>, LstmState<B, 3>) {
        for direction in [&self.forward, &self.reverse] {
            assert_eq!(direction.d_hidden, self.d_hidden, "the `d_hidden` of a direction, and that of the layer");
        }
        let of = |direction| {
            let state = state.as_ref()?;
            Some(LstmState::new(one_of(&state.cell, direction), one_of(&state.hidden, direction)))
        };
        // The two layers' own `batch_first` and `reverse` say nothing: this layer decides.
        let (forward, last) = self.forward.run(&batched_input, of(0), self.batch_first, false);
        let (reverse, first) = self.reverse.run(&batched_input, of(1), self.batch_first, true);
        let output = match concatenate(Axis(2), &[forward.view(), reverse.view()]) {
            Ok(output) => Tensor::from_array(output),
            Err(_) => unreachable!("both directions have the same `d_hidden`"),
        };
        (output, LstmState::new(both(&last.cell, &first.cell), both(&last.hidden, &first.hidden)))
    }
}

/// One direction of `[2, batch, d_hidden]`.
fn one_of<B: Backend>(state: &Tensor<B, 3>, direction: usize) -> Tensor<B, 2> {
    assert_eq!(state.dims()[0], 2, "a state for each of two directions");
    Tensor::from_array(state.view().index_axis(Axis(0), direction).to_owned())
}

fn both<B: Backend>(forward: &Tensor<B, 2>, reverse: &Tensor<B, 2>) -> Tensor<B, 3> {
    match ndarray::stack(Axis(0), &[forward.view(), reverse.view()]) {
        Ok(both) => Tensor::from_array(both),
        Err(_) => unreachable!("both directions have the same `d_hidden`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    #[test]
    fn it_is_an_lstm_each_way() {
        let device = Device::default();
        for batch_first in [true, false] {
            let config = BiLstmConfig::new(2, 3, true).with_batch_first(batch_first);
            let both: BiLstm<NdArray<f64>> = config.init(&device);
            let input =
                Initializer::Normal { mean: 0.0, std: 1.0 }.init::<NdArray<f64>, 3>([4, 5, 2], &device).into_value();
            let forward = Lstm { batch_first, ..both.forward.clone() };
            let reverse = Lstm { batch_first, reverse: true, ..both.reverse.clone() };
            let batch = if batch_first { 4 } else { 5 };
            let state: LstmState<_, 3> =
                LstmState::new(Tensor::full([2, batch, 3], 0.5, &device), Tensor::full([2, batch, 3], -0.5, &device));
            let half: LstmState<_, 2> =
                LstmState::new(Tensor::full([batch, 3], 0.5, &device), Tensor::full([batch, 3], -0.5, &device));

            let (output, last) = both.forward(input.clone(), Some(state));
            let (a, last_a) = forward.forward(input.clone(), Some(half.clone()));
            let (b, last_b) = reverse.forward(input, Some(half));
            assert_eq!(output.dims(), [4, 5, 6]);
            let view = output.view();
            assert_eq!(view.slice(ndarray::s![.., .., ..3]), a.view().into_dimensionality::<ndarray::Ix3>().unwrap());
            assert_eq!(view.slice(ndarray::s![.., .., 3..]), b.view().into_dimensionality::<ndarray::Ix3>().unwrap());
            assert_eq!(last.cell.elements(), [last_a.cell.elements(), last_b.cell.elements()].concat());
            assert_eq!(last.hidden.elements(), [last_a.hidden.elements(), last_b.hidden.elements()].concat());
        }
    }
}
