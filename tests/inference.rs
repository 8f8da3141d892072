//! Rules that are inferred: for every model of PyTorch's here they give all weights as they are, or nothing is loaded; never others.

use std::collections::{BTreeMap, BTreeSet};

use vellum::backend::{Backend, NdArray};
use vellum::format::TensorList;
use vellum::format::safetensors::Writer;
use vellum::format::torch::write_state_dict;
use vellum::nn::attention::{MultiHeadAttention, MultiHeadAttentionConfig};
use vellum::nn::conv::{
    Conv1d, Conv1dConfig, Conv2d, Conv2dConfig, Conv3d, Conv3dConfig, ConvTranspose1d, ConvTranspose1dConfig,
    ConvTranspose2d, ConvTranspose2dConfig,
};
use vellum::nn::gru::{Gru, GruConfig};
use vellum::nn::lstm::{BiLstm, BiLstmConfig, LstmConfig};
use vellum::nn::{
    BatchNorm, BatchNormConfig, Embedding, EmbeddingConfig, GroupNorm, GroupNormConfig, LayerNorm, LayerNormConfig,
    Linear, LinearConfig, PRelu, PReluConfig, RmsNorm, RmsNormConfig,
};
use vellum::store::{AnyStore, ModuleSnapshot, PytorchStore, SafetensorsStore};
use vellum::{Device, Error, LoadResult, Module, TensorData};
use vellum_tests::fixture;

type Nd = NdArray<f32>;

const DEVICE: Device = Device::Cpu;

type Values = BTreeMap<String, TensorData>;

fn values(module: &impl Module) -> Values {
    module.state_dict().unwrap().iter().map(|(path, data)| (path.to_string(), data.clone())).collect()
}

/// A module that has another under a name that files do not have.
#[derive(Module)]
struct Outer<M: Module> {
    inner: M,
}

/// What the names of a file become.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Kept,
    Prefixed,
    Nested,
    Renamed,
    Numbered,
}

use Change::{Kept, Nested, Numbered, Prefixed, Renamed};

impl Change {
    /// The new names; none where the change is none.
    fn names(self, old: &[String]) -> Option<Vec<String>> {
        let heads: BTreeSet<&str> = old.iter().filter_map(|name| Some(name.split_once('.')?.0)).collect();
        let each = |change: &dyn Fn(&str) -> String| Some(old.iter().map(|name| change(name)).collect());
        // Backwards, so that the order of names says nothing.
        let place = |name: &str| heads.iter().rev().position(|head| Some(*head) == name.split('.').next());
        let head = |name: &str, new: &dyn Fn(usize) -> String| match place(name) {
            Some(place) => format!("{}{}", new(place), &name[name.find('.').unwrap()..]),
            None => name.to_string(),
        };
        match self {
            Kept => each(&str::to_string),
            Prefixed => each(&|name| format!("module.{name}")),
            Nested => each(&|name| format!("model.encoder_1.{name}")),
            Renamed | Numbered if heads.is_empty() => None,
            Renamed => each(&|name| head(name, &|place| format!("part_{}", ["p", "q", "r", "s", "t"][place]))),
            Numbered => each(&|name| head(name, &|place| place.to_string())),
        }
    }
}

/// The tensors of a file under other names, as a file of PyTorch's and as SafeTensors, which do not say that they are PyTorch's.
fn written(file: &str, change: Change) -> Option<[Vec<u8>; 2]> {
    let store = PytorchStore::from_file(fixture(file));
    let snapshots = store.get_all_snapshots().unwrap();
    let names = change.names(&snapshots.keys().cloned().collect::<Vec<_>>())?;
    let mut list = TensorList::default();
    for (name, snapshot) in names.into_iter().zip(snapshots.values()) {
        list.push(name, snapshot.to_data().unwrap());
    }
    let (mut torch, mut safetensors) = (Vec::new(), Vec::new());
    write_state_dict(&list, &mut torch).unwrap();
    Writer::new().write(&list, &mut safetensors).unwrap();
    Some([torch, safetensors])
}

/// Loads what was made of a file: all that is expected, and says so, or nothing.
fn holds<M: Module>(
    what: &str,
    mut module: M,
    expected: &Values,
    load: impl Fn(&mut M) -> Result<LoadResult, Error>,
) -> bool {
    let before = values(&module);
    match load(&mut module) {
        Ok(result) => {
            assert_eq!(result.applied.len(), expected.len(), "{what}: {result}");
            assert!(values(&module) == *expected, "{what}: {result}");
            true
        }
        Err(error) => {
            assert!(error.load_result().is_some(), "{what}: {error}");
            assert!(values(&module) == before, "{what}");
            false
        }
    }
}

