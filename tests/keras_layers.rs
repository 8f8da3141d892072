//! Keras' layers in Vellum's modules: what they load predicts as Keras does, and what they save is Keras' again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use vellum::backend::{Backend, Int, NdArray, Tensor};
use vellum::module::Param;
use vellum::nn::activation::ActivationConfig;
use vellum::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
use vellum::nn::conv::{
    Conv1d, Conv1dConfig, Conv2d, Conv2dConfig, Conv3d, Conv3dConfig, ConvTranspose1d, ConvTranspose1dConfig,
    ConvTranspose2d, ConvTranspose2dConfig,
};
use vellum::nn::{
    BatchNorm, BatchNormConfig, BiLstm, BiLstmConfig, Embedding, EmbeddingConfig, Gelu, GroupNorm, GroupNormConfig,
    Gru, GruConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig, Lstm, LstmConfig, PRelu, PReluConfig,
    PaddingConfig1d, PaddingConfig2d, Relu, RmsNorm, RmsNormConfig, Softmax,
};
use vellum::store::{KerasStore, ModuleSnapshot, NpzStore};
use vellum::transform::LazyTensor;
use vellum::{DType, Device, Module, TensorData, Value, convert};
use vellum_tests::fixture;

type Nd = NdArray<f32>;

const DEVICE: Device = Device::Cpu;

/// An array of a `.npz`, as `F32` unless it has integers.
fn array(npz: &str, name: &str) -> TensorData {
    let store = NpzStore::from_file(fixture(npz));
    let data = store.get_snapshot(name).unwrap().unwrap_or_else(|| panic!("{:?}", store.keys())).to_data().unwrap();
    if data.dtype() == DType::I32 { data } else { convert(data, DType::F32, &Default::default()).unwrap() }
}

/// Keras has the channels last.
fn channels_first(data: TensorData) -> TensorData {
    let last = data.shape().rank() - 1;
    let axes: Vec<usize> = [0, last].into_iter().chain(1..last).collect();
    LazyTensor::from(data).permuted(&axes).unwrap().to_data().unwrap()
}

fn channels_last(data: TensorData) -> TensorData {
    let axes: Vec<usize> = [0].into_iter().chain(2..data.shape().rank()).chain([1]).collect();
    LazyTensor::from(data).permuted(&axes).unwrap().to_data().unwrap()
}

fn close(what: &str, found: &TensorData, expected: &TensorData) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    for (a, b) in found.as_slice::<f32>().unwrap().iter().zip(expected.as_slice::<f32>().unwrap()) {
        assert!((a - b).abs() < 1e-5, "{what}: {a} is not {b}");
    }
}

/// The file of a layer that `generate.py` wrote.
fn file(name: &str) -> PathBuf {
    let folder = fixture("keras_layers");
    let path = [".h5", ".keras", ".weights.h5"].map(|end| folder.join(format!("{name}{end}")));
    path.into_iter().find(|path| path.exists()).unwrap_or_else(|| panic!("no file of {name}"))
}

/// Loads the layer under `key` of a file into a module: all of it, and nothing is left over.
fn load(name: &str, key: &str, module: &mut impl Module) {
    let mut store = KerasStore::from_file(file(name)).with_top_level_key(key);
    let result = module.load_from(&mut store).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(result.missing.is_empty() && result.unused.is_empty(), "{name}: {result}");
}

fn input<const D: usize>(name: &str) -> Tensor<Nd, D> {
    Tensor::from_data(array(&format!("keras_layers/{name}.npz"), "input"), DEVICE)
}

fn image<const D: usize>(name: &str) -> Tensor<Nd, D> {
    Tensor::from_data(channels_first(array(&format!("keras_layers/{name}.npz"), "input")), DEVICE)
}

fn check<const D: usize>(name: &str, found: Tensor<Nd, D>) {
    close(name, &found.into_data(), &array(&format!("keras_layers/{name}.npz"), "output"));
}

fn check_image<const D: usize>(name: &str, found: Tensor<Nd, D>) {
    close(name, &channels_last(found.into_data()), &array(&format!("keras_layers/{name}.npz"), "output"));
}

/// The tensors of a module by name.
fn tensors(module: &impl Module) -> BTreeMap<String, TensorData> {
    module.state_dict().unwrap().iter().map(|(path, data)| (path.to_string(), data.clone())).collect()
}

