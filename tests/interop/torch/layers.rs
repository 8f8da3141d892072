//! Layers of PyTorch in Vellum's, for `tests/interop/torch`.
//!
//! For each `NAME` of the table below, `NAME.pt` of a folder is a state dict and `NAME.in.npz` an input. What the layer here gives for it
//! is written to `NAME.out.npz`, and what it saves to `NAME.back.pt`.

use std::error::Error;
use std::fs;
use std::path::Path;

use vellum::backend::{Int, NdArray, Tensor};
use vellum::format::TensorList;
use vellum::format::numpy::write_npz;
use vellum::nn::attention::{MhaInput, MultiHeadAttentionConfig};
use vellum::nn::conv::{Conv1dConfig, Conv2dConfig, Conv3dConfig, ConvTranspose1dConfig, ConvTranspose2dConfig};
use vellum::nn::gru::{Gru, GruConfig};
use vellum::nn::lstm::{BiLstm, BiLstmConfig, Lstm, LstmConfig};
use vellum::nn::{
    BatchNormConfig, EmbeddingConfig, GroupNormConfig, InstanceNormConfig, LayerNormConfig, LinearConfig, PReluConfig,
    PaddingConfig1d, PaddingConfig2d, PaddingConfig3d, RmsNormConfig,
};
use vellum::store::{BurnToPyTorchStackedAdapter, FoldNormsAdapter, ModuleSnapshot, NpzStore, PytorchStore};
use vellum::{Device, Module, TensorData};

type Nd = NdArray<f32>;
type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const DEVICE: Device = Device::Cpu;

fn main() -> Result {
    let folder = std::env::args().nth(1).ok_or("name the folder of the files")?;
    let folder = Folder(Path::new(&folder));
    plain(&folder)?;
    normalised(&folder)?;
    recurrent(&folder)?;
    attention(&folder)
}

struct Folder<'a>(&'a Path);

impl Folder<'_> {
    fn layer<M: Module>(&self, name: &str, mut layer: M, forward: impl Fn(&M, TensorData) -> TensorData) -> Result {
        let file = |ending: &str| self.0.join(format!("{name}.{ending}"));
        let mut store = PytorchStore::from_file(file("pt")).with_from_adapter(FoldNormsAdapter);
        let result = layer.load_from(&mut store)?;
        if !result.is_success() || !result.unused.is_empty() {
            return Err(format!("{name}: {result}").into());
        }
        let inputs = NpzStore::from_file(file("in.npz"));
        let input = inputs.get_snapshot("x")?.ok_or("the input is named `x`")?.to_data()?;
        let (mut output, mut bytes) = (TensorList::default(), Vec::new());
        output.push("y", forward(&layer, input));
        write_npz(&output, false, &mut bytes)?;
        fs::write(file("out.npz"), bytes)?;
        let back = PytorchStore::from_file(file("back.pt")).overwrite(true);
        // Whether a list is one module for PyTorch is for the caller to say.
        if name.ends_with("_stacked") {
            layer.save_into(&mut back.with_to_adapter(BurnToPyTorchStackedAdapter))?;
        } else {
            layer.save_into(&mut { back })?;
        }
        Ok(())
    }
}

fn tensor<const D: usize>(data: TensorData) -> Tensor<Nd, D> {
    Tensor::from_data(data, DEVICE)
}

fn plain(to: &Folder<'_>) -> Result {
    to.layer("linear", LinearConfig::new(5, 3).init::<Nd>(DEVICE), |m, x| m.forward(tensor::<3>(x)).into_data())?;
    let linear = LinearConfig::new(5, 3).with_bias(false).init::<Nd>(DEVICE);
    to.layer("linear_no_bias", linear, |m, x| m.forward(tensor::<2>(x)).into_data())?;
    let embedding = EmbeddingConfig::new(11, 4).init::<Nd>(DEVICE);
    to.layer("embedding", embedding, |m, x| m.forward(Tensor::<Nd, 2, Int>::from_data(x, DEVICE)).into_data())?;
    let prelu = PReluConfig::new().with_num_parameters(3).init::<Nd>(DEVICE);
    to.layer("prelu", prelu, |m, x| m.forward(tensor::<3>(x)).into_data())?;

    let conv = Conv1dConfig::new(4, 6, 3).with_stride(2).with_groups(2).with_padding(PaddingConfig1d::Explicit(1, 1));
    to.layer("conv1d", conv.init::<Nd>(DEVICE), |m, x| m.forward(tensor::<3>(x)).into_data())?;
    let conv = Conv2dConfig::new([3, 4], [3, 2]).with_stride([2, 1]).with_dilation([1, 2]);
    let conv = conv.with_padding(PaddingConfig2d::Explicit(1, 0, 1, 0)).init::<Nd>(DEVICE);
    to.layer("conv2d", conv, |m, x| m.forward(tensor::<4>(x)).into_data())?;
    let conv = Conv2dConfig::new([4, 8], [3, 3]).with_groups(4).with_bias(false).init::<Nd>(DEVICE);
    to.layer("conv2d_depthwise", conv, |m, x| m.forward(tensor::<4>(x)).into_data())?;
    let conv = Conv3dConfig::new([2, 3], [2, 3, 1]).with_padding(PaddingConfig3d::Explicit(1, 1, 0));
    to.layer("conv3d", conv.init::<Nd>(DEVICE), |m, x| m.forward(tensor::<5>(x)).into_data())?;
    let conv = ConvTranspose1dConfig::new([3, 5], 4).with_stride(2).with_padding(1).init::<Nd>(DEVICE);
    to.layer("conv_transpose1d", conv, |m, x| m.forward(tensor::<3>(x)).into_data())?;
    let conv = ConvTranspose2dConfig::new([4, 6], [3, 3]).with_stride([2, 2]).with_padding([1, 1]);
    let conv = conv.with_padding_out([1, 1]).with_groups(2).init::<Nd>(DEVICE);
    to.layer("conv_transpose2d", conv, |m, x| m.forward(tensor::<4>(x)).into_data())
}

