//! The layers' predictions against those of the programs whose weights they load.

use std::collections::BTreeMap;

use serde_json::Value;
use vellum::backend::{NdArray, Tensor};
use vellum::module::{LeafMut, ModuleVisitor, ModuleVisitorMut, Owner};
use vellum::nn::activation::ActivationConfig;
use vellum::nn::attention::{MhaInput, MultiHeadAttentionConfig};
use vellum::nn::conv::{Conv1dConfig, Conv2dConfig, Conv3dConfig, ConvTranspose1dConfig, ConvTranspose2dConfig};
use vellum::nn::gru::GruConfig;
use vellum::nn::lstm::{BiLstmConfig, Lstm, LstmConfig};
use vellum::nn::{
    BatchNormConfig, EmbeddingConfig, GroupNormConfig, LayerNormConfig, LinearConfig, PReluConfig, PaddingConfig1d,
    PaddingConfig2d, RmsNormConfig,
};
use vellum::record::{FullPrecisionSettings, LayerKind, LeafRef, Recorder};
use vellum::recorder::{BinFileRecorder, NamedMpkFileRecorder};
use vellum::{Device, Module, TensorData, TensorPath};
use vellum_tests::{fixture, fixture_json};

use crate::burn_models::{ConvNet, ConvNetRecord, Model, Seq};

type Nd = NdArray<f32>;

const DEVICE: Device = Device::Cpu;

/// Puts tensors in place by path.
struct Fill<'a> {
    tensors: &'a BTreeMap<String, TensorData>,
    filled: usize,
}

impl ModuleVisitorMut for Fill<'_> {
    fn visit_mut(&mut self, path: &TensorPath, leaf: &mut LeafMut<'_>, _owners: &[Owner]) {
        let path = path.to_string();
        let tensor = self.tensors.get(&path).unwrap_or_else(|| panic!("no tensor for `{path}`"));
        leaf.set(tensor.clone()).unwrap_or_else(|error| panic!("{path}: {error}"));
        self.filled += 1;
    }
}

/// The module with these tensors, each of which must have its place.
fn filled<M: Module>(mut module: M, tensors: &BTreeMap<String, TensorData>) -> M {
    let mut fill = Fill { tensors, filled: 0 };
    module.visit_mut(&mut fill);
    assert_eq!(fill.filled, tensors.len(), "some tensors have no place in the module");
    module
}

fn tensor(json: &Value) -> TensorData {
    let list = |key: &str| json[key].as_array().expect("a list").iter();
    let shape: Vec<usize> = list("shape").map(|len| len.as_u64().expect("a length") as usize).collect();
    let integers: Option<Vec<i64>> = list("values").map(Value::as_i64).collect();
    let made = match integers {
        Some(integers) => TensorData::from_vec(integers, shape),
        None => TensorData::from_vec(list("values").map(|x| x.as_f64().expect("a number") as f32).collect(), shape),
    };
    made.expect("as many values as the shape says")
}

fn close<const D: usize>(actual: &Tensor<Nd, D>, expected: &TensorData) {
    assert_eq!(actual.shape(), *expected.shape());
    let expected = expected.as_slice::<f32>().expect("floats");
    for (i, (a, e)) in actual.elements().iter().zip(expected).enumerate() {
        assert!((a - e).abs() <= 1e-5, "element {i} is {a}, not {e}");
    }
}

/// A model with the values that Burn says it has, and Burn's input and output.
fn of_burn<M: Module>(model: M, name: &str) -> (M, TensorData, TensorData) {
    let expected = fixture_json(&format!("burn/{name}/expected.json"));
    let params = expected["params"].as_object().expect("parameters by path");
    let tensors = params.iter().map(|(path, param)| (path.clone(), tensor(param))).collect();
    let model = filled(model, &tensors);
    assert_eq!(Some(model.num_params() as u64), expected["num_params"].as_u64());
    (model, tensor(&expected["extra"]["input"]), tensor(&expected["extra"]["output"]))
}

// Of the same models `burn_files` checks every file.
#[test]
fn models_with_burns_values_predict_as_in_burn() {
    let (model, input, output) = of_burn(Model::<Nd>::new(&DEVICE), "book_model");
    close(&model.forward(Tensor::from_data(input, DEVICE)), &output);
    let (model, input, output) = of_burn(ConvNet::<Nd>::new(&DEVICE), "conv_net");
    close(&model.forward(Tensor::from_data(input, DEVICE)), &output);
    let (model, input, output) = of_burn(Seq::<Nd>::new(&DEVICE), "seq");
    close(&model.forward(Tensor::from_data(input, DEVICE)), &output);
}