/// Saves a module and loads it again into another one, and compares what they hold.
fn there_and_back<M: Module>(module: &M, other: &mut M) {
    let mut store = KerasStore::from_bytes(None);
    module.save_into(&mut store).unwrap();
    let result = other.load_from(&mut store).unwrap();
    assert!(result.unused.is_empty(), "{result}");
    assert_eq!(tensors(module), tensors(other));
}

#[test]
fn linear_layers_embeddings_and_norms() {
    let mut dense: Linear<Nd> = LinearConfig::new(4, 5).with_bias(false).init(DEVICE);
    load("dense", "d", &mut dense);
    check("dense", dense.forward(input::<3>("dense")));

    let mut embedding: Embedding<Nd> = EmbeddingConfig::new(11, 4).init(DEVICE);
    load("embedding", "e", &mut embedding);
    let tokens = Tensor::<Nd, 2, Int>::from_data(array("keras_layers/embedding.npz", "input"), DEVICE);
    check("embedding", embedding.forward(tokens));

    // Without a scale: ones.
    let mut norm: BatchNorm<Nd> = BatchNormConfig::new(3).with_epsilon(0.01).init(DEVICE);
    load("batch_norm", "n", &mut norm);
    check_image("batch_norm", norm.forward(image::<3>("batch_norm")));
    let mut norm: BatchNorm<Nd> = BatchNormConfig::new(3).with_epsilon(1e-3).init(DEVICE);
    load("batch_norm_keras2", "batch_normalization", &mut norm);
    check_image("batch_norm_keras2", norm.forward(image::<3>("batch_norm_keras2")));

    let mut norm: LayerNorm<Nd> = LayerNormConfig::new(6).with_epsilon(0.02).with_bias(false).init(DEVICE);
    load("layer_norm", "n", &mut norm);
    check("layer_norm", norm.forward(input::<3>("layer_norm")));
    // Without a shift: zeros.
    let mut norm: LayerNorm<Nd> = LayerNormConfig::new(6).with_epsilon(0.02).init(DEVICE);
    load("layer_norm", "n", &mut norm);
    check("layer_norm", norm.forward(input::<3>("layer_norm")));

    let mut norm: GroupNorm<Nd> = GroupNormConfig::new(3, 6).with_epsilon(1e-3).init(DEVICE);
    load("group_norm", "n", &mut norm);
    check_image("group_norm", norm.forward(image::<3>("group_norm")));
    let mut norm: RmsNorm<Nd> = RmsNormConfig::new(6).with_epsilon(1e-6).init(DEVICE);
    load("rms_norm", "n", &mut norm);
    check("rms_norm", norm.forward(input::<3>("rms_norm")));

    let mut prelu: PRelu<Nd> = PReluConfig::new().with_num_parameters(3).init(DEVICE);
    load("prelu", "p", &mut prelu);
    check_image("prelu", prelu.forward(image::<4>("prelu")));
}

#[test]
fn convolutions_of_one_to_three_axes() {
    let config = Conv1dConfig::new(3, 4, 3).with_stride(2).with_padding(PaddingConfig1d::Same);
    let mut conv: Conv1d<Nd> = config.init(DEVICE);
    load("conv1d", "c", &mut conv);
    check_image("conv1d", conv.forward(image::<3>("conv1d")));

    let mut conv: Conv2d<Nd> = Conv2dConfig::new([3, 4], [3, 2]).with_padding(PaddingConfig2d::Same).init(DEVICE);
    load("conv2d_same", "c", &mut conv);
    check_image("conv2d_same", Relu::new().forward(conv.forward(image::<4>("conv2d_same"))));

    let mut conv: Conv2d<Nd> = Conv2dConfig::new([2, 3], [3, 3]).with_stride([2, 1]).with_bias(false).init(DEVICE);
    load("conv2d_strides", "c", &mut conv);
    check_image("conv2d_strides", conv.forward(image::<4>("conv2d_strides")));

    let config = Conv2dConfig::new([4, 6], [2, 3]).with_dilation([2, 1]).with_groups(2);
    let mut conv: Conv2d<Nd> = config.init(DEVICE);
    load("conv2d_dilated", "c", &mut conv);
    check_image("conv2d_dilated", conv.forward(image::<4>("conv2d_dilated")));

    let mut conv: Conv3d<Nd> = Conv3dConfig::new([2, 3], [2, 3, 1]).init(DEVICE);
    load("conv3d", "c", &mut conv);
    check_image("conv3d", conv.forward(image::<5>("conv3d")));
}

