//! What Vellum's recorders cost.

use std::fs;
use std::path::Path;

use vellum::backend::{NdArray, Tensor};
use vellum::record::{FullPrecisionSettings, HalfPrecisionSettings, Recorder};
use vellum::recorder::{BinBytesRecorder, BinFileRecorder, NamedMpkFileRecorder};
use vellum::{Device, Module, Param, TensorData};

use crate::phase::{Cost, measure};
use crate::rows::{Action, Format, LAYERS, Precision, ROWS, Row, WIDTH, number};

type Weights<const D: usize> = Param<Tensor<NdArray<f32>, D>>;
/// As `Linear` is: a weight, and perhaps a bias.
type Model = Vec<(Weights<2>, Option<Weights<1>>)>;

fn model() -> Model {
    fn tensor<const D: usize>(layer: usize, shape: [usize; D]) -> Weights<D> {
        let numbers = (0..shape.iter().product()).map(|index| number(layer, index)).collect();
        let data = TensorData::from_vec(numbers, shape).expect("as many numbers as the shape says");
        Param::new(Tensor::from_data(data, Device::default()))
    }
    (0..LAYERS).map(|layer| (tensor(layer, [WIDTH, WIDTH]), Some(tensor(layer, [WIDTH])))).collect()
}

/// Writes the files that the loads read.
pub fn prepare(folder: &Path) {
    let model = model();
    for row in ROWS.into_iter().filter(|row| row.action == Action::Save) {
        save(row, &model, &row.file(folder));
    }
}

/// A save or a load as users get it.
pub fn run(row: Row, folder: &Path, new: &Path) -> Cost {
    match row.action {
        Action::Save => {
            let model = model();
            measure(|| save(row, &model, new))
        }
        Action::Load => {
            let path = row.file(folder);
            measure(|| load(row, &path))
        }
        Action::LoadStatic => {
            let bytes: &'static [u8] = fs::read(row.file(folder)).expect("the file is there").leak();
            measure(|| {
                let recorder = BinBytesRecorder::<FullPrecisionSettings, &'static [u8]>::new();
                let record = recorder.load(bytes, Device::default()).expect("it is a record of the model");
                Model::init_with(record)
            })
        }
    }
}

/// A save that does not wait for the disk.
pub fn run_unsynced(row: Row, _folder: &Path, new: &Path) -> Cost {
    let model = model();
    measure(|| save_unsynced(row, &model, new))
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

fn save(row: Row, model: &Model, path: &Path) {
    with_recorder!(row, |recorder| model.save_file(path, &recorder)).expect("the model is saved");
}

fn save_unsynced(row: Row, model: &Model, path: &Path) {
    with_recorder!(row, |recorder| model.save_file(path, &recorder.without_sync())).expect("the model is saved");
}

fn load(row: Row, path: &Path) -> Model {
    let record = with_recorder!(row, |recorder| recorder.load(path.into(), Device::default()));
    Model::init_with(record.expect("the file is a record of the model"))
}
