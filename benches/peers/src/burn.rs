//! What Burn's recorders cost.

use std::fs;
use std::path::Path;

use burn::backend::NdArray;
use burn::backend::ndarray::NdArrayDevice;
use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::record::{
    BinBytesRecorder, BinFileRecorder, FullPrecisionSettings, HalfPrecisionSettings, NamedMpkFileRecorder, Recorder,
};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use vellum_benches::phase::{Cost, measure};
use vellum_benches::rows::{Action, Format, LAYERS, Precision, ROWS, Row, WIDTH, number};

type B = NdArray<f32>;

#[derive(Module, Debug)]
struct Model<B: Backend> {
    layers: Vec<Linear<B>>,
}

impl Model<B> {
    /// Its values are made when they are first read.
    fn empty() -> Self {
        let linear = |_| LinearConfig::new(WIDTH, WIDTH).init(&device());
        Self { layers: (0..LAYERS).map(linear).collect() }
    }

    fn filled() -> Self {
        fn tensor<const D: usize>(layer: usize, shape: [usize; D]) -> Param<Tensor<B, D>> {
            let numbers: Vec<f32> = (0..shape.iter().product()).map(|index| number(layer, index)).collect();
            Param::from_tensor(Tensor::from_data(TensorData::new(numbers, shape), &device()))
        }
        let linear = |layer| Linear { weight: tensor(layer, [WIDTH, WIDTH]), bias: Some(tensor(layer, [WIDTH])) };
        Self { layers: (0..LAYERS).map(linear).collect() }
    }
}

fn device() -> NdArrayDevice {
    NdArrayDevice::default()
}

/// Writes the files that the loads read.
pub fn prepare(folder: &Path) {
    let model = Model::filled();
    for row in ROWS.into_iter().filter(|row| row.action == Action::Save) {
        save(row, model.clone(), &row.file(folder));
    }
}

/// A save or a load as users get it.
pub fn run(row: Row, folder: &Path, new: &Path) -> Cost {
    match row.action {
        Action::Save => {
            let model = Model::filled();
            measure(|| save(row, model, new))
        }
        Action::Load => {
            let path = row.file(folder);
            let model = Model::empty();
            measure(|| load(row, model, &path))
        }
        Action::LoadStatic => {
            let bytes: &'static [u8] = fs::read(row.file(folder)).expect("the file is there").leak();
            let model = Model::empty();
            measure(|| {
                let recorder = BinBytesRecorder::<FullPrecisionSettings, &'static [u8]>::default();
                let record = recorder.load(bytes, &device()).expect("it is a record of the model");
                model.load_record(record)
            })
        }
    }
}

/// Evaluates `$call` with the recorder of a row.
macro_rules! with_recorder {
    ($row:expr, |$recorder:ident| $call:expr) => {
        match ($row.format, $row.precision) {
            (Format::Mpk, Precision::Full) => {
                let $recorder = NamedMpkFileRecorder::<FullPrecisionSettings>::new();
                $call
            }
            (Format::Bin, Precision::Full) => {
                let $recorder = BinFileRecorder::<FullPrecisionSettings>::new();
                $call
            }
            (Format::Mpk, Precision::Half) => {
                let $recorder = NamedMpkFileRecorder::<HalfPrecisionSettings>::new();
                $call
            }
            (Format::Bin, Precision::Half) => {
                let $recorder = BinFileRecorder::<HalfPrecisionSettings>::new();
                $call
            }
        }
    };
}

fn save(row: Row, model: Model<B>, path: &Path) {
    with_recorder!(row, |recorder| model.save_file(path, &recorder)).expect("the model is saved");
}

fn load(row: Row, model: Model<B>, path: &Path) -> Model<B> {
    let loaded = with_recorder!(row, |recorder| model.load_file(path, &recorder, &device()));
    loaded.expect("the file is a record of the model")
}