#[test]
fn a_depthwise_convolution_is_one_with_as_many_groups_as_channels() {
    let mut conv: Conv2d<Nd> = Conv2dConfig::new([3, 6], [3, 2]).with_groups(3).init(DEVICE);
    load("depthwise", "c", &mut conv);
    check_image("depthwise", conv.forward(image::<4>("depthwise")));
    there_and_back(&vec![conv], &mut vec![Conv2dConfig::new([3, 6], [3, 2]).with_groups(3).init::<Nd>(DEVICE)]);

    let config = Conv2dConfig::new([3, 6], [3, 3]).with_groups(3).with_padding(PaddingConfig2d::Same);
    let mut conv: Conv2d<Nd> = config.init(DEVICE);
    load("depthwise_keras2", "c", &mut conv);
    check_image("depthwise_keras2", conv.forward(image::<4>("depthwise_keras2")));
}

/// Keras has no `DepthwiseConv3D`.
#[test]
fn a_depthwise_convolution_of_three_axes_is_one_with_groups() {
    let config = Conv3dConfig::new([3, 6], [2, 3, 1]).with_groups(3);
    let conv = || vec![config.init::<Nd>(DEVICE)];
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.h5", "b.weights.h5"] {
        let (old, mut new) = (conv(), conv());
        let mut store = KerasStore::from_file(folder.path().join(name));
        old.save_into(&mut store).unwrap();
        let shapes: Vec<_> = store.get_all_snapshots().unwrap().values().map(|tensor| tensor.shape.clone()).collect();
        assert!(shapes.iter().any(|shape| *shape == [2, 3, 1, 1, 6]), "{shapes:?}");
        assert!(store.keys().unwrap().iter().all(|key| !key.contains("depthwise")), "{:?}", store.keys());
        new.load_from(&mut store).unwrap();
        assert_eq!(tensors(&old), tensors(&new));
    }
}

#[derive(Module, Debug)]
#[module(layer = SeparableConv)]
struct Separable<C> {
    depthwise: C,
    pointwise: C,
}

impl Separable<Conv2d<Nd>> {
    fn new(channels: [usize; 3], kernel: [usize; 2]) -> Self {
        let [input, middle, output] = channels;
        let depthwise = Conv2dConfig::new([input, middle], kernel).with_groups(input).with_bias(false);
        Self {
            depthwise: depthwise.with_padding(PaddingConfig2d::Same).init(DEVICE),
            pointwise: Conv2dConfig::new([middle, output], [1, 1]).init(DEVICE),
        }
    }

    fn forward(&self, x: Tensor<Nd, 4>) -> Tensor<Nd, 4> {
        self.pointwise.forward(self.depthwise.forward(x))
    }
}

#[test]
fn a_separable_convolution_is_two() {
    let mut conv = Separable::new([3, 6, 4], [3, 3]);
    load("separable", "c", &mut conv);
    check_image("separable", conv.forward(image::<4>("separable")));
    there_and_back(&vec![conv], &mut vec![Separable::new([3, 6, 4], [3, 3])]);

    let mut conv: Separable<Conv1d<Nd>> = Separable {
        depthwise: Conv1dConfig::new(3, 3, 3).with_groups(3).with_bias(false).init(DEVICE),
        pointwise: Conv1dConfig::new(3, 5, 1).with_bias(false).init(DEVICE),
    };
    load("separable1d", "c", &mut conv);
    let found = conv.pointwise.forward(conv.depthwise.forward(image::<3>("separable1d")));
    check_image("separable1d", found);
}

#[test]
fn transposed_convolutions() {
    let mut conv: ConvTranspose2d<Nd> = ConvTranspose2dConfig::new([3, 5], [3, 4]).with_stride([1, 2]).init(DEVICE);
    load("transpose2d", "c", &mut conv);
    check_image("transpose2d", conv.forward(image::<4>("transpose2d")));
    // `same` cuts `kernel - stride` elements off, half of them in front.
    let config = ConvTranspose1dConfig::new([3, 4], 4).with_stride(2).with_padding(1);
    let mut conv: ConvTranspose1d<Nd> = config.init(DEVICE);
    load("transpose1d", "c", &mut conv);
    check_image("transpose1d", conv.forward(image::<3>("transpose1d")));
    there_and_back(&vec![conv], &mut vec![config.init::<Nd>(DEVICE)]);
}

/// The last step of each sequence.
fn last(output: Tensor<Nd, 3>) -> Tensor<Nd, 2> {
    Tensor::from_array(output.view().index_axis(ndarray::Axis(1), output.dims()[1] - 1).to_owned())
}