#[test]
fn a_record_of_burn_and_a_configuration_make_a_layer() {
    let recorder = BinFileRecorder::<FullPrecisionSettings>::new();
    let (expected, input, output) = of_burn(ConvNet::<Nd>::new(&DEVICE), "conv_net");
    let record: ConvNetRecord<Nd> = recorder.load(fixture("burn/conv_net/full.bin"), DEVICE).unwrap();
    let conv2 = Conv2dConfig::new([6, 8], [3, 3]).with_stride([2, 2]).with_groups(2).with_bias(false);
    let model = ConvNet {
        conv1: Conv2dConfig::new([3, 6], [3, 3]).init_with(record.conv1),
        bn1: BatchNormConfig::new(6).init_with(record.bn1),
        conv2: conv2.init_with(record.conv2),
        bn2: BatchNormConfig::new(8).init_with(record.bn2),
        fc1: LinearConfig::new(32, 12).init_with(record.fc1),
        fc2: LinearConfig::new(12, 5).with_bias(false).init_with(record.fc2),
        ..expected
    };
    close(&model.forward(Tensor::from_data(input, DEVICE)), &output);
}

#[test]
fn a_configuration_refuses_another_layers_record() {
    let layer = Conv2dConfig::new([4, 8], [3, 3]).with_groups(2).init::<Nd>(DEVICE);
    let other = Conv2dConfig::new([4, 8], [5, 3]).with_stride([2, 2]).with_bias(false);
    let report = other.try_init_with(layer.into_record()).unwrap_err().to_string();
    for part in ["weight", "bias", "stride", "kernel_size", "groups"] {
        assert!(report.contains(&format!("`{part}`")), "no `{part}` in: {report}");
    }
}

#[test]
fn a_layer_goes_through_a_file_with_its_hyperparameters() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = NamedMpkFileRecorder::<FullPrecisionSettings>::new();
    let lstm = LstmConfig::new(3, 4, true).with_reverse(true).with_clip(Some(0.5)).init::<Nd>(DEVICE);
    lstm.save_file(folder.path().join("lstm"), &recorder).unwrap();
    let loaded = Lstm::<Nd>::init_with(recorder.load(folder.path().join("lstm"), DEVICE).unwrap());
    assert_eq!((loaded.reverse, loaded.clip, loaded.d_hidden), (true, Some(0.5), 4));
    assert_eq!(loaded.state_dict().unwrap(), lstm.state_dict().unwrap());

    let other = LstmConfig::new(3, 4, true).with_gate_activation(ActivationConfig::Tanh).init::<Nd>(DEVICE);
    let error = other.load_file(folder.path().join("lstm"), &recorder, DEVICE).unwrap_err().to_string();
    assert!(error.contains("gate_activation") && error.contains("Sigmoid") && error.contains("clip"), "{error}");
}

#[test]
fn a_layer_says_which_it_is() {
    struct Kinds(Vec<(String, LayerKind)>);
    impl ModuleVisitor for Kinds {
        fn visit(&mut self, path: &TensorPath, _leaf: &LeafRef<'_>, owners: &[Owner]) {
            self.0.push((path.to_string(), owners[owners.len() - 1].layer));
        }
    }
    let mut kinds = Kinds(Vec::new());
    Seq::<Nd>::new(&DEVICE).visit(&mut kinds);
    ConvNet::<Nd>::new(&DEVICE).visit(&mut kinds);
    for (path, kind) in kinds.0 {
        let expected = match path.split('.').next() {
            Some("emb") => LayerKind::Embedding,
            Some("norm") => LayerKind::LayerNorm,
            Some("conv1" | "conv2") => LayerKind::Conv2d,
            Some("bn1" | "bn2") => LayerKind::BatchNorm,
            _ => LayerKind::Linear,
        };
        assert_eq!(kind, expected, "{path}");
    }
}

/// A layer of PyTorch: its tensors by PyTorch's names, and those that were put where Vellum has them.
struct Torch {
    tensors: Value,
    placed: BTreeMap<String, TensorData>,
}

impl Torch {
    fn new(layer: &str) -> Self {
        let tensors = fixture_json("nn/pytorch_layers.json")[layer].take();
        assert!(tensors.is_object(), "there is no layer {layer}");
        Self { tensors, placed: BTreeMap::new() }
    }

    fn get(&self, name: &str) -> TensorData {
        tensor(&self.tensors[name])
    }

