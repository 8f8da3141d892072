//! Layers of Vellum's, saved for Keras: `run` has Keras load them and predict.
//!
//! Into a folder go `all.h5` and `all.weights.h5`, the same layers, and `all.npz`, for each layer an input and what it makes of it, the channels last as Keras
//! has them. `whole.h5` is a model with the configuration that Keras gave it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use vellum::backend::{Backend, NdArray, Tensor};
use vellum::format::TensorList;
use vellum::format::numpy::write_npz;
use vellum::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
use vellum::nn::conv::{
    Conv1d, Conv1dConfig, Conv2d, Conv2dConfig, Conv3d, Conv3dConfig, ConvTranspose1d, ConvTranspose1dConfig,
    ConvTranspose2d, ConvTranspose2dConfig,
};
use vellum::nn::{
    BatchNorm, BatchNormConfig, BiLstm, BiLstmConfig, GroupNorm, GroupNormConfig, Gru, GruConfig, LayerNorm,
    LayerNormConfig, Linear, LinearConfig, Lstm, LstmConfig, PaddingConfig2d, RmsNorm, RmsNormConfig,
};
use vellum::store::{KerasStore, ModuleSnapshot};
use vellum::transform::LazyTensor;
use vellum::{Device, Module, TensorData};

type Nd = NdArray<f32>;

const DEVICE: Device = Device::Cpu;

#[derive(Module)]
#[module(layer = SeparableConv)]
struct Separable<B: Backend> {
    depthwise: Conv2d<B>,
    pointwise: Conv2d<B>,
}

#[derive(Module)]
struct Layers<B: Backend> {
    dense: Linear<B>,
    conv1d: Conv1d<B>,
    conv2d: Conv2d<B>,
    conv3d: Conv3d<B>,
    depthwise: Conv2d<B>,
    separable: Separable<B>,
    up1: ConvTranspose1d<B>,
    up2: ConvTranspose2d<B>,
    bn: BatchNorm<B>,
    ln: LayerNorm<B>,
    gn: GroupNorm<B>,
    rms: RmsNorm<B>,
    lstm: Lstm<B>,
    bi: BiLstm<B>,
    gru: Gru<B>,
    gru_before: Gru<B>,
    mha: MultiHeadAttention<B>,
    last: Linear<B>,
}

impl Layers<Nd> {
    fn new() -> Self {
        let depthwise = Conv2dConfig::new([3, 6], [3, 2]).with_groups(3);
        Self {
            dense: LinearConfig::new(4, 6).init(DEVICE),
            conv1d: Conv1dConfig::new(3, 4, 2).init(DEVICE),
            conv2d: Conv2dConfig::new([4, 6], [3, 2]).with_groups(2).with_bias(false).init(DEVICE),
            conv3d: Conv3dConfig::new([2, 3], [2, 3, 1]).init(DEVICE),
            depthwise: depthwise.init(DEVICE),
            separable: Separable {
                depthwise: depthwise.with_bias(false).with_padding(PaddingConfig2d::Same).init(DEVICE),
                pointwise: Conv2dConfig::new([6, 4], [1, 1]).init(DEVICE),
            },
            up1: ConvTranspose1dConfig::new([3, 4], 4).with_stride(2).init(DEVICE),
            up2: ConvTranspose2dConfig::new([3, 5], [3, 4]).with_stride([1, 2]).init(DEVICE),
            bn: BatchNormConfig::new(3).init(DEVICE),
            ln: LayerNormConfig::new(6).init(DEVICE),
            gn: GroupNormConfig::new(3, 6).init(DEVICE),
            rms: RmsNormConfig::new(6).init(DEVICE),
            lstm: LstmConfig::new(3, 4, true).init(DEVICE),
            bi: BiLstmConfig::new(3, 4, true).init(DEVICE),
            gru: GruConfig::new(3, 4, true).init(DEVICE),
            gru_before: GruConfig::new(3, 4, true).with_reset_after(false).init(DEVICE),
            mha: MultiHeadAttentionConfig::new(6, 3).init(DEVICE),
            last: LinearConfig::new(6, 2).with_bias(false).init(DEVICE),
        }
    }
}

/// Inputs and outputs by the name of the layer.
#[derive(Default)]
struct Pairs(TensorList);

impl Pairs {
    /// A layer of the last axis.
    fn rows<const D: usize>(&mut self, name: &str, shape: [usize; D], f: impl Fn(Tensor<Nd, D>) -> Tensor<Nd, D>) {
        let x = numbers(&shape);
        let y = f(Tensor::from_data(x.clone(), DEVICE)).into_data();
        self.0.push(format!("{name}.x"), x);
        self.0.push(format!("{name}.y"), y);
    }