#[test]
fn recurrent_layers() {
    // Read from the end, and so given back.
    let mut lstm: Lstm<Nd> = LstmConfig::new(3, 4, true).with_reverse(true).init(DEVICE);
    load("lstm", "r", &mut lstm);
    let (output, _) = lstm.forward(input::<3>("lstm"), None);
    let mut turned = output.view().to_owned();
    turned.invert_axis(ndarray::Axis(1));
    check("lstm", Tensor::<Nd, 3>::from_array(turned.as_standard_layout().to_owned()));

    let mut lstm: Lstm<Nd> = LstmConfig::new(3, 4, false).init(DEVICE);
    load("lstm_keras2", "r", &mut lstm);
    check("lstm_keras2", last(lstm.forward(input::<3>("lstm_keras2"), None).0));

    let relu = ActivationConfig::Relu;
    let config = LstmConfig::new(3, 4, true).with_cell_activation(relu.clone()).with_hidden_activation(relu);
    let mut lstm: Lstm<Nd> = config.init(DEVICE);
    load("lstm_activations", "r", &mut lstm);
    check("lstm_activations", last(lstm.forward(input::<3>("lstm_activations"), None).0));

    for (name, key, bias, after) in
        [("gru_before", "r", true, false), ("gru_after", "r", true, true), ("gru_keras2", "gru", false, true)]
    {
        let config = GruConfig::new(3, 4, bias).with_reset_after(after);
        let mut gru: Gru<Nd> = config.init(DEVICE);
        load(name, key, &mut gru);
        check(name, gru.forward(input::<3>(name), None));
        there_and_back(&vec![gru], &mut vec![config.init::<Nd>(DEVICE)]);
    }
    for (name, key) in [("bidirectional", "b"), ("bidirectional_keras2", "b")] {
        let mut lstm: BiLstm<Nd> = BiLstmConfig::new(3, 4, true).init(DEVICE);
        load(name, key, &mut lstm);
        check(name, lstm.forward(input::<3>(name), None).0);
        there_and_back(&vec![lstm], &mut vec![BiLstmConfig::new(3, 4, true).init::<Nd>(DEVICE)]);
    }
}

#[test]
fn a_gru_that_resets_elsewhere_is_refused() {
    let mut gru: Gru<Nd> = GruConfig::new(3, 4, true).init(DEVICE);
    let mut store = KerasStore::from_file(file("gru_before")).with_top_level_key("r");
    let error = gru.load_from(&mut store).unwrap_err().to_string();
    assert!(error.contains("resets before"), "{error}");
}

#[test]
fn a_gru_with_one_bias_has_two_rows_in_keras() {
    let gru = |after| {
        let mut gru: Gru<Nd> = GruConfig::new(3, 4, true).with_reset_after(after).init(DEVICE);
        for gate in [&mut gru.update_gate, &mut gru.reset_gate, &mut gru.new_gate] {
            gate.hidden_transform.bias = None;
            gate.input_transform.bias =
                Some(Param::new(Tensor::from_data(TensorData::from_vec(vec![2.5f32; 4], [4]).unwrap(), DEVICE)));
        }
        vec![gru]
    };
    for (after, shape) in [(true, &[2, 12][..]), (false, &[12][..])] {
        let mut store = KerasStore::from_bytes(None);
        gru(after).save_into(&mut store).unwrap();
        let snapshots = store.get_all_snapshots().unwrap();
        let bias = snapshots.values().find(|tensor| tensor.full_path.ends_with("bias")).unwrap();
        assert_eq!(bias.shape, *shape);
        let data = bias.to_data().unwrap().to_vec::<f32>().unwrap();
        assert!(data[..12].iter().all(|value| *value == 2.5) && data[12..].iter().all(|value| *value == 0.0));
    }
}

/// An attention whose heads together are not as wide as the model.
fn attention(width: usize, heads: usize, head: usize, bias: bool) -> MultiHeadAttention<Nd> {
    let linear = |from, to| LinearConfig::new(from, to).with_bias(bias).init(DEVICE);
    MultiHeadAttention {
        query: linear(width, heads * head),
        key: linear(width, heads * head),
        value: linear(width, heads * head),
        output: linear(heads * head, width),
        n_heads: heads,
        d_k: head,
        ..MultiHeadAttentionConfig::new(width, 1).init(DEVICE)
    }
}

#[test]
fn attentions() {
    for (name, head, bias) in [("attention", 4, true), ("attention_keras2", 2, false)] {
        let mut mha = attention(6, 3, head, bias);
        load(name, "a", &mut mha);
        check(name, mha.forward(MhaInput::self_attn(input::<3>(name))).context);
        there_and_back(&vec![mha], &mut vec![attention(6, 3, head, bias)]);
    }
}

