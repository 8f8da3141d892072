//! PyTorch's layers in Vellum's modules: what they load predicts as PyTorch does, and what they save is PyTorch's again.

use std::collections::BTreeMap;

use vellum::backend::{Backend, Int, NdArray, Tensor};
use vellum::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
use vellum::nn::conv::{Conv2d, Conv2dConfig};
use vellum::nn::gru::{Gru, GruConfig};
use vellum::nn::lstm::{BiLstm, BiLstmConfig, Lstm, LstmConfig};
use vellum::nn::{
    BatchNorm, BatchNormConfig, Embedding, EmbeddingConfig, GroupNorm, GroupNormConfig, Linear, LinearConfig, PRelu,
    PReluConfig, RmsNorm, RmsNormConfig,
};
use vellum::store::{
    BurnToPyTorchStackedAdapter, FoldNormsAdapter, ModuleSnapshot, NpzStore, PyTorchToBurnAdapter, PytorchStore,
    SafetensorsStore,
};
use vellum::{DType, Device, Error, ErrorKind, Module, TensorData, convert};
use vellum_tests::fixture;

type Nd = NdArray<f32>;

const DEVICE: Device = Device::Cpu;

fn expected(name: &str, tensor: &str) -> TensorData {
    let store = NpzStore::from_file(fixture(&format!("pytorch_layers/{name}.pt.expected.npz")));
    let snapshot = store.get_snapshot(tensor).unwrap().unwrap_or_else(|| panic!("{:?}", store.keys().unwrap()));
    snapshot.to_data().unwrap()
}

fn input<const D: usize>(name: &str) -> Tensor<Nd, D> {
    Tensor::from_data(expected(name, "__input__"), DEVICE)
}

fn close<const D: usize>(name: &str, output: &str, found: Tensor<Nd, D>) {
    let expected = expected(name, output);
    let expected = convert(expected, DType::F32, &Default::default()).unwrap();
    let found = found.into_data();
    assert_eq!(found.shape(), expected.shape());
    for (a, b) in found.as_slice::<f32>().unwrap().iter().zip(expected.as_slice::<f32>().unwrap()) {
        assert!((a - b).abs() < 1e-5, "{name}: {a} is not {b}");
    }
}

/// Loads a file into a module, saves the module and compares the new file with the old one, bit for bit. With `stacked`, lists of recurrent
/// layers are saved as one module of several layers.
fn load(name: &str, module: &mut impl Module, stacked: bool) {
    let folder = if name == "convnet_bn" { "pytorch" } else { "pytorch_layers" };
    let path = fixture(&format!("{folder}/{name}.pt"));
    let result = module.load_from(&mut PytorchStore::from_file(&path)).unwrap_or_else(|error| panic!("{error}"));
    assert!(result.is_success() && result.missing.is_empty() && result.unused.is_empty(), "{result}");
    let mut store = PytorchStore::from_bytes(None);
    if stacked {
        store = store.with_to_adapter(BurnToPyTorchStackedAdapter);
    }
    module.save_into(&mut store).unwrap();
    let all = |store: &PytorchStore| -> BTreeMap<String, TensorData> {
        let snapshots = store.get_all_snapshots().unwrap();
        snapshots
            .iter()
            .filter(|(name, _)| !name.ends_with("num_batches_tracked"))
            .map(|(name, snapshot)| (name.clone(), snapshot.to_data().unwrap()))
            .collect()
    };
    assert_eq!(all(&store), all(&PytorchStore::from_file(&path)), "{name}");
}

