//! Opens files that three eras of Burn wrote, and predicts what Burn predicted.
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

fn main() -> Result<(), Box<dyn Error>> {
    let expected: Value = serde_json::from_slice(&std::fs::read(fixtures().join("book_model/expected.json"))?)?;
    let input = array(&expected["extra"]["input"]);
    let burn = Tensor::<NdArray, 2>::from_data(array(&expected["extra"]["output"]), Device::default());
    println!("Burn 0.21 has\n{}\n", burn.view());

    // Burn 0.16 saved the same weights as 0.21; those of 0.13 are others.
    for (era, folder, file) in [("0.21", "book_model", "full"), ("0.16", "burn0161", "model_full")] {
        let file = format!("{folder}/{file}");
        for (format, outputs) in [
            ("mpk", predict::<NamedMpkFileRecorder>(&file, &input)?),
            ("bin", predict::<BinFileRecorder>(&file, &input)?),
            ("json", predict::<PrettyJsonFileRecorder>(&file, &input)?),
        ] {
            let difference = (&outputs.view() - &burn.view()).iter().fold(0.0f32, |a, x| a.max(x.abs()));
            println!("{format:>4} of Burn {era}: the largest difference to Burn's outputs is {difference:e}");
            assert!(difference <= 1e-5);
        }
    }
    let [mpk, bin, json] = [
        predict::<NamedMpkFileRecorder>("book_model_burn0132/full", &input)?,
        predict::<BinFileRecorder>("book_model_burn0132/full", &input)?,
        predict::<PrettyJsonFileRecorder>("book_model_burn0132/full", &input)?,
    ];
    assert!(mpk == bin && bin == json);
    println!("\n mpk, bin and json of Burn 0.13 agree on\n{}", mpk.view());
    Ok(())
}