#[test]
fn a_layer_around_another_gives_its_weights_its_own_name() {
    #[derive(Module)]
    struct Model<B: Backend> {
        t: Linear<B>,
        u: Linear<B>,
    }
    let mut model = Model::<Nd> { t: LinearConfig::new(4, 2).init(DEVICE), u: LinearConfig::new(2, 3).init(DEVICE) };
    model.load_from(&mut KerasStore::from_file(file("distributed"))).unwrap();
    check("distributed", model.u.forward(model.t.forward(input::<3>("distributed"))));
}

// Whole models.

fn model_file(name: &str) -> PathBuf {
    fixture(&format!("keras/{name}"))
}

fn model_array(file: &str, name: &str) -> TensorData {
    array(&format!("keras/{file}.io.npz"), name)
}

#[derive(Module, Debug)]
struct Mlp<B: Backend> {
    dense: Linear<B>,
    dense_1: Linear<B>,
    dense_2: Linear<B>,
}

impl Mlp<Nd> {
    fn new() -> Self {
        Self {
            dense: LinearConfig::new(32, 64).init(DEVICE),
            dense_1: LinearConfig::new(64, 64).init(DEVICE),
            dense_2: LinearConfig::new(64, 10).init(DEVICE),
        }
    }

    fn forward(&self, x: Tensor<Nd, 2>) -> Tensor<Nd, 2> {
        let x = self.dense_1.forward(Relu::new().forward(self.dense.forward(x)));
        Softmax::new(1).forward(self.dense_2.forward(x))
    }
}

#[test]
fn one_model_from_each_kind_of_file() {
    for stem in ["seed_doc_keras3", "seed_doc_keras2"] {
        let x = Tensor::<Nd, 2>::from_data(model_array(stem, "input"), DEVICE);
        let expected = model_array(stem, "output");
        for end in [".h5", ".weights.h5", ".keras", ".plain_weights.h5"] {
            let name = format!("{stem}{end}");
            if stem == "seed_doc_keras3" && end == ".plain_weights.h5" {
                continue;
            }
            let mut model = Mlp::new();
            let result = model.load_from(&mut KerasStore::from_file(model_file(&name))).unwrap();
            assert!(result.unused.is_empty() && result.applied.len() == 6, "{name}: {result}");
            close(&name, &model.forward(x.clone()).into_data(), &expected);
        }
    }
}

#[derive(Module, Debug)]
struct Cnn<B: Backend> {
    stem_conv: Conv2d<B>,
    stem_bn: BatchNorm<B>,
    depthwise: Conv2d<B>,
    separable: Separable<Conv2d<B>>,
    up: ConvTranspose2d<B>,
    skip: Conv2d<B>,
    probs: Linear<B>,
}

impl Cnn<Nd> {
    fn new() -> Self {
        let same = PaddingConfig2d::Same;
        Self {
            stem_conv: Conv2dConfig::new([1, 6], [3, 3]).with_bias(false).with_padding(same).init(DEVICE),
            stem_bn: BatchNormConfig::new(6).with_epsilon(1e-3).init(DEVICE),
            depthwise: Conv2dConfig::new([6, 6], [3, 3]).with_groups(6).with_padding(same).init(DEVICE),
            separable: Separable::new([6, 6, 8], [3, 3]),
            up: ConvTranspose2dConfig::new([8, 4], [2, 2]).with_stride([2, 2]).init(DEVICE),
            skip: Conv2dConfig::new([1, 4], [1, 1]).init(DEVICE),
            probs: LinearConfig::new(4, 10).init(DEVICE),
        }
    }

    fn forward(&self, image: Tensor<Nd, 4>) -> Tensor<Nd, 2> {
        let (relu, pool) = (Relu::new(), vellum::nn::pool::MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init());
        let x = pool.forward(relu.forward(self.stem_bn.forward(self.stem_conv.forward(image.clone()))));
        let x = self.up.forward(relu.forward(self.separable.forward(self.depthwise.forward(x))));
        let sum = &x.view() + &self.skip.forward(image).view();
        let mean = sum.mean_axis(ndarray::Axis(3)).unwrap().mean_axis(ndarray::Axis(2)).unwrap();
        Softmax::new(1).forward(self.probs.forward(Tensor::<Nd, 2>::from_array(mean)))
    }
}