    fn input<const D: usize>(&self) -> Tensor<Nd, D> {
        Tensor::from_data(self.get("input"), DEVICE)
    }

    fn place(mut self, path: &str, name: &str) -> Self {
        let data = self.get(name);
        self.placed.insert(path.into(), data);
        self
    }

    /// Part `part` of `parts` of the first axis; a matrix is transposed, because Vellum's are `[input, output]`.
    fn place_part(mut self, path: &str, name: &str, part: usize, parts: usize) -> Self {
        let data = self.get(name);
        let (rows, values) = (data.shape()[0] / parts, data.to_vec::<f32>().expect("floats"));
        let width = data.shape().num_elements() / data.shape()[0];
        let values = &values[part * rows * width..][..rows * width];
        let placed = if data.shape().rank() == 1 {
            TensorData::from_vec(values.to_vec(), [rows])
        } else {
            let turned = (0..rows * width).map(|i| values[i % rows * width + i / rows]).collect();
            TensorData::from_vec::<f32>(turned, [width, rows])
        };
        self.placed.insert(path.into(), placed.expect("as many values"));
        self
    }

    /// The gates of a recurrent layer, which PyTorch stacks.
    fn place_gates(mut self, prefix: &str, gates: &[&str], suffix: &str) -> Self {
        for (part, gate) in gates.iter().enumerate() {
            for (kind, name) in [("input", "ih"), ("hidden", "hh")] {
                let path = format!("{prefix}{gate}_gate.{kind}_transform");
                let count = gates.len();
                self = self.place_part(&format!("{path}.weight"), &format!("weight_{name}_{suffix}"), part, count);
                self = self.place_part(&format!("{path}.bias"), &format!("bias_{name}_{suffix}"), part, count);
            }
        }
        self
    }

    fn fill<M: Module>(&self, module: M) -> M {
        filled(module, &self.placed)
    }

    fn check<const D: usize>(&self, output: &Tensor<Nd, D>) {
        close(output, &self.get("output0"));
    }
}

#[test]
fn a_linear_layer_predicts_as_in_pytorch() {
    let torch = Torch::new("linear_nobias").place_part("weight", "weight", 0, 1);
    let layer = torch.fill(LinearConfig::new(5, 3).with_bias(false).init::<Nd>(DEVICE));
    torch.check(&layer.forward(torch.input::<2>()));
}

#[test]
fn convolutions_predict_as_in_pytorch() {
    let torch = Torch::new("conv1d").place("weight", "weight").place("bias", "bias");
    let config = Conv1dConfig::new(4, 6, 3).with_stride(2).with_groups(2).with_padding(PaddingConfig1d::Explicit(1, 1));
    torch.check(&torch.fill(config.init::<Nd>(DEVICE)).forward(torch.input()));

    let torch = Torch::new("conv2d_dilated").place("weight", "weight").place("bias", "bias");
    let config = Conv2dConfig::new([3, 4], [3, 2]).with_stride([2, 1]).with_dilation([1, 2]);
    let config = config.with_padding(PaddingConfig2d::Explicit(1, 0, 1, 0));
    torch.check(&torch.fill(config.init::<Nd>(DEVICE)).forward(torch.input()));

    let torch = Torch::new("conv3d").place("weight", "weight").place("bias", "bias");
    torch.check(&torch.fill(Conv3dConfig::new([2, 3], [2; 3]).init::<Nd>(DEVICE)).forward(torch.input()));
}

#[test]
fn transposed_convolutions_predict_as_in_pytorch() {
    let torch = Torch::new("conv_transpose1d").place("weight", "weight").place("bias", "bias");
    let config = ConvTranspose1dConfig::new([3, 5], 4).with_stride(2).with_padding(1);
    torch.check(&torch.fill(config.init::<Nd>(DEVICE)).forward(torch.input()));

    let torch = Torch::new("conv_transpose2d").place("weight", "weight").place("bias", "bias");
    let config = ConvTranspose2dConfig::new([4, 6], [3, 3]).with_stride([2, 2]).with_padding([1, 1]);
    let config = config.with_padding_out([1, 1]).with_groups(2);
    torch.check(&torch.fill(config.init::<Nd>(DEVICE)).forward(torch.input()));
}