/// Loads a file under all names that its tensors could have, into the module and into one around it, and lists what was not expected. The
/// changes after which rules are not certain are those in `open`.
fn check<M: Module>(file: &str, new: impl Fn() -> M, open: &[Change]) -> Vec<String> {
    let mut surprises = Vec::new();
    let mut loaded = new();
    loaded.load_from(&mut PytorchStore::from_file(fixture(file))).unwrap_or_else(|error| panic!("{file}: {error}"));
    let expected = values(&loaded);
    let outer = values(&Outer { inner: loaded });
    for change in [Kept, Prefixed, Nested, Renamed, Numbered] {
        let Some([torch, safetensors]) = written(file, change) else { continue };
        let torch = || PytorchStore::from_bytes(torch.clone()).auto_remap(true);
        let safetensors = || SafetensorsStore::from_bytes(safetensors.clone()).auto_remap(true);
        let what = format!("{file} {change:?}");
        let around = || Outer { inner: new() };
        let found = [
            holds(&what, new(), &expected, |module| module.load_from(&mut torch())),
            holds(&what, new(), &expected, |module| module.load_from(&mut safetensors())),
            holds(&what, around(), &outer, |module| module.load_from(&mut torch())),
            holds(&what, around(), &outer, |module| module.load_from(&mut safetensors())),
        ];
        if found != [!open.contains(&change); 4] {
            surprises.push(format!("{what}: {found:?}"));
        }
    }
    surprises
}

#[derive(Module)]
struct Mlp<B: Backend> {
    fc1: Linear<B>,
    fc2: Linear<B>,
    fc3: Linear<B>,
}

#[derive(Module)]
struct Convolutions<B: Backend> {
    conv1: Conv2d<B>,
    bn1: BatchNorm<B>,
    conv2: Conv2d<B>,
    bn2: BatchNorm<B>,
    fc: Linear<B>,
}

#[derive(Module)]
struct Tagger<B: Backend> {
    embed: Embedding<B>,
    rnn: Vec<BiLstm<B>>,
    out: Linear<B>,
}

#[derive(Module)]
struct Tying<B: Backend> {
    embed: Embedding<B>,
    norm: LayerNorm<B>,
    head: Linear<B>,
}

#[derive(Module)]
struct Sequence<B: Backend> {
    fc: Vec<Linear<B>>,
}

#[derive(Module)]
struct Encoder<B: Backend> {
    layers: Vec<EncoderLayer<B>>,
}

#[derive(Module)]
struct EncoderLayer<B: Backend> {
    self_attn: MultiHeadAttention<B>,
    linear1: Linear<B>,
    linear2: Linear<B>,
    norm1: LayerNorm<B>,
    norm2: LayerNorm<B>,
}

fn linear(inputs: usize, outputs: usize) -> Linear<Nd> {
    LinearConfig::new(inputs, outputs).init(DEVICE)
}

#[test]
fn models_are_loaded_whole_and_right_or_not_at_all() {
    let mut surprises = Vec::new();
    let mlp = || Mlp { fc1: linear(64, 48), fc2: linear(48, 32), fc3: linear(32, 10) };
    surprises.extend(check("pytorch/mlp_state_dict.pt", mlp, &[]));
    let sequence = || Sequence { fc: vec![linear(64, 40), linear(40, 20), linear(20, 10)] };
    surprises.extend(check("pytorch_layers/sequential_gaps.pt", sequence, &[]));
    let convolutions = || Convolutions::<Nd> {
        conv1: Conv2dConfig::new([1, 8], [3, 3]).with_bias(false).init(DEVICE),
        bn1: BatchNormConfig::new(8).init(DEVICE),
        conv2: Conv2dConfig::new([8, 16], [3, 3]).init(DEVICE),
        bn2: BatchNormConfig::new(16).init(DEVICE),
        fc: linear(64, 10),
    };
    surprises.extend(check("pytorch/convnet_bn.pt", convolutions, &[]));
    let tagger = || Tagger::<Nd> {
        embed: EmbeddingConfig::new(19, 8).init(DEVICE),
        rnn: vec![BiLstmConfig::new(8, 6, true).init(DEVICE), BiLstmConfig::new(12, 6, true).init(DEVICE)],
        out: linear(12, 5),
    };
    surprises.extend(check("pytorch_layers/token_tagger_lstm.pt", tagger, &[]));
    let tying = || Tying::<Nd> {
        embed: EmbeddingConfig::new(23, 12).init(DEVICE),
        norm: LayerNormConfig::new(12).init(DEVICE),
        head: LinearConfig::new(12, 23).with_bias(false).init(DEVICE),
    };
    // Two of its tensors have one shape.
    surprises.extend(check("pytorch/tied_embedding.pt", tying, &[Renamed, Numbered]));
    let layer = || EncoderLayer {
        self_attn: MultiHeadAttentionConfig::new(8, 2).init(DEVICE),
        linear1: linear(8, 16),
        linear2: linear(16, 8),
        norm1: LayerNormConfig::new(8).init(DEVICE),
        norm2: LayerNormConfig::new(8).init(DEVICE),
    };
    let encoder = || Encoder::<Nd> { layers: vec![layer(), layer()] };
    surprises.extend(check("pytorch_layers/layer_transformer_encoder.pt", encoder, &[]));
    assert!(surprises.is_empty(), "{surprises:#?}");
}