#[test]
fn a_network_of_all_convolutions() {
    let x = Tensor::<Nd, 4>::from_data(channels_first(model_array("cnn_functional", "input")), DEVICE);
    for end in [".h5", ".weights.h5", ".keras"] {
        let mut model = Cnn::new();
        let name = format!("cnn_functional{end}");
        let result = model.load_from(&mut KerasStore::from_file(model_file(&name))).unwrap();
        assert!(result.unused.is_empty() && result.missing.is_empty(), "{name}: {result}");
        // The state of the optimizer is no part of the model.
        assert!(result.dropped.iter().all(|name| name.starts_with("optimizer")) && !result.dropped.is_empty());
        close(&name, &model.forward(x.clone()).into_data(), &model_array("cnn_functional", "output"));
    }
}

#[test]
fn a_network_of_keras_2() {
    #[derive(Module)]
    struct Net<B: Backend> {
        c1: Conv2d<B>,
        b1: BatchNorm<B>,
        lstm: Lstm<B>,
        d: Linear<B>,
    }
    let x = Tensor::<Nd, 4>::from_data(channels_first(model_array("cnn_lstm_keras2", "input")), DEVICE);
    for end in [".h5", ".weights.h5", ".keras"] {
        let mut net = Net::<Nd> {
            c1: Conv2dConfig::new([1, 5], [3, 3]).init(DEVICE),
            b1: BatchNormConfig::new(5).with_epsilon(1e-3).init(DEVICE),
            lstm: LstmConfig::new(30, 6, true).init(DEVICE),
            d: LinearConfig::new(6, 10).init(DEVICE),
        };
        let name = format!("cnn_lstm_keras2{end}");
        let mut store = KerasStore::from_file(model_file(&name));
        if end == ".weights.h5" {
            // Keras 2 does not say there what the layers are called.
            store = store
                .with_key_remapping("^conv2d", "c1")
                .with_key_remapping("^batch_normalization", "b1")
                .with_key_remapping("^dense", "d");
        }
        let result = net.load_from(&mut store).unwrap();
        assert!(result.unused.is_empty(), "{name}: {result}");
        let hidden = channels_last(Relu::new().forward(net.b1.forward(net.c1.forward(x.clone()))).into_data());
        let rows = LazyTensor::from(hidden).reshaped([4, 6, 30]).unwrap().to_data().unwrap();
        let (states, _) = net.lstm.forward(Tensor::from_data(rows, DEVICE), None);
        let output = Softmax::new(1).forward(net.d.forward(last(states)));
        close(&name, &output.into_data(), &model_array("cnn_lstm_keras2", "output"));
    }
}

#[test]
fn a_network_of_sequences() {
    #[derive(Module)]
    struct Net<B: Backend> {
        tokens: Embedding<B>,
        bi: BiLstm<B>,
        gru: Gru<B>,
        norm: LayerNorm<B>,
        dense: Linear<B>,
    }
    let tokens = Tensor::<Nd, 2, Int>::from_data(model_array("embedding_lstm", "input"), DEVICE);
    for end in [".h5", ".weights.h5", ".keras"] {
        let mut net = Net::<Nd> {
            tokens: EmbeddingConfig::new(17, 6).init(DEVICE),
            bi: BiLstmConfig::new(6, 5, true).init(DEVICE),
            gru: GruConfig::new(10, 7, true).init(DEVICE),
            norm: LayerNormConfig::new(7).with_epsilon(1e-3).init(DEVICE),
            dense: LinearConfig::new(7, 10).init(DEVICE),
        };
        let name = format!("embedding_lstm{end}");
        let result = net.load_from(&mut KerasStore::from_file(model_file(&name))).unwrap();
        assert!(result.unused.is_empty(), "{name}: {result}");
        let states = net.gru.forward(net.bi.forward(net.tokens.forward(tokens.clone()), None).0, None);
        let output = Softmax::new(1).forward(net.dense.forward(net.norm.forward(last(states))));
        close(&name, &output.into_data(), &model_array("embedding_lstm", "output"));
    }
}