fn normalised(to: &Folder<'_>) -> Result {
    let batch = || BatchNormConfig::new(6).init::<Nd>(DEVICE);
    to.layer("batch_norm1d", batch(), |m, x| m.forward(tensor::<2>(x)).into_data())?;
    to.layer("batch_norm2d", batch(), |m, x| m.forward(tensor::<4>(x)).into_data())?;
    to.layer("batch_norm3d", batch(), |m, x| m.forward(tensor::<5>(x)).into_data())?;
    to.layer("layer_norm", LayerNormConfig::new(4).init::<Nd>(DEVICE), |m, x| m.forward(tensor::<3>(x)).into_data())?;
    let layer_norm = LayerNormConfig::new(4).with_bias(false).init::<Nd>(DEVICE);
    to.layer("layer_norm_no_bias", layer_norm, |m, x| m.forward(tensor::<3>(x)).into_data())?;
    let group_norm = GroupNormConfig::new(2, 6).init::<Nd>(DEVICE);
    to.layer("group_norm", group_norm, |m, x| m.forward(tensor::<4>(x)).into_data())?;
    let instance_norm = InstanceNormConfig::new(3).init::<Nd>(DEVICE);
    to.layer("instance_norm", instance_norm, |m, x| m.forward(tensor::<4>(x)).into_data())?;
    let rms_norm = RmsNormConfig::new(7).with_epsilon(1e-6).init::<Nd>(DEVICE);
    to.layer("rms_norm", rms_norm, |m, x| m.forward(tensor::<2>(x)).into_data())?;
    for name in ["weight_norm", "weight_norm_old", "spectral_norm", "spectral_norm_old"] {
        to.layer(name, LinearConfig::new(4, 3).init::<Nd>(DEVICE), |m, x| m.forward(tensor::<2>(x)).into_data())?;
    }
    for name in ["weight_norm_conv", "spectral_norm_conv"] {
        let conv = Conv2dConfig::new([3, 4], [2, 2]).init::<Nd>(DEVICE);
        to.layer(name, conv, |m, x| m.forward(tensor::<4>(x)).into_data())?;
    }
    for name in ["weight_norm_transposed", "spectral_norm_transposed"] {
        let conv = ConvTranspose2dConfig::new([3, 4], [2, 2]).init::<Nd>(DEVICE);
        to.layer(name, conv, |m, x| m.forward(tensor::<4>(x)).into_data())?;
    }
    Ok(())
}

fn recurrent(to: &Folder<'_>) -> Result {
    let lstm = |inputs, bias| LstmConfig::new(inputs, 5, bias).init::<Nd>(DEVICE);
    let run = |m: &Lstm<Nd>, x| m.forward(x, None).0;
    to.layer("lstm", lstm(4, true), |m, x| run(m, tensor(x)).into_data())?;
    to.layer("lstm_no_bias", lstm(4, false), |m, x| run(m, tensor(x)).into_data())?;
    let late = LstmConfig::new(4, 5, true).with_batch_first(false).init::<Nd>(DEVICE);
    to.layer("lstm_sequence_first", late, |m, x| run(m, tensor(x)).into_data())?;
    let all = |m: &Vec<Lstm<Nd>>, x| m.iter().fold(tensor(x), |x, layer| layer.forward(x, None).0).into_data();
    for name in ["lstm_stacked", "lstm_list"] {
        to.layer(name, vec![lstm(4, true), lstm(5, true), lstm(5, true)], all)?;
    }
    let both = |inputs| BiLstmConfig::new(inputs, 5, true).init::<Nd>(DEVICE);
    to.layer("bilstm", both(4), |m, x| m.forward(tensor(x), None).0.into_data())?;
    let all = |m: &Vec<BiLstm<Nd>>, x| m.iter().fold(tensor(x), |x, layer| layer.forward(x, None).0).into_data();
    to.layer("bilstm_stacked", vec![both(4), both(10)], all)?;

    let gru = |inputs, bias| GruConfig::new(inputs, 5, bias).init::<Nd>(DEVICE);
    to.layer("gru", gru(4, true), |m, x| m.forward(tensor(x), None).into_data())?;
    let all = |m: &Vec<Gru<Nd>>, x| m.iter().fold(tensor(x), |x, layer| layer.forward(x, None)).into_data();
    to.layer("gru_stacked", vec![gru(4, true), gru(5, true)], all)?;
    to.layer("gru_no_bias_stacked", vec![gru(4, false)], all)
}

fn attention(to: &Folder<'_>) -> Result {
    let attention = || MultiHeadAttentionConfig::new(8, 2).with_dropout(0.0).init::<Nd>(DEVICE);
    to.layer("attention", attention(), |m, x| m.forward(MhaInput::self_attn(tensor(x))).context.into_data())
}
