//! Layers whose parameters do not fit each other: a record that is loaded by value brings the shapes of its file, and nothing may be repeated or cut.

use std::panic::{AssertUnwindSafe, catch_unwind};

use vellum::backend::{NdArray, Tensor};
use vellum::nn::activation::Activation;
use vellum::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
use vellum::nn::conv::{
    Conv1d, Conv1dConfig, Conv2d, Conv2dConfig, Conv3d, Conv3dConfig, ConvTranspose1d, ConvTranspose1dConfig,
    ConvTranspose2d, ConvTranspose2dConfig,
};
use vellum::nn::gru::{Gru, GruConfig};
use vellum::nn::lstm::{BiLstm, BiLstmConfig, Lstm, LstmConfig};
use vellum::nn::{
    BatchNorm, BatchNormConfig, GateController, GroupNorm, GroupNormConfig, InstanceNorm, InstanceNormConfig,
    LayerNorm, LayerNormConfig, Linear, LinearConfig, PaddingConfig2d, SwiGlu, SwiGluConfig,
};
use vellum::{Buffer, Device, Module, Param, TensorData};

type Nd = NdArray<f32>;
type Vector = Param<Tensor<Nd, 1>>;

const DEVICE: Device = Device::Cpu;

/// With what message `predict` panics.
fn refusal<T>(predict: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(predict)).err().expect("the layer predicted");
    *panic.downcast::<String>().expect("a message with values")
}

fn check<T>(predict: impl FnOnce() -> T, name: &str, found: &[usize], expected: &[usize]) {
    let message = refusal(predict);
    let told = format!("`{name}` has shape {found:?}, and the rest of the layer asks for {expected:?}");
    assert_eq!(message, told);
}

fn ones<const D: usize>(shape: [usize; D]) -> Tensor<Nd, D> {
    Tensor::ones(shape, DEVICE)
}

fn vector(len: usize) -> Vector {
    Param::new(ones([len]))
}

fn linear(d_input: usize, d_output: usize) -> Linear<Nd> {
    LinearConfig::new(d_input, d_output).init(DEVICE)
}

#[test]
fn a_record_by_value_brings_what_does_not_fit() {
    let mut record = linear(2, 3).into_record();
    record.bias = linear(2, 1).into_record().bias;
    let layer = Linear::<Nd>::init_with(record);
    check(|| layer.forward(ones([4, 2])), "bias", &[1], &[3]);
}

#[test]
fn a_bias_is_one_for_each_output() {
    for len in [0, 1, 2, 4] {
        let layer = Linear { bias: Some(vector(len)), ..linear(2, 3) };
        check(|| layer.forward(ones([4, 2])), "bias", &[len], &[3]);

        let bias = Some(vector(len));
        let layer: Conv1d<Nd> = Conv1d { bias: bias.clone(), ..Conv1dConfig::new(1, 3, 1).init(DEVICE) };
        check(|| layer.forward(ones([2, 1, 1])), "bias", &[len], &[3]);
        let layer: Conv2d<Nd> = Conv2d { bias: bias.clone(), ..Conv2dConfig::new([1, 3], [1, 1]).init(DEVICE) };
        check(|| layer.forward(ones([2, 1, 1, 1])), "bias", &[len], &[3]);
        let layer: Conv3d<Nd> = Conv3d { bias: bias.clone(), ..Conv3dConfig::new([1, 3], [1, 1, 1]).init(DEVICE) };
        check(|| layer.forward(ones([2, 1, 1, 1, 1])), "bias", &[len], &[3]);
        let layer: ConvTranspose1d<Nd> =
            ConvTranspose1d { bias: bias.clone(), ..ConvTranspose1dConfig::new([1, 3], 1).init(DEVICE) };
        check(|| layer.forward(ones([2, 1, 1])), "bias", &[len], &[3]);
        let layer: ConvTranspose2d<Nd> =
            ConvTranspose2d { bias, ..ConvTranspose2dConfig::new([1, 3], [1, 1]).init(DEVICE) };
        check(|| layer.forward(ones([2, 1, 1, 1])), "bias", &[len], &[3]);
    }
}

#[test]
fn a_kernel_has_the_size_by_which_its_padding_is_found() {
    let config = Conv2dConfig::new([1, 1], [3, 3]).with_padding(PaddingConfig2d::Same);
    let layer = Conv2d { kernel_size: [3, 5], ..config.init::<Nd>(DEVICE) };
    check(|| layer.forward(ones([1, 1, 7, 7])), "weight", &[1, 1, 3, 3], &[1, 1, 3, 5]);
}