#[test]
fn a_network_with_an_attention_and_a_model_as_a_layer() {
    #[derive(Module)]
    struct Block<B: Backend> {
        dense: Linear<B>,
        conv1d: Conv1d<B>,
    }
    #[derive(Module)]
    struct Net<B: Backend> {
        mha: MultiHeadAttention<B>,
        ln: LayerNorm<B>,
        inner_block: Block<B>,
        logits: Linear<B>,
        odd: Linear<B>,
    }
    let x = Tensor::<Nd, 3>::from_data(model_array("nested_attention", "input"), DEVICE);
    for end in [".h5", ".weights.h5", ".keras"] {
        let mut net = Net::<Nd> {
            mha: MultiHeadAttentionConfig::new(8, 2).init(DEVICE),
            ln: LayerNormConfig::new(8).with_epsilon(1e-3).init(DEVICE),
            inner_block: Block {
                dense: LinearConfig::new(8, 12).init(DEVICE),
                // Causal: all padding in front.
                conv1d: Conv1dConfig::new(12, 6, 3).with_padding(PaddingConfig1d::Explicit(2, 0)).init(DEVICE),
            },
            logits: LinearConfig::new(48, 10).init(DEVICE),
            odd: LinearConfig::new(48, 1).init(DEVICE),
        };
        let name = format!("nested_attention{end}");
        let mut store = KerasStore::from_file(model_file(&name));
        if end == ".weights.h5" {
            store = store.with_key_remapping("^sequential", "inner_block");
        }
        let result = net.load_from(&mut store).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(result.unused.is_empty(), "{name}: {result}");
        let attended = net.mha.forward(MhaInput::self_attn(x.clone())).context;
        let sum = Tensor::<Nd, 3>::from_array(&attended.view() + &x.view());
        let h = Gelu::new().forward(net.inner_block.dense.forward(net.ln.forward(sum)));
        let h = net.inner_block.conv1d.forward(Tensor::from_data(channels_first(h.into_data()), DEVICE));
        let flat = LazyTensor::from(channels_last(h.into_data())).reshaped([3, 48]).unwrap().to_data().unwrap();
        let flat = Tensor::<Nd, 2>::from_data(flat, DEVICE);
        let logits = net.logits.forward(flat.clone());
        close(&name, &logits.into_data(), &model_array("nested_attention", "output0"));
        let odd = vellum::nn::Sigmoid::new().forward(net.odd.forward(flat));
        close(&name, &odd.into_data(), &model_array("nested_attention", "output1"));
    }
}

#[derive(Module)]
struct Custom {
    w: Param<ndarray::Array2<f32>>,
}

#[derive(Module)]
struct WithCustom<B: Backend> {
    custom: Custom,
    dense: Linear<B>,
}

#[test]
fn a_layer_that_somebody_wrote_loads_into_a_struct_that_somebody_wrote() {
    let x = array("keras/custom_layer.io.npz", "input");
    let expected = model_array("custom_layer", "output");
    for end in [".h5", ".weights.h5", ".keras"] {
        let name = format!("custom_layer{end}");
        let new = || WithCustom::<Nd> {
            custom: Custom { w: Param::new(ndarray::Array2::zeros((32, 16))) },
            dense: LinearConfig::new(16, 10).init(DEVICE),
        };
        let check = |model: &WithCustom<Nd>| {
            let x = ndarray::Array2::from_shape_vec((4, 32), x.to_vec::<f32>().unwrap()).unwrap();
            let hidden = Tensor::<Nd, 2>::from_array(x.dot(&*model.custom.w));
            close(&name, &Softmax::new(1).forward(model.dense.forward(hidden)).into_data(), &expected);
        };
        let store = || KerasStore::from_file(model_file(&name));
        let mut model = new();
        if end == ".h5" {
            model.load_from(&mut store()).unwrap();
            check(&model);
            continue;
        }
        // The newer layout counts the weights of a layer that Keras does not have, and the report says what to do.
        let error = model.load_from(&mut store()).unwrap_err();
        let rules = &error.load_result().unwrap().remapping.as_ref().unwrap().rules;
        assert_eq!(rules.len(), 1, "{rules:?}");
        model.load_from(&mut store().auto_remap(true)).unwrap();
        check(&model);
        let mut model = new();
        model.load_from(&mut store().with_key_remapping(r"^custom\.0$", "custom.w")).unwrap();
        check(&model);
    }
}

#[test]
fn other_names_are_inferred_from_the_shapes() {
    #[derive(Module)]
    struct Other<B: Backend> {
        first: Linear<B>,
        rest: Vec<Linear<B>>,
    }
    for end in [".h5", ".keras"] {
        let linear = |from, to| LinearConfig::new(from, to).init(DEVICE);
        let mut model = Other::<Nd> { first: linear(32, 64), rest: vec![linear(64, 64), linear(64, 10)] };
        let mut store = KerasStore::from_file(model_file(&format!("seed_doc_keras3{end}"))).auto_remap(true);
        let result = model.load_from(&mut store).unwrap_or_else(|error| panic!("{error}"));
        assert!(result.remapping.is_some_and(|remapping| remapping.applied));
        let mut same = Mlp::new();
        same.load_from(&mut KerasStore::from_file(model_file("seed_doc_keras3.h5"))).unwrap();
        assert_eq!(model.rest[1].weight.to_data(), same.dense_2.weight.to_data());
    }
}