#[test]
fn normalisations_predict_as_in_pytorch() {
    let torch = Torch::new("batchnorm1d").place("gamma", "weight").place("beta", "bias");
    let torch = torch.place("running_mean", "running_mean").place("running_var", "running_var");
    torch.check(&torch.fill(BatchNormConfig::new(6).init::<Nd>(DEVICE)).forward(torch.input::<2>()));

    let torch = Torch::new("groupnorm").place("gamma", "weight").place("beta", "bias");
    torch.check(&torch.fill(GroupNormConfig::new(2, 6).init::<Nd>(DEVICE)).forward(torch.input::<3>()));

    let torch = Torch::new("rmsnorm").place("gamma", "weight");
    torch.check(&torch.fill(RmsNormConfig::new(7).with_epsilon(1e-6).init::<Nd>(DEVICE)).forward(torch.input::<2>()));
}

#[test]
fn layer_normalisation_over_two_axes_is_one_over_both() {
    let mut torch = Torch::new("layernorm");
    for (path, name) in [("gamma", "weight"), ("beta", "bias")] {
        let data = torch.get(name).reshape(vellum::Shape::new([12]).unwrap()).unwrap();
        torch.placed.insert(path.into(), data);
    }
    let layer = torch.fill(LayerNormConfig::new(12).init::<Nd>(DEVICE));
    let output = layer.forward(torch.input::<3>().reshape::<2>([2, 12]));
    torch.check(&output.reshape([2, 3, 4]));
}

#[test]
fn embedding_and_prelu_predict_as_in_pytorch() {
    let torch = Torch::new("embedding").place("weight", "weight");
    let layer = torch.fill(EmbeddingConfig::new(11, 4).init::<Nd>(DEVICE));
    let numbers = torch.get("input").to_vec::<i64>().unwrap();
    torch.check(&layer.forward(Tensor::from_data(TensorData::from_vec(numbers, [2, 3]).unwrap(), DEVICE)));

    let torch = Torch::new("prelu").place("alpha", "weight");
    let layer = torch.fill(PReluConfig::new().with_num_parameters(3).init::<Nd>(DEVICE));
    torch.check(&layer.forward(torch.input::<3>()));
}

#[test]
fn two_bidirectional_lstms_predict_as_in_pytorch() {
    let (gates, torch) = (["input", "forget", "cell", "output"], Torch::new("lstm"));
    let torch = torch.place_gates("0.forward.", &gates, "l0").place_gates("0.reverse.", &gates, "l0_reverse");
    let torch = torch.place_gates("1.forward.", &gates, "l1").place_gates("1.reverse.", &gates, "l1_reverse");
    let layers = [BiLstmConfig::new(4, 5, true).init::<Nd>(DEVICE), BiLstmConfig::new(10, 5, true).init(DEVICE)];
    let layers = torch.fill(layers);
    let (middle, first) = layers[0].forward(torch.input(), None);
    let (output, second) = layers[1].forward(middle, None);
    torch.check(&output);
    // PyTorch's states: hidden, then cell, of both layers.
    for (name, first, second) in [("output1.0", first.hidden, second.hidden), ("output1.1", first.cell, second.cell)] {
        let both = [first.elements(), second.elements()].concat();
        close(&Tensor::<Nd, 3>::from_data(TensorData::from_vec(both, [4, 2, 5]).unwrap(), DEVICE), &torch.get(name));
    }
}

#[test]
fn two_grus_predict_as_in_pytorch() {
    let gates = ["reset", "update", "new"];
    let torch = Torch::new("gru").place_gates("0.", &gates, "l0").place_gates("1.", &gates, "l1");
    let layers = [GruConfig::new(4, 5, true).init::<Nd>(DEVICE), GruConfig::new(5, 5, true).init(DEVICE)];
    let layers = torch.fill(layers);
    torch.check(&layers[1].forward(layers[0].forward(torch.input(), None), None));
}

#[test]
fn attention_predicts_as_in_pytorch() {
    let mut torch = Torch::new("multihead_attention");
    for (part, name) in ["query", "key", "value"].iter().enumerate() {
        torch = torch.place_part(&format!("{name}.weight"), "in_proj_weight", part, 3);
        torch = torch.place_part(&format!("{name}.bias"), "in_proj_bias", part, 3);
    }
    let torch = torch.place_part("output.weight", "out_proj.weight", 0, 1).place("output.bias", "out_proj.bias");
    let layer = torch.fill(MultiHeadAttentionConfig::new(8, 2).init::<Nd>(DEVICE));
    let output = layer.forward(MhaInput::self_attn(torch.input()));
    torch.check(&output.context);
    // PyTorch gives the mean over the heads.
    let mean = output.weights.view().mean_axis(ndarray::Axis(1)).unwrap();
    close(&Tensor::<Nd, 3>::from_array(mean), &torch.get("output1"));
}
