//! Layers whose parameters do not fit each other: a record that is loaded by value brings the shapes of its file, and nothing may be repeated or cut.
//! And configurations of which no layer can be made.

use std::panic::{AssertUnwindSafe, catch_unwind};

use vellum::backend::{NdArray, Tensor};
use vellum::nn;
use vellum::nn::activation::{Activation, ActivationConfig};
use vellum::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
use vellum::nn::conv::{
    Conv1d, Conv1dConfig, Conv2d, Conv2dConfig, Conv3d, Conv3dConfig, ConvTranspose1d, ConvTranspose1dConfig,
    ConvTranspose2d, ConvTranspose2dConfig,
};
use vellum::nn::gru::{Gru, GruConfig};
use vellum::nn::lstm::{BiLstm, BiLstmConfig, Lstm, LstmConfig};
use vellum::nn::{
    BatchNorm, BatchNormConfig, GateController, GroupNorm, GroupNormConfig, Initializer, InstanceNorm,
    InstanceNormConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig, PaddingConfig2d, RmsNormConfig, SwiGlu,
    SwiGluConfig,
};
use vellum::{Buffer, Device, Difference, ErrorKind, LoadError, Module, Param, TensorData};

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

/// With what error `made`, of a configuration and a record, is refused: one of the caller's argument, or of a shape.
fn contradiction<T>(made: Result<T, LoadError>) -> String {
    let error = made.err().expect("a layer was made");
    match error.differences() {
        [Difference::Data { path, error }] if path.to_string().is_empty() => match error.kind() {
            ErrorKind::Argument { .. } | ErrorKind::ShapeOverflow { .. } => error.to_string(),
            kind => panic!("{kind:?}"),
        },
        others => panic!("{others:?}"),
    }
}

#[test]
fn a_configuration_that_contradicts_itself_is_an_error_beside_a_record() {
    let groups = "3 groups do not divide 4 channels";
    let record = || GroupNormConfig::new(2, 4).init::<Nd>(DEVICE).into_record();
    let made = GroupNormConfig::new(3, 4).try_init_with(record());
    let whole = made.as_ref().unwrap_err().to_string();
    assert_eq!(whole, format!("the record does not fit the module: the root: {groups}"));
    assert_eq!(contradiction(made), groups);
    assert_eq!(contradiction(GroupNormConfig::new(0, 4).try_init_with(record())), "0 groups do not divide 4 channels");

    let groups = "3 groups do not divide 4 channels of input and 8 of output";
    let config = Conv1dConfig::new(4, 8, 1);
    let record = config.init::<Nd>(DEVICE).into_record();
    assert_eq!(contradiction(config.with_groups(3).try_init_with(record)), groups);
    let config = Conv2dConfig::new([4, 8], [1, 1]);
    let record = config.init::<Nd>(DEVICE).into_record();
    assert_eq!(contradiction(config.with_groups(3).try_init_with(record)), groups);
    let config = Conv3dConfig::new([4, 8], [1, 1, 1]);
    let record = config.init::<Nd>(DEVICE).into_record();
    assert_eq!(contradiction(config.with_groups(3).try_init_with(record)), groups);
    let config = ConvTranspose1dConfig::new([4, 8], 1);
    let record = config.init::<Nd>(DEVICE).into_record();
    assert_eq!(contradiction(config.with_groups(3).try_init_with(record)), groups);
    let config = ConvTranspose2dConfig::new([4, 8], [1, 1]);
    let record = config.init::<Nd>(DEVICE).into_record();
    assert_eq!(contradiction(config.with_groups(3).try_init_with(record)), groups);

    for epsilon in [0.0, f64::NAN] {
        let record = RmsNormConfig::new(4).init::<Nd>(DEVICE).into_record();
        let made = RmsNormConfig::new(4).with_epsilon(epsilon).try_init_with(record);
        assert_eq!(contradiction(made), format!("epsilon is {epsilon}, not positive"));
    }

    let config = MultiHeadAttentionConfig::new(4, 2);
    let record = || config.init::<Nd>(DEVICE).into_record();
    let made = MultiHeadAttentionConfig::new(4, 3).try_init_with(record());
    assert_eq!(contradiction(made), "3 heads do not divide a `d_model` of 4");
    assert_eq!(contradiction(config.clone().with_dropout(2.0).try_init_with(record())), "2 is not a probability");
}

#[test]
fn a_configuration_of_too_much_is_an_error_beside_a_record() {
    let refused = |said: String| assert!(said.contains("elements") || said.contains("shape"), "{said}");
    let record = || linear(2, 3).into_record();
    refused(contradiction(LinearConfig::new(usize::MAX, 2).try_init_with(record())));
    refused(contradiction(LinearConfig::new(2, usize::MAX).try_init_with(record())));
    let record = Conv2dConfig::new([1, 1], [1, 1]).init::<Nd>(DEVICE).into_record();
    refused(contradiction(Conv2dConfig::new([2, 2], [usize::MAX, 2]).try_init_with(record)));
    let record = ConvTranspose2dConfig::new([1, 1], [1, 1]).init::<Nd>(DEVICE).into_record();
    refused(contradiction(ConvTranspose2dConfig::new([2, 2], [usize::MAX, 2]).try_init_with(record)));
    let record = LayerNormConfig::new(1).init::<Nd>(DEVICE).into_record();
    refused(contradiction(LayerNormConfig::new(usize::MAX).try_init_with(record)));
    let record = || LstmConfig::new(1, 1, true).init::<Nd>(DEVICE).into_record();
    refused(contradiction(LstmConfig::new(1, usize::MAX, true).try_init_with(record())));
    let activation = ActivationConfig::SwiGlu(SwiGluConfig::new(usize::MAX, 2));
    refused(contradiction(LstmConfig::new(1, 1, true).with_cell_activation(activation).try_init_with(record())));
}

#[test]
fn a_transposed_convolution_has_every_initializers_fans() {
    nn::seed(7);
    // 2 * 2 * 3 from what lies second in memory, and 4 * 2 * 3 from what lies first.
    let config = ConvTranspose2dConfig::new([8, 4], [2, 3]).with_groups(2);
    let bounds = [
        (Initializer::XavierUniform { gain: 1.0 }, (6.0f32 / 36.0).sqrt()),
        (Initializer::KaimingUniform { gain: 1.0, fan_out_only: true }, (3.0f32 / 24.0).sqrt()),
    ];
    for (initializer, bound) in bounds {
        let config = config.clone().with_initializer(initializer);
        let layer: ConvTranspose2d<Nd> = config.init(DEVICE);
        let largest = layer.weight.elements().iter().fold(0.0f32, |a, x| a.max(x.abs()));
        assert!(largest <= bound && largest > 0.9 * bound, "{initializer:?}: {largest}, not {bound}");
        assert_eq!(config.try_init_with(layer.clone().into_record()).unwrap().weight.val(), layer.weight.val());

        let config = ConvTranspose1dConfig::new([8, 4], 6).with_groups(2).with_initializer(initializer);
        let layer: ConvTranspose1d<Nd> = config.init(DEVICE);
        assert!(layer.weight.elements().iter().all(|x| x.abs() <= bound));
        assert!(config.try_init_with(layer.into_record()).is_ok());
    }
}