#[test]
fn layers_are_loaded_whole_and_right_or_not_at_all() {
    let mut surprises = Vec::new();
    let file = |name: &str| format!("pytorch_layers/layer_{name}.pt");
    let dense = || -> Linear<Nd> { LinearConfig::new(5, 3).with_bias(false).init(DEVICE) };
    surprises.extend(check(&file("linear_nobias"), dense, &[]));
    let conv = || -> Conv1d<Nd> { Conv1dConfig::new(4, 6, 3).with_groups(2).init(DEVICE) };
    surprises.extend(check(&file("conv1d"), conv, &[]));
    let conv = || -> Conv2d<Nd> { Conv2dConfig::new([3, 4], [3, 2]).init(DEVICE) };
    surprises.extend(check(&file("conv2d_dilated"), conv, &[]));
    let conv = || -> Conv3d<Nd> { Conv3dConfig::new([2, 3], [2, 2, 2]).init(DEVICE) };
    surprises.extend(check(&file("conv3d"), conv, &[]));
    let conv = || -> ConvTranspose1d<Nd> { ConvTranspose1dConfig::new([3, 5], 4).init(DEVICE) };
    surprises.extend(check(&file("conv_transpose1d"), conv, &[]));
    let conv = || -> ConvTranspose2d<Nd> { ConvTranspose2dConfig::new([4, 6], [3, 3]).with_groups(2).init(DEVICE) };
    surprises.extend(check(&file("conv_transpose2d"), conv, &[]));
    let norm = || -> BatchNorm<Nd> { BatchNormConfig::new(6).init(DEVICE) };
    surprises.extend(check(&file("batchnorm1d"), norm, &[]));
    let norm = || -> GroupNorm<Nd> { GroupNormConfig::new(2, 6).init(DEVICE) };
    surprises.extend(check(&file("groupnorm"), norm, &[]));
    let norm = || -> RmsNorm<Nd> { RmsNormConfig::new(7).init(DEVICE) };
    surprises.extend(check(&file("rmsnorm"), norm, &[]));
    let embedding = || -> Embedding<Nd> { EmbeddingConfig::new(11, 4).init(DEVICE) };
    surprises.extend(check(&file("embedding"), embedding, &[]));
    let prelu = || -> PRelu<Nd> { PReluConfig::new().with_num_parameters(3).init(DEVICE) };
    surprises.extend(check(&file("prelu"), prelu, &[]));
    let attention = || -> MultiHeadAttention<Nd> { MultiHeadAttentionConfig::new(8, 2).init(DEVICE) };
    surprises.extend(check(&file("multihead_attention"), attention, &[]));
    let lstm = || -> Vec<BiLstm<Nd>> { [4, 10].map(|width| BiLstmConfig::new(width, 5, true).init(DEVICE)).into() };
    surprises.extend(check(&file("lstm"), lstm, &[]));
    let gru = || -> Vec<Gru<Nd>> { [4, 5].map(|width| GruConfig::new(width, 5, true).init(DEVICE)).into() };
    surprises.extend(check(&file("gru"), gru, &[]));
    assert!(surprises.is_empty(), "{surprises:#?}");
}

#[test]
fn what_pytorch_has_no_layer_for_is_found_as_it_is() -> Result<(), Error> {
    #[derive(Module)]
    struct Theirs<M: Module> {
        theirs: M,
    }
    #[derive(Module)]
    struct Ours<M: Module> {
        ours: M,
    }
    let gru = || GruConfig::new(3, 4, true).with_reset_after(false).init::<Nd>(DEVICE);
    let lstm = || LstmConfig::new(3, 4, true).with_reverse(true).init::<Nd>(DEVICE);
    let (theirs, mut ours) = (Theirs { theirs: (gru(), lstm()) }, Ours { ours: (gru(), lstm()) });
    let mut store = SafetensorsStore::from_bytes(None);
    theirs.save_into(&mut store)?;
    let bytes = store.get_bytes()?;
    let result = ours.load_from(&mut SafetensorsStore::from_bytes(bytes.clone()).auto_remap(true))?;
    assert!(result.remapping.as_ref().is_some_and(|remapping| remapping.applied), "{result}");
    assert_eq!(values(&ours.ours), values(&theirs.theirs));
    // A file of other things lacks them, and the report lists that.
    let error = ours.load_from(&mut AnyStore::from_file(fixture("pytorch/mlp_state_dict.pt"))).unwrap_err();
    assert_eq!(error.load_result().unwrap().missing.len(), values(&ours).len(), "{error}");
    Ok(())
}
