//! What Vellum's recorders cost.

use std::fs;
use std::path::Path;

use vellum::backend::{NdArray, Tensor};
use vellum::record::{FullPrecisionSettings, HalfPrecisionSettings, Recorder};
use vellum::recorder::{BinBytesRecorder, BinFileRecorder, NamedMpkFileRecorder};
use vellum::{Device, Module, Param, TensorData};

use crate::model::{LAYERS, WIDTH, numbers};
use crate::phase::{Cost, measure};
use crate::rows::{Action, Encoding, Precision};

type Weights<const D: usize> = Param<Tensor<NdArray<f32>, D>>;
/// As `Linear` is: a weight, and perhaps a bias.
type Model = Vec<(Weights<2>, Option<Weights<1>>)>;
/// How a row's file is written.
type Kind = (Encoding, Precision);

fn model() -> Model {
    fn tensor<const D: usize>(layer: usize, shape: [usize; D]) -> Weights<D> {
        let data = TensorData::from_vec(numbers(layer, shape.iter().product()), shape);
        Param::new(Tensor::from_data(data.expect("as many numbers as the shape says"), Device::default()))
    }
    (0..LAYERS).map(|layer| (tensor(layer, [WIDTH, WIDTH]), Some(tensor(layer, [WIDTH])))).collect()
}

/// Writes a file that loads read.
pub fn prepare(kind: Kind, path: &Path) {
    save(kind, &model(), path);
}

/// A save to `new`, or a load from `path`, as users get it.
pub fn run(action: Action, kind: Kind, path: &Path, new: &Path) -> Cost {
    match action {
        Action::Save => {
            let model = model();
            measure(|| save(kind, &model, new))
        }
        Action::Load => measure(|| load(kind, path)),
        Action::LoadStatic => {
            let bytes: &'static [u8] = fs::read(path).expect("the file is there").leak();
            measure(|| {
                let recorder = BinBytesRecorder::<FullPrecisionSettings, &'static [u8]>::new();
                let record = recorder.load(bytes, Device::default()).expect("it is a record of the model");
                Model::init_with(record)
            })
        }
        Action::Open | Action::Map => unreachable!("recorders own what they load"),
    }
}

/// A save that does not wait for the disk.
pub fn run_unsynced(kind: Kind, new: &Path) -> Cost {
    let model = model();
    measure(|| save_unsynced(kind, &model, new))
}

/// Evaluates `$call` with the recorder of a row.
macro_rules! with_recorder {
    ($kind:expr, |$recorder:ident| $call:expr) => {
        match $kind {
            (Encoding::Mpk, Precision::Full) => {
                let $recorder = NamedMpkFileRecorder::<FullPrecisionSettings>::new();
                $call
            }
            (Encoding::Bin, Precision::Full) => {
                let $recorder = BinFileRecorder::<FullPrecisionSettings>::new();
                $call
            }
            (Encoding::Mpk, Precision::Half) => {
                let $recorder = NamedMpkFileRecorder::<HalfPrecisionSettings>::new();
                $call
            }
            (Encoding::Bin, Precision::Half) => {
                let $recorder = BinFileRecorder::<HalfPrecisionSettings>::new();
                $call
            }
        }
    };
}

fn save(kind: Kind, model: &Model, path: &Path) {
    with_recorder!(kind, |recorder| model.save_file(path, &recorder)).expect("the model is saved");
}

fn save_unsynced(kind: Kind, model: &Model, path: &Path) {
    with_recorder!(kind, |recorder| model.save_file(path, &recorder.without_sync())).expect("the model is saved");
}

fn load(kind: Kind, path: &Path) -> Model {
    let record = with_recorder!(kind, |recorder| recorder.load(path.into(), Device::default()));
    Model::init_with(record.expect("the file is a record of the model"))
}
