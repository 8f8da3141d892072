//! Opens a model that Keras trained, predicts what Keras predicted, and saves it for others: as `.safetensors`, and as a `.bin` for a
//! program that has no files.
//!
//! `cargo run --release --example keras_to_rust`

use std::error::Error;
use std::path::PathBuf;

use vellum::backend::{Backend, NdArray, Tensor};
use vellum::nn::{Linear, LinearConfig, Relu, Softmax};
use vellum::record::{FullPrecisionSettings, Recorder};
use vellum::recorder::{BinBytesRecorder, BinFileRecorder};
use vellum::store::{KerasStore, ModuleSnapshot, NpzStore, SafetensorsStore};
use vellum::{Device, Module, Value};

/// Fields are called as Keras' layers are, so that nothing has to be renamed.
#[derive(Module, Debug)]
struct Model<B: Backend> {
    dense: Linear<B>,
    dense_1: Linear<B>,
    dense_2: Linear<B>,
}

impl<B: Backend> Model<B> {
    fn new(widths: &[usize; 4], device: &B::Device) -> Self {
        let linear = |i: usize| LinearConfig::new(widths[i], widths[i + 1]).init(device);
        Self { dense: linear(0), dense_1: linear(1), dense_2: linear(2) }
    }

    fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let x = self.dense_1.forward(Relu::new().forward(self.dense.forward(x)));
        Softmax::new(1).forward(self.dense_2.forward(x))
    }
}

/// The widths that the file says the model has.
fn widths(store: &KerasStore) -> Result<[usize; 4], Box<dyn Error>> {
    let model = store.read_values()?.get("model_config").ok_or("the file has no configuration")?;
    let layers = model.get("config").and_then(|config| config.get("layers")).and_then(Value::as_list);
    let mut widths = Vec::new();
    for layer in layers.ok_or("the configuration lists no layers")? {
        let config = layer.get("config").ok_or("a layer without a configuration")?;
        let width = match layer.get("class_name").and_then(Value::as_str) {
            Some("InputLayer") => config.get("batch_shape").and_then(Value::as_list).and_then(<[_]>::last),
            _ => config.get("units"),
        };
        widths.extend(width.and_then(Value::as_i64).and_then(|width| usize::try_from(width).ok()));
    }
    widths.try_into().map_err(|widths| format!("not three layers: {widths:?}").into())
}

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/keras")
}

/// The largest difference of two outputs.
fn difference(a: &Tensor<NdArray, 2>, b: &Tensor<NdArray, 2>) -> f32 {
    a.elements().iter().zip(b.elements()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn main() -> Result<(), Box<dyn Error>> {
    let device = Device::default();
    let mut store = KerasStore::from_file(fixtures().join("seed_doc_keras3.h5"));
    for (name, tensor) in store.get_all_snapshots()?.iter().filter(|(name, _)| name.starts_with("model_weights")) {
        println!("{name:<50} {} as {}", tensor.shape, tensor.full_path);
    }
    let widths = widths(&store)?;
    println!("\nlayers of {widths:?}");

    let mut model = Model::<NdArray>::new(&widths, &device);
    println!("{}\n", model.load_from(&mut store)?);

    let arrays = NpzStore::from_file(fixtures().join("seed_doc_keras3.io.npz"));
    let array = |name| -> Result<Tensor<NdArray, 2>, Box<dyn Error>> {
        let snapshot = arrays.get_snapshot(name)?.ok_or("the array is not there")?;
        Ok(Tensor::from_data(snapshot.to_data()?, &device))
    };
    let (input, keras) = (array("input")?, array("output")?);
    let output = model.forward(input.clone());
    println!("the largest difference to Keras' predictions is {:e}", difference(&output, &keras));
    assert!(difference(&output, &keras) < 1e-5);

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("model.safetensors");
    model.save_into(&mut SafetensorsStore::from_file(&path))?;
    let mut same = Model::<NdArray>::new(&widths, &device);
    same.load_from(&mut SafetensorsStore::from_file(&path))?;
    assert_eq!(same.forward(input.clone()), output);
    println!("model.safetensors: {} bytes, the same predictions", path.metadata()?.len());

    // What `include_bytes!` would compile into a program: `examples/embedded` is one.
    let path = folder.path().join("model.bin");
    model.save_file(&path, &BinFileRecorder::<FullPrecisionSettings>::new())?;
    let bytes = std::fs::read(&path)?;
    let record = BinBytesRecorder::<FullPrecisionSettings>::default().load(bytes, &device)?;
    let same = Model::<NdArray>::new(&widths, &device).load_record(record);
    assert_eq!(same.forward(input), output);
    println!("model.bin: {} bytes, the same predictions", path.metadata()?.len());
    Ok(())
}
