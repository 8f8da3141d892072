//! A gate of a recurrent layer.

use std::borrow::Borrow;
use std::fmt::Display;

use ndarray::{Array2, Array3};

use crate::backend::{Backend, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::Module;
use crate::nn::config::or_panic;
use crate::nn::initializer::Initializer;
use crate::nn::linear::{Linear, LinearConfig};
use crate::nn::ops;

/// A gate: what it hears of the input and of the hidden state.
#[derive(Clone, Debug, Module)]
pub struct GateController<B: Backend> {
    /// Of the input, `d_input` to `d_hidden`.
    pub input_transform: Linear<B>,
    /// Of the hidden state, `d_hidden` to `d_hidden`.
    pub hidden_transform: Linear<B>,
}

impl<B: Backend> GateController<B> {
    /// A new gate. Its values are made when they are first read.
    ///
    /// # Panics
    /// If a tensor would have more elements than can be addressed.
    pub fn new(
        d_input: usize,
        d_output: usize,
        bias: bool,
        initializer: Initializer,
        device: impl Borrow<Device>,
    ) -> Self {
        or_panic(Self::try_new(d_input, d_output, bias, initializer, device.borrow()))
    }

    pub(super) fn try_new(
        d_input: usize,
        d_output: usize,
        bias: bool,
        initializer: Initializer,
        device: &Device,
    ) -> Result<Self> {
        let linear = |d_input| {
            LinearConfig::new(d_input, d_output).with_bias(bias).with_initializer(initializer).try_init(device)
        };
        Ok(Self { input_transform: linear(d_input)?, hidden_transform: linear(d_output)? })
    }

    /// What the gate hears of both: `[batch, d_input]` and `[batch, d_hidden]` to `[batch, d_hidden]`.
    ///
    /// # Panics
    /// If one of them has another length, or the two have another batch; if a weight or a bias does not fit the rest of the gate.
    pub fn gate_product(&self, input: Tensor<B, 2>, hidden: Tensor<B, 2>) -> Tensor<B, 2> {
        assert_eq!(input.dims()[0], hidden.dims()[0], "the batch of the input, and that of the hidden state");
        let [d_hidden, _] = self.hidden_transform.weight.dims();
        self.assert_shapes("", d_hidden);
        let mut sum = self.input_transform.forward(input);
        sum.view_mut().zip_mut_with(&self.hidden_transform.forward(hidden).view(), |sum, hidden| *sum += *hidden);
        sum
    }

    /// Refuses transforms that do not give `d_hidden` elements each, for the layer that has this gate as `gate`, a dot behind it.
    fn assert_shapes(&self, gate: impl Display, d_hidden: usize) {
        let [d_input, _] = self.input_transform.weight.dims();
        self.input_transform.assert_shape(format_args!("{gate}input_transform"), [d_input, d_hidden]);
        self.hidden_transform.assert_shape(format_args!("{gate}hidden_transform"), [d_hidden, d_hidden]);
    }

    /// What the gate hears of the input at all steps: one product instead of one for each step.
    ///
    /// # Panics
    /// If a weight or a bias of the gate, the layer's `name`, does not fit the layer's `d_hidden`: here, once for all steps.
    pub(super) fn of_input(&self, name: &str, input: &Tensor<B, 3>, d_hidden: usize) -> Array3<B::FloatElem> {
        self.assert_shapes(format_args!("{name}."), d_hidden);
        let ([a, b, width], [d_input, _]) = (input.dims(), self.input_transform.weight.dims());
        assert_eq!(width, d_input, "the length of the input's last axis, and that of the layer's");
        let Linear { weight, bias } = &self.input_transform;
        let all = ops::affine(&ops::rows(input), weight, bias.as_deref());
        match all.into_shape_with_order((a, b, d_hidden)) {
            Ok(all) => all,
            Err(_) => unreachable!("a row for each step of each item"),
        }
    }

    /// What the gate hears of the hidden state. The caller has called [`Self::of_input`].
    pub(super) fn of_hidden(&self, hidden: &Array2<B::FloatElem>) -> Array2<B::FloatElem> {
        let Linear { weight, bias } = &self.hidden_transform;
        ops::affine(&hidden.view(), weight, bias.as_deref())
    }
}