#[test]
fn linear_layers_and_norms() {
    let mut linear: Linear<Nd> = LinearConfig::new(5, 3).with_bias(false).init(DEVICE);
    load("layer_linear_nobias", &mut linear, false);
    close("layer_linear_nobias", "__output__0", linear.forward(input::<2>("layer_linear_nobias")));
    let mut norm: BatchNorm<Nd> = BatchNormConfig::new(6).init(DEVICE);
    load("layer_batchnorm1d", &mut norm, false);
    close("layer_batchnorm1d", "__output__0", norm.forward(input::<2>("layer_batchnorm1d")));
    let mut norm: GroupNorm<Nd> = GroupNormConfig::new(2, 6).init(DEVICE);
    load("layer_groupnorm", &mut norm, false);
    close("layer_groupnorm", "__output__0", norm.forward(input::<3>("layer_groupnorm")));
    let mut norm: RmsNorm<Nd> = RmsNormConfig::new(7).with_epsilon(1e-6).init(DEVICE);
    load("layer_rmsnorm", &mut norm, false);
    close("layer_rmsnorm", "__output__0", norm.forward(input::<2>("layer_rmsnorm")));
    let mut prelu: PRelu<Nd> = PReluConfig::new().with_num_parameters(3).init(DEVICE);
    load("layer_prelu", &mut prelu, false);
    close("layer_prelu", "__output__0", prelu.forward(input::<3>("layer_prelu")));
}

#[test]
fn an_attention_with_one_tensor_for_its_projections() {
    let mut attention: MultiHeadAttention<Nd> = MultiHeadAttentionConfig::new(8, 2).with_dropout(0.0).init(DEVICE);
    load("layer_multihead_attention", &mut attention, false);
    let x = input::<3>("layer_multihead_attention");
    let output = attention.forward(MhaInput::self_attn(x));
    close("layer_multihead_attention", "__output__0", output.context);
}

#[test]
fn an_lstm_of_two_layers_and_directions() {
    let mut lstm: Vec<BiLstm<Nd>> =
        vec![BiLstmConfig::new(4, 5, true).init(DEVICE), BiLstmConfig::new(10, 5, true).init(DEVICE)];
    load("layer_lstm", &mut lstm, true);
    let (first, _) = lstm[0].forward(input::<3>("layer_lstm"), None);
    let (second, _) = lstm[1].forward(first, None);
    close("layer_lstm", "__output__0", second);
}

#[test]
fn a_gru_of_two_layers() {
    let mut gru: Vec<Gru<Nd>> = vec![GruConfig::new(4, 5, true).init(DEVICE), GruConfig::new(5, 5, true).init(DEVICE)];
    load("layer_gru", &mut gru, true);
    let output = gru[1].forward(gru[0].forward(input::<3>("layer_gru"), None), None);
    close("layer_gru", "__output__0", output);
}

#[test]
fn recurrent_layers_come_back_from_pytorchs_layout() -> Result<(), Error> {
    let old: (Lstm<Nd>, BiLstm<Nd>, Gru<Nd>) = (
        LstmConfig::new(3, 4, true).init(DEVICE),
        BiLstmConfig::new(3, 2, true).init(DEVICE),
        GruConfig::new(3, 4, false).init(DEVICE),
    );
    let mut store = PytorchStore::from_bytes(None);
    old.save_into(&mut store)?;
    assert_eq!(store.keys()?.len(), 4 + 8 + 2);
    assert_eq!(store.get_snapshot("1.weight_ih_l0_reverse")?.unwrap().shape, [8, 3]);
    let mut new: (Lstm<Nd>, BiLstm<Nd>, Gru<Nd>) = (
        LstmConfig::new(3, 4, true).init(DEVICE),
        BiLstmConfig::new(3, 2, true).init(DEVICE),
        GruConfig::new(3, 4, false).init(DEVICE),
    );
    new.load_from(&mut store)?;
    let all = |model: &(Lstm<Nd>, BiLstm<Nd>, Gru<Nd>)| -> Vec<(String, TensorData)> {
        model.state_dict().unwrap().iter().map(|(path, data)| (path.to_string(), data.clone())).collect()
    };
    assert_eq!(all(&old), all(&new));
    // A part of a fused tensor cannot be saved by itself.
    let mut store = PytorchStore::from_bytes(None).with_regex("input_gate");
    assert!(old.save_into(&mut store).is_err());
    Ok(())
}