    /// A layer of channels, which Keras has last.
    fn image<const D: usize>(
        &mut self,
        name: &str,
        shape: [usize; D],
        f: impl Fn(Tensor<Nd, D>) -> Tensor<Nd, D>,
    ) -> Result<(), Box<dyn Error>> {
        let x = numbers(&shape);
        let first: Vec<usize> = [0, D - 1].into_iter().chain(1..D - 1).collect();
        let last: Vec<usize> = [0].into_iter().chain(2..D).chain([1]).collect();
        let y = f(Tensor::from_data(LazyTensor::from(x.clone()).permuted(&first)?.to_data()?, DEVICE)).into_data();
        self.0.push(format!("{name}.x"), x);
        self.0.push(format!("{name}.y"), LazyTensor::from(y).permuted(&last)?.to_data()?);
        Ok(())
    }
}

fn numbers(shape: &[usize]) -> TensorData {
    let count = shape.iter().product::<usize>();
    let value = |i: usize| ((i * 7919 + 13) % 997) as f32 / 500.0 - 1.0;
    TensorData::from_vec((0..count).map(value).collect(), shape).expect("as many numbers as the shape has")
}

/// The model of the fixtures that is three linear layers.
#[derive(Module)]
struct Mlp<B: Backend> {
    dense: Linear<B>,
    dense_1: Linear<B>,
    dense_2: Linear<B>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder for the files")?;
    let folder = Path::new(&folder);
    let layers = Layers::new();
    for name in ["all.h5", "all.weights.h5"] {
        layers.save_into(&mut KerasStore::from_file(folder.join(name)).overwrite(true))?;
    }
    let mut pairs = Pairs::default();
    pairs.rows("dense", [2, 3, 4], |x| layers.dense.forward(x));
    pairs.image("conv1d", [2, 9, 3], |x| layers.conv1d.forward(x))?;
    pairs.image("conv2d", [2, 9, 8, 4], |x| layers.conv2d.forward(x))?;
    pairs.image("conv3d", [2, 4, 5, 3, 2], |x| layers.conv3d.forward(x))?;
    pairs.image("depthwise", [2, 6, 5, 3], |x| layers.depthwise.forward(x))?;
    pairs.image("separable", [2, 6, 5, 3], |x| {
        layers.separable.pointwise.forward(layers.separable.depthwise.forward(x))
    })?;
    pairs.image("up1", [2, 5, 3], |x| layers.up1.forward(x))?;
    pairs.image("up2", [2, 4, 3, 3], |x| layers.up2.forward(x))?;
    pairs.image("bn", [2, 5, 3], |x| layers.bn.forward(x))?;
    pairs.rows("ln", [2, 4, 6], |x| layers.ln.forward(x));
    pairs.image("gn", [2, 5, 6], |x| layers.gn.forward(x))?;
    pairs.rows("rms", [2, 4, 6], |x| layers.rms.forward(x));
    pairs.rows("lstm", [2, 6, 3], |x| layers.lstm.forward(x, None).0);
    pairs.rows("bi", [2, 6, 3], |x| layers.bi.forward(x, None).0);
    pairs.rows("gru", [2, 6, 3], |x| layers.gru.forward(x, None));
    pairs.rows("gru_before", [2, 6, 3], |x| layers.gru_before.forward(x, None));
    pairs.rows("mha", [2, 5, 6], |x| layers.mha.forward(MhaInput::self_attn(x)).context);
    pairs.rows("last", [2, 3, 6], |x| layers.last.forward(x));
    let mut npz = Vec::new();
    write_npz(&pairs.0, false, &mut npz)?;
    fs::write(folder.join("all.npz"), npz)?;

    let fixture = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/keras/seed_doc_keras3.h5");
    let mut store = KerasStore::from_file(fixture);
    let mut mlp = Mlp::<Nd> {
        dense: LinearConfig::new(32, 64).init(DEVICE),
        dense_1: LinearConfig::new(64, 64).init(DEVICE),
        dense_2: LinearConfig::new(64, 10).init(DEVICE),
    };
    mlp.load_from(&mut store)?;
    let config = &store.read_metadata()?["model_config"];
    mlp.save_into(
        &mut KerasStore::from_file(folder.join("whole.h5")).overwrite(true).metadata("model_config", config),
    )?;
    Ok(())
}
