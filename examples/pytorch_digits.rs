//! Runs a network of convolutions and batch norms that PyTorch trained on handwritten digits for four epochs, and predicts what PyTorch predicted.
//!
//! `cargo run --release --example pytorch_digits`

use std::error::Error;
use std::path::PathBuf;

use vellum::backend::{Backend, NdArray, Tensor};
use vellum::nn::conv::{Conv2d, Conv2dConfig};
use vellum::nn::pool::{MaxPool2d, MaxPool2dConfig};
use vellum::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d, Relu};
use vellum::store::{ModuleSnapshot, NpzStore, PytorchStore};
use vellum::{Device, Module, TensorData};
use vellum_examples::Digits;

/// Fields are called as in the `state_dict`, so that nothing has to be renamed.
#[derive(Module, Debug)]
struct ConvNet<B: Backend> {
    conv1: Conv2d<B>,
    bn1: BatchNorm<B>,
    conv2: Conv2d<B>,
    bn2: BatchNorm<B>,
    fc: Linear<B>,
    pool: MaxPool2d,
}

impl<B: Backend> ConvNet<B> {
    fn new(device: &B::Device) -> Self {
        let padding = PaddingConfig2d::Explicit(1, 1, 1, 1);
        Self {
            conv1: Conv2dConfig::new([1, 8], [3, 3]).with_padding(padding).with_bias(false).init(device),
            bn1: BatchNormConfig::new(8).init(device),
            conv2: Conv2dConfig::new([8, 16], [3, 3]).with_padding(padding).init(device),
            bn2: BatchNormConfig::new(16).init(device),
            fc: LinearConfig::new(64, 10).init(device),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
        }
    }

    /// Images `[batch, 1, 8, 8]` to a score for each digit.
    fn forward(&self, images: Tensor<B, 4>) -> Tensor<B, 2> {
        let [batch, ..] = images.dims();
        let x = self.pool.forward(Relu::new().forward(self.bn1.forward(self.conv1.forward(images))));
        let x = self.pool.forward(Relu::new().forward(self.bn2.forward(self.conv2.forward(x))));
        self.fc.forward(x.reshape([batch, 64]))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let device = Device::default();
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures");
    let mut model = ConvNet::<NdArray>::new(&device);
    let result = model.load_from(&mut PytorchStore::from_file(fixtures.join("pytorch/convnet_bn.pt")))?;
    println!("{result}\n");

    let arrays = NpzStore::from_file(fixtures.join("pytorch_layers/convnet_bn.pt.expected.npz"));
    let array = |name| -> Result<TensorData, Box<dyn Error>> {
        Ok(arrays.get_snapshot(name)?.ok_or("the array is not there")?.to_data()?)
    };
    let pytorch = Tensor::<NdArray, 2>::from_data(array("__output__")?, &device);
    let output = model.forward(Tensor::from_data(array("__input__")?, device));
    let difference =
        output.elements().iter().zip(pytorch.elements()).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
    println!("the largest difference to PyTorch's outputs is {difference:e}");
    assert!(difference < 1e-5);

    // The images that it was not trained on.
    let test = Digits::load().part(|image| image >= 1500);
    let images = Tensor::<NdArray, 2>::from_array(test.images.clone());
    let scores = model.forward(images.reshape([test.labels.len(), 1, 8, 8]));
    let best = |row: &[f32]| (0..10).max_by(|&a, &b| row[a].total_cmp(&row[b]));
    let right =
        scores.elements().chunks(10).zip(&test.labels).filter(|(row, label)| best(row) == Some(**label)).count();
    println!("{right} of {} images that it did not see are read right", test.labels.len());
    assert!(right * 10 > test.labels.len() * 8);
    Ok(())
}