#[test]
fn only_a_list_that_can_be_one_module_is_saved_as_one() {
    let lstm = |inputs, outputs| LstmConfig::new(inputs, outputs, true).init::<Nd>(DEVICE);
    let keys = |model: &dyn Fn(&mut PytorchStore)| {
        let mut store = PytorchStore::from_bytes(None).with_to_adapter(BurnToPyTorchStackedAdapter);
        model(&mut store);
        store.keys().unwrap()
    };
    let ends = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];
    let names = |parts: &[(&str, usize)]| {
        let mut names: Vec<String> =
            parts.iter().flat_map(|(base, layer)| ends.map(|end| format!("{base}{end}_l{layer}"))).collect();
        names.sort_unstable();
        names
    };
    let stack = vec![lstm(3, 4), lstm(4, 4)];
    assert_eq!(keys(&|store| stack.save_into(store).unwrap()), names(&[("", 0), ("", 1)]));
    // Each but the first takes what the one before it gives.
    let apart = vec![lstm(3, 4), lstm(3, 4)];
    assert_eq!(keys(&|store| apart.save_into(store).unwrap()), names(&[("0.", 0), ("1.", 0)]));
    let narrowing = vec![lstm(3, 4), lstm(4, 2)];
    assert_eq!(keys(&|store| narrowing.save_into(store).unwrap()), names(&[("0.", 0), ("1.", 0)]));
    // A part of a list of other things is no layer of the list.
    let mixed = (lstm(3, 4), PReluConfig::new().init::<Nd>(DEVICE));
    let mut expected = names(&[("0.", 0)]);
    expected.push("1.weight".into());
    assert_eq!(keys(&|store| mixed.save_into(store).unwrap()), expected);
}

#[test]
fn a_network_of_convolutions_and_norms() {
    #[derive(Module)]
    struct Net<B: Backend> {
        conv1: Conv2d<B>,
        bn1: BatchNorm<B>,
        conv2: Conv2d<B>,
        bn2: BatchNorm<B>,
        fc: Linear<B>,
    }
    let mut net = Net::<Nd> {
        conv1: Conv2dConfig::new([1, 8], [3, 3]).with_bias(false).init(DEVICE),
        bn1: BatchNormConfig::new(8).init(DEVICE),
        conv2: Conv2dConfig::new([8, 16], [3, 3]).init(DEVICE),
        bn2: BatchNormConfig::new(16).init(DEVICE),
        fc: LinearConfig::new(64, 10).init(DEVICE),
    };
    load("convnet_bn", &mut net, false);
    let result = net.load_from(&mut PytorchStore::from_file(fixture("pytorch/convnet_bn.pt"))).unwrap();
    assert_eq!(result.dropped, ["bn1.num_batches_tracked", "bn2.num_batches_tracked"]);
}

#[test]
fn a_tagger_of_embedding_and_lstms() {
    #[derive(Module)]
    struct Tagger<B: Backend> {
        embed: Embedding<B>,
        rnn: Vec<BiLstm<B>>,
        out: Linear<B>,
    }
    let mut tagger = Tagger::<Nd> {
        embed: EmbeddingConfig::new(19, 8).init(DEVICE),
        rnn: vec![BiLstmConfig::new(8, 6, true).init(DEVICE), BiLstmConfig::new(12, 6, true).init(DEVICE)],
        out: LinearConfig::new(12, 5).init(DEVICE),
    };
    load("token_tagger_lstm", &mut tagger, true);
    let tokens = Tensor::<Nd, 2, Int>::from_data(expected("token_tagger_lstm", "__input__"), DEVICE);
    let mut x = tagger.embed.forward(tokens);
    for layer in &tagger.rnn {
        x = layer.forward(x, None).0;
    }
    close("token_tagger_lstm", "__output__", tagger.out.forward(x));
}

