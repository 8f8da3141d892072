//! A gate of a recurrent layer.

use std::borrow::Borrow;

use ndarray::{Array2, Array3};

use crate::backend::{Backend, Tensor};
use crate::device::Device;
use crate::module::Module;
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
    pub fn new(
        d_input: usize,
        d_output: usize,
        bias: bool,
        initializer: Initializer,
        device: impl Borrow<Device>,
    ) -> Self {
        let device = device.borrow();
        let linear = |d_input| LinearConfig::new(d_input, d_output).with_bias(bias).with_initializer(initializer);
        Self { input_transform: linear(d_input).init(device), hidden_transform: linear(d_output).init(device) }
    }

    /// What the gate hears of both: `[batch, d_input]` and `[batch, d_hidden]` to `[batch, d_hidden]`.
    ///
    /// # Panics
    /// If one of them has another length.
    pub fn gate_product(&self, input: Tensor<B, 2>, hidden: Tensor<B, 2>) -> Tensor<B, 2> {
        let mut sum = self.input_transform.forward(input);
        sum.view_mut().zip_mut_with(&self.hidden_transform.forward(hidden).view(), |sum, hidden| *sum += *hidden);
        sum
    }

    /// What the gate hears of the input at all steps: one product instead of one for each step.
    pub(super) fn of_input(&self, input: &Tensor<B, 3>) -> Array3<B::FloatElem> {
        let ([a, b, width], [d_input, d_hidden]) = (input.dims(), self.input_transform.weight.dims());
        assert_eq!(width, d_input, "the length of the input's last axis, and that of the layer's");
        let Linear { weight, bias } = &self.input_transform;
        let all = ops::affine(&ops::rows(input), weight, bias.as_deref());
        match all.into_shape_with_order((a, b, d_hidden)) {
            Ok(all) => all,
            Err(_) => unreachable!("a row for each step of each item"),
        }
    }

    /// What the gate hears of the hidden state.
    pub(super) fn of_hidden(&self, hidden: &Array2<B::FloatElem>) -> Array2<B::FloatElem> {
        let Linear { weight, bias } = &self.hidden_transform;
        ops::affine(&hidden.view(), weight, bias.as_deref())
    }
}
