//! What the recorders of Burn 0.21, the last to have them, cost.

use std::fs;
use std::path::Path;

use burn_021::backend::NdArray;
use burn_021::backend::ndarray::NdArrayDevice;
use burn_021::module::{Module, Param};
use burn_021::nn::{Linear, LinearConfig};
use burn_021::record::{
    BinBytesRecorder, BinFileRecorder, FullPrecisionSettings, HalfPrecisionSettings, NamedMpkFileRecorder, Recorder,
};
use burn_021::tensor::{Tensor, TensorData};
use vellum_benches::model::{LAYERS, WIDTH, numbers};
use vellum_benches::phase::{Cost, measure};
use vellum_benches::rows::{Action, Encoding, Precision};

type B = NdArray<f32>;
type Model = Vec<Linear<B>>;
/// How a row's file is written.
type Kind = (Encoding, Precision);

/// Its values are made when they are first read.
fn empty() -> Model {
    (0..LAYERS).map(|_| LinearConfig::new(WIDTH, WIDTH).init(&device())).collect()
}

fn filled() -> Model {
    fn tensor<const D: usize>(layer: usize, shape: [usize; D]) -> Param<Tensor<B, D>> {
        let data = TensorData::new(numbers(layer, shape.iter().product()), shape);
        Param::from_tensor(Tensor::from_data(data, &device()))
    }
    let linear = |layer| Linear { weight: tensor(layer, [WIDTH, WIDTH]), bias: Some(tensor(layer, [WIDTH])) };
    (0..LAYERS).map(linear).collect()
}

fn device() -> NdArrayDevice {
    NdArrayDevice::default()
}

/// Writes a file that loads read.
pub fn prepare(kind: Kind, path: &Path) {
    save(kind, filled(), path);
}

/// A save to `new`, or a load from `path`, as users get it.
pub fn run(action: Action, kind: Kind, path: &Path, new: &Path) -> Cost {
    match action {
        Action::Save => {
            let model = filled();
            measure(|| save(kind, model, new))
        }
        Action::Load => {
            let model = empty();
            measure(|| load(kind, model, path))
        }
        Action::LoadStatic => {
            let bytes: &'static [u8] = fs::read(path).expect("the file is there").leak();
            let model = empty();
            measure(|| {
                let recorder = BinBytesRecorder::<FullPrecisionSettings, &'static [u8]>::default();
                let record = recorder.load(bytes, &device()).expect("it is a record of the model");
                model.load_record(record)
            })
        }
        Action::Open | Action::Map => unreachable!("recorders own what they load"),
    }
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

/// A save to `new` that leaves the model to its user, as Vellum's does: `save_file` takes it, so that what is saved is a clone.
pub fn run_kept(kind: Kind, new: &Path) -> Cost {
    let model = filled();
    let cost = measure(|| save(kind, model.clone(), new));
    drop(model);
    cost
}

fn save(kind: Kind, model: Model, path: &Path) {
    with_recorder!(kind, |recorder| model.save_file(path, &recorder)).expect("the model is saved");
}

fn load(kind: Kind, model: Model, path: &Path) -> Model {
    let loaded = with_recorder!(kind, |recorder| model.load_file(path, &recorder, &device()));
    loaded.expect("the file is a record of the model")
}