#[test]
fn scales_shifts_and_statistics_are_one_for_each_channel() {
    for len in [1, 2, 4] {
        let layer: LayerNorm<Nd> = LayerNorm { beta: Some(vector(len)), ..LayerNormConfig::new(3).init(DEVICE) };
        check(|| layer.forward(ones([2, 3])), "beta", &[len], &[3]);

        let batch = || BatchNormConfig::new(3).init::<Nd>(DEVICE);
        let statistic = || Buffer::from_param(vector(len));
        let layer = BatchNorm { beta: vector(len), ..batch() };
        check(|| layer.forward(ones([2, 3])), "beta", &[len], &[3]);
        let layer = BatchNorm { running_mean: statistic(), ..batch() };
        check(|| layer.forward(ones([2, 3])), "running_mean", &[len], &[3]);
        let layer = BatchNorm { running_var: statistic(), ..batch() };
        check(|| layer.forward(ones([2, 3])), "running_var", &[len], &[3]);

        let layer: GroupNorm<Nd> = GroupNorm { gamma: Some(vector(len)), ..GroupNormConfig::new(3, 3).init(DEVICE) };
        check(|| layer.forward(ones([2, 3, 2])), "gamma", &[len], &[3]);
        let layer: InstanceNorm<Nd> =
            InstanceNorm { beta: Some(vector(len)), ..InstanceNormConfig::new(3).init(DEVICE) };
        check(|| layer.forward(ones([2, 3, 2])), "beta", &[len], &[3]);
    }
}

#[test]
fn a_norm_has_scale_and_shift_exactly_if_it_says_so() {
    for (affine, gamma, beta) in [(true, true, false), (true, false, true), (true, false, false), (false, true, true)] {
        let word = |is| if is { "present" } else { "absent" };
        let told =
            format!("`gamma` is {} and `beta` {} in a layer whose `affine` is {affine}", word(gamma), word(beta));
        let (gamma, beta) = (gamma.then(|| vector(4)), beta.then(|| vector(4)));
        let config = InstanceNormConfig::new(4).with_affine(affine);
        let layer: InstanceNorm<Nd> = InstanceNorm { gamma: gamma.clone(), beta: beta.clone(), ..config.init(DEVICE) };
        assert_eq!(refusal(|| layer.forward(ones([2, 4, 2]))), told);
        let config = GroupNormConfig::new(2, 4).with_affine(affine);
        let layer: GroupNorm<Nd> = GroupNorm { gamma, beta, ..config.init(DEVICE) };
        assert_eq!(refusal(|| layer.forward(ones([2, 4, 2]))), told);
    }
}

