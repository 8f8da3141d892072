//! Opens files that three eras of Burn wrote, and shows what the model predicts beside what Burn predicted.
//!
//! `cargo run --release --example burn_files`

use std::error::Error;
use std::path::PathBuf;

use serde_json::Value;
use vellum::backend::{Backend, NdArray, Tensor};
use vellum::nn::{Linear, LinearConfig, Relu};
use vellum::record::FileRecorder;
use vellum::recorder::{BinFileRecorder, NamedMpkFileRecorder, PrettyJsonFileRecorder};
use vellum::{Device, Module, TensorData};

/// The model of the Burn book.
#[derive(Module, Debug)]
struct Model<B: Backend> {
    linear_in: Linear<B>,
    linear_out: Linear<B>,
    activation: Relu,
}

impl<B: Backend> Model<B> {
    fn new(device: &B::Device) -> Self {
        Self {
            linear_in: LinearConfig::new(10, 64).init(device),
            linear_out: LinearConfig::new(64, 2).init(device),
            activation: Relu::new(),
        }
    }

    fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        self.linear_out.forward(self.activation.forward(self.linear_in.forward(x)))
    }
}

/// An array of the file that says what Burn had.
fn array(json: &Value) -> TensorData {
    let numbers = json["values"].as_array().into_iter().flatten().filter_map(Value::as_f64);
    let shape = json["shape"].as_array().into_iter().flatten().filter_map(Value::as_u64);
    let shape: Vec<usize> = shape.map(|n| n as usize).collect();
    TensorData::from_vec(numbers.map(|x| x as f32).collect(), shape).expect("the file is sound")
}

/// Loads a file and gives the model's outputs.
fn predict<R: FileRecorder>(file: &str, input: &TensorData) -> Result<Tensor<NdArray, 2>, Box<dyn Error>> {
    let path = fixtures().join(format!("{file}.{}", R::file_extension()));
    let device = Device::default();
    let model = Model::<NdArray>::new(&device).load_file(path, &R::default(), &device)?;
    Ok(model.forward(Tensor::from_data(input.clone(), device)))
}

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/burn")
}

/// The first outputs, in a line.
fn first(outputs: &Tensor<NdArray, 2>) -> String {
    outputs.view().iter().take(6).map(|x| format!("{x:>11.7}")).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let expected: Value = serde_json::from_slice(&std::fs::read(fixtures().join("book_model/expected.json"))?)?;
    let input = array(&expected["extra"]["input"]);
    let burn = Tensor::<NdArray, 2>::from_data(array(&expected["extra"]["output"]), Device::default());

    println!(
        "What Burn 0.16 and 0.13 predicted was not kept. Their files hold the weights that 0.21 has: its outputs are"
    );
    println!("beside ours throughout.\n");

    for (era, file) in
        [("0.21", "book_model/full"), ("0.16", "burn0161/model_full"), ("0.13", "book_model_burn0132/full")]
    {
        for (format, outputs) in [
            ("mpk", predict::<NamedMpkFileRecorder>(file, &input)?),
            ("bin", predict::<BinFileRecorder>(file, &input)?),
            ("json", predict::<PrettyJsonFileRecorder>(file, &input)?),
        ] {
            let differences = &outputs.view() - &burn.view();
            // In total order a NaN is larger than any number.
            let largest = differences.iter().map(|x| x.abs()).max_by(f32::total_cmp).ok_or("no outputs")?;
            println!("{format:>4} of Burn {era}  ours       {} ..", first(&outputs));
            println!("{:17}  Burn 0.21  {} ..", "", first(&burn));
            println!("{:17}  largest difference of the {} outputs: {largest:e}\n", "", differences.len());
            assert!(largest <= 1e-5, "the model predicts something else");
        }
    }
    Ok(())
}