#[test]
fn a_file_is_listed_as_it_is_and_each_tensor_says_its_name_in_the_model() {
    for (file, key, name) in [
        ("seed_doc_keras3.h5", "model_weights/dense_1/sequential/dense_1/kernel", "dense_1.kernel"),
        ("seed_doc_keras2.h5", "model_weights/dense_1/dense_1/kernel:0", "dense_1.kernel"),
        ("seed_doc_keras3.keras", "layers/dense_1/vars/0", "dense_1.kernel"),
        ("cnn_functional.weights.h5", "layers/batch_normalization/vars/3", "stem_bn.moving_variance"),
        ("embedding_lstm.keras", "layers/bidirectional/backward_layer/cell/vars/1", "bi.backward.recurrent_kernel"),
        (
            "embedding_lstm.h5",
            "model_weights/bi/sequential/bi/backward_lstm/lstm_cell/recurrent_kernel",
            "bi.backward.recurrent_kernel",
        ),
        ("nested_attention.h5", "model_weights/mha/mha/attention_output/bias", "mha.attention_output.bias"),
        ("nested_attention.keras", "layers/multi_head_attention/output_dense/vars/1", "mha.attention_output.bias"),
        ("nested_attention.keras", "layers/sequential/layers/conv1d/vars/0", "inner_block.conv1d.kernel"),
        ("nested_attention.h5", "model_weights/inner_block/inner_block/conv1d/kernel", "inner_block.conv1d.kernel"),
        ("seed_doc_keras3.keras", "optimizer/vars/0", "optimizer/vars/0"),
    ] {
        let store = KerasStore::from_file(model_file(file));
        let snapshot = store.get_snapshot(key).unwrap().unwrap_or_else(|| panic!("{:?}", store.keys()));
        assert_eq!(snapshot.full_path, name, "{file}");
    }
    // What the library writes is read again so.
    let keys = KerasStore::from_file(model_file("seed_doc_keras3.keras")).keys().unwrap();
    assert!(keys.contains(&"layers/dense/vars/0".into()) && keys.contains(&"optimizer/vars/0".into()));
}

#[test]
fn hyperparameters_and_the_optimizer_are_values_of_the_store() {
    for name in ["seed_doc_keras2.h5", "seed_doc_keras3.keras"] {
        let store = KerasStore::from_file(model_file(name));
        let layers = store.read_values().unwrap().get("model_config").unwrap().get("config").unwrap().get("layers");
        let dense = layers.unwrap().as_list().unwrap().iter().filter_map(|layer| layer.get("config")?.get("units"));
        assert_eq!(dense.filter_map(Value::as_i64).collect::<Vec<_>>(), [64, 64, 10]);
        assert!(store.read_values().unwrap().get("optimizer_weights").is_some());
    }
}

#[test]
fn a_model_comes_back_from_every_layout_that_is_written() {
    let mut model = Cnn::new();
    model.load_from(&mut KerasStore::from_file(model_file("cnn_functional.h5"))).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config =
        KerasStore::from_file(model_file("cnn_functional.h5")).read_metadata().unwrap()["model_config"].clone();
    for (name, config) in [("a.h5", None), ("b.weights.h5", None), ("c.h5", Some(config))] {
        let mut store = KerasStore::from_file(folder.path().join(name));
        if let Some(config) = config {
            store = store.metadata("model_config", config);
        }
        model.save_into(&mut store).unwrap();
        let mut other = Cnn::new();
        let result = other.load_from(&mut store).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(result.unused.is_empty(), "{name}: {result}");
        assert_eq!(tensors(&other), tensors(&model), "{name}");
    }
    // The new layout and the file of Keras have the same names.
    let keys = |path: PathBuf| -> Vec<String> {
        let keys = KerasStore::from_file(path).keys().unwrap();
        keys.into_iter().filter(|key| key.starts_with("layers/")).collect()
    };
    assert_eq!(keys(folder.path().join("b.weights.h5")), keys(model_file("cnn_functional.weights.h5")));
    let mut store = KerasStore::from_file(folder.path().join("d.weights.h5"));
    let error = vec![Param::new(ndarray::Array1::<f32>::zeros(1))].save_into(&mut store).unwrap_err();
    assert!(error.to_string().contains("class in Keras"), "{error}");
}