#[test]
fn normalised_weights_are_folded_where_that_is_asked_for() {
    for (name, inputs) in [("layer_weight_norm", 4), ("layer_spectral_norm", 4)] {
        let mut linear: Linear<Nd> = LinearConfig::new(inputs, 3).init(DEVICE);
        let path = fixture(&format!("pytorch_layers/{name}.pt"));
        assert!(linear.load_from(&mut PytorchStore::from_file(&path)).is_err());
        let result = linear.load_from(&mut PytorchStore::from_file(&path).with_from_adapter(FoldNormsAdapter)).unwrap();
        assert!(result.unused.is_empty(), "{result}");
        close(name, "__output__0", linear.forward(input::<2>(name)));
    }
}

#[test]
fn burns_own_files_for_pytorch_use_every_tensor() {
    use crate::burn_models::Model;
    let mut model = Model::<Nd>::new(&DEVICE);
    let mut plain = Model::<Nd>::new(&DEVICE);
    let path = |name: &str| fixture(&format!("burn/book_model/{name}"));
    let mut store = SafetensorsStore::from_file(path("pytorch.safetensors")).with_from_adapter(PyTorchToBurnAdapter);
    let result = model.load_from(&mut store).unwrap();
    assert!(result.unused.is_empty() && result.missing.is_empty(), "{result}");
    plain.load_from(&mut SafetensorsStore::from_file(path("plain.safetensors"))).unwrap();
    let all = |model: &Model<Nd>| -> Vec<TensorData> {
        model.state_dict().unwrap().iter().map(|(_, data)| data.clone()).collect()
    };
    assert_eq!(all(&model), all(&plain));
}

#[test]
fn a_gru_that_resets_before_its_product_is_not_pytorchs() -> Result<(), Error> {
    let new = |after| GruConfig::new(3, 4, true).with_reset_after(after).init::<Nd>(Device::default());
    let mut store = PytorchStore::from_bytes(None);
    new(true).save_into(&mut store)?;
    let store = || PytorchStore::from_bytes(store.get_bytes().unwrap());
    new(true).load_from(&mut store())?;
    let error = new(false).load_from(&mut store()).unwrap_err();
    assert!(error.to_string().contains("reset_after"), "{error}");
    let error = new(false).save_into(&mut PytorchStore::from_bytes(None)).unwrap_err();
    assert!(error.to_string().contains("reset_after"), "{error}");
    Ok(())
}

#[test]
fn an_lstm_that_reads_from_the_end_alone_is_not_pytorchs() {
    let lstm = |reverse| LstmConfig::new(3, 4, true).with_reverse(reverse).init::<Nd>(DEVICE);
    lstm(false).save_into(&mut PytorchStore::from_bytes(None)).unwrap();
    let error = lstm(true).save_into(&mut PytorchStore::from_bytes(None)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Argument { .. }) && error.to_string().contains("`reverse`"), "{error}");
    // In one of two directions it is what PyTorch has.
    let both: BiLstm<Nd> = BiLstmConfig::new(3, 4, true).init(DEVICE);
    let both = BiLstm { reverse: lstm(true), ..both };
    let mut store = PytorchStore::from_bytes(None);
    both.save_into(&mut store).unwrap();
    let store = PytorchStore::from_bytes(store.get_bytes().unwrap());
    let mut loaded = lstm(true);
    let result = loaded.load_from(&mut store.allow_partial(true)).unwrap();
    assert_eq!(result.unused.len(), 4, "{result}");
    assert_eq!(loaded.state_dict().unwrap(), both.reverse.state_dict().unwrap());
}

#[test]
fn an_lstm_that_reads_from_the_start_is_not_loaded_into_one_that_does_not() {
    let lstm = |reverse| LstmConfig::new(3, 4, true).with_reverse(reverse).init::<Nd>(DEVICE);
    let mut store = PytorchStore::from_bytes(None);
    lstm(false).save_into(&mut store).unwrap();
    let mut store = PytorchStore::from_bytes(store.get_bytes().unwrap());
    lstm(false).load_from(&mut store).unwrap();
    let error = lstm(true).load_from(&mut store).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Argument { .. }) && error.to_string().contains("`reverse`"), "{error}");
}