#[test]
fn a_gate_gives_as_many_elements_as_the_state_has() {
    type Misfit = (fn(&mut GateController<Nd>), &'static str, &'static [usize], &'static [usize]);
    let misfits: [Misfit; 5] = [
        (|gate| gate.input_transform = linear(2, 1), "input_transform.weight", &[2, 1], &[2, 3]),
        (|gate| gate.hidden_transform = linear(3, 1), "hidden_transform.weight", &[3, 1], &[3, 3]),
        (|gate| gate.hidden_transform = linear(1, 3), "hidden_transform.weight", &[1, 3], &[3, 3]),
        (|gate| gate.input_transform.bias = Some(vector(1)), "input_transform.bias", &[1], &[3]),
        (|gate| gate.hidden_transform.bias = Some(vector(1)), "hidden_transform.bias", &[1], &[3]),
    ];
    let input = || ones([2, 4, 2]);
    for (change, name, found, expected) in misfits {
        let mut lstm: Lstm<Nd> = LstmConfig::new(2, 3, true).init(DEVICE);
        change(&mut lstm.output_gate);
        check(|| lstm.forward(input(), None), &format!("output_gate.{name}"), found, expected);
        let both: BiLstm<Nd> = BiLstm { reverse: lstm, ..BiLstmConfig::new(2, 3, true).init(DEVICE) };
        check(|| both.forward(input(), None), &format!("output_gate.{name}"), found, expected);
        let mut gru: Gru<Nd> = GruConfig::new(2, 3, true).init(DEVICE);
        change(&mut gru.new_gate);
        check(|| gru.forward(input(), None), &format!("new_gate.{name}"), found, expected);
    }
    let gate = GateController { input_transform: linear(2, 1), hidden_transform: linear(3, 3) };
    check(|| gate.gate_product(ones([2, 2]), ones([2, 3])), "input_transform.weight", &[2, 1], &[2, 3]);
    let gate = GateController { input_transform: linear(2, 3), hidden_transform: linear(3, 3) };
    assert!(refusal(|| gate.gate_product(ones([2, 2]), ones([1, 3]))).contains("the batch of the input"));
}

#[test]
fn a_recurrent_layer_has_the_hidden_length_of_its_gates() {
    let input = || ones([2, 4, 2]);
    for d_hidden in [1, 2, usize::MAX] {
        let lstm = || Lstm { d_hidden, ..LstmConfig::new(2, 3, true).init::<Nd>(DEVICE) };
        check(|| lstm().forward(input(), None), "input_gate.input_transform.weight", &[2, 3], &[2, d_hidden]);
        let gru = Gru { d_hidden, ..GruConfig::new(2, 3, true).init::<Nd>(DEVICE) };
        check(|| gru.forward(input(), None), "update_gate.input_transform.weight", &[2, 3], &[2, d_hidden]);
        let both: BiLstm<Nd> = BiLstm { reverse: lstm(), ..BiLstmConfig::new(2, 3, true).init(DEVICE) };
        assert!(refusal(|| both.forward(input(), None)).contains("the `d_hidden` of a direction"));
    }
    let narrow = Activation::SwiGlu(SwiGluConfig::new(3, 1).init(DEVICE));
    let lstm: Lstm<Nd> = Lstm { hidden_activation: narrow, ..LstmConfig::new(2, 3, true).init(DEVICE) };
    assert!(refusal(|| lstm.forward(input(), None)).contains("the shape of what an activation gives"));
}

#[test]
fn a_forget_gate_that_is_not_used_need_not_fit() {
    let mut lstm: Lstm<Nd> = LstmConfig::new(2, 3, true).with_input_forget(true).init(DEVICE);
    lstm.forget_gate.input_transform = linear(2, 1);
    assert_eq!(lstm.forward(ones([2, 4, 2]), None).0.dims(), [2, 4, 3]);
}

#[test]
fn the_parts_of_a_gated_unit_are_alike() {
    let layer = SwiGlu { linear_inner: linear(2, 3), linear_outer: linear(2, 1) };
    check(|| layer.forward(ones([4, 2])), "linear_outer.weight", &[2, 1], &[2, 3]);
    let layer = SwiGlu { linear_inner: linear(2, 1), linear_outer: linear(2, 3) };
    check(|| layer.forward(ones([4, 2])), "linear_outer.weight", &[2, 3], &[2, 1]);
}

#[test]
fn the_heads_of_attention_are_all_that_there_is() {
    let mha = || MultiHeadAttentionConfig::new(4, 2).init::<Nd>(DEVICE);
    let input = || MhaInput::self_attn(ones([2, 3, 4]));
    for width in [1, 2, 6] {
        let layer = MultiHeadAttention { query: linear(4, width), ..mha() };
        check(|| layer.forward(input()), "query.weight", &[4, width], &[4, 4]);
        let layer = MultiHeadAttention { key: linear(4, width), value: linear(4, width), ..mha() };
        check(|| layer.forward(input()), "key.weight", &[4, width], &[4, 4]);
        let layer = MultiHeadAttention { output: linear(width, 4), ..mha() };
        check(|| layer.forward(input()), "output.weight", &[width, 4], &[4, 4]);
    }
    let value = Linear { bias: Some(vector(1)), ..linear(4, 4) };
    let layer = MultiHeadAttention { value, ..mha() };
    check(|| layer.forward(input()), "value.bias", &[1], &[4]);
}

#[test]
fn a_mask_says_something_of_every_place() {
    let mha = MultiHeadAttentionConfig::new(4, 2).init::<Nd>(DEVICE);
    let input = || MhaInput::new(ones([2, 3, 4]), ones([2, 5, 4]), ones([2, 5, 4]));
    for (found, expected) in [([2, 1], [2, 5]), ([1, 1], [1, 5]), ([2, 3], [2, 5]), ([5, 5], [2, 5])] {
        let mask = Tensor::from_data(TensorData::from_vec(vec![false; found[0] * found[1]], found).unwrap(), DEVICE);
        check(|| mha.forward(input().mask_pad(mask)), "mask_pad", &found, &expected);
    }
    for (found, expected) in [([2, 1, 5], [2, 3, 5]), ([2, 3, 1], [2, 3, 5]), ([3, 3, 5], [2, 3, 5])] {
        let mask = vec![false; found.iter().product()];
        let mask = Tensor::from_data(TensorData::from_vec(mask, found).unwrap(), DEVICE);
        check(|| mha.forward(input().mask_attn(mask)), "mask_attn", &found, &expected);
    }
}
