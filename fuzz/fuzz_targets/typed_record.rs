#![no_main]

use libfuzzer_sys::fuzz_target;
use ndarray::{Array1, Array2};
use vellum::recorder::{BinBytesRecorder, FullPrecisionSettings, NamedMpkBytesRecorder, Recorder};
use vellum::{Device, Module, Param, Record};
use vellum_fuzz::limits;

#[derive(Module)]
struct Model {
    layers: Vec<Layer>,
    head: Option<Layer>,
    #[module(constant, default = 1)]
    width: u32,
}

#[derive(Module)]
struct Layer {
    weight: Param<Array2<f32>>,
    bias: Param<Array1<f32>>,
}

#[derive(Record)]
#[allow(dead_code, reason = "only its reading is of interest")]
struct Plain {
    numbers: Vec<i64>,
    text: Option<String>,
    pair: (bool, f64),
}

// Loads the bytes as a model, which is built, and as plain data.
fuzz_target!(|bytes: &[u8]| {
    let mpk = NamedMpkBytesRecorder::<FullPrecisionSettings>::new().with_limits(limits());
    let bin = BinBytesRecorder::<FullPrecisionSettings>::new().with_limits(limits());
    let records = [mpk.load(bytes.to_vec(), Device::default()), bin.load(bytes.to_vec(), Device::default())];
    for record in records.into_iter().flatten() {
        let _ = Model::try_init_with(record);
    }
    let _ = mpk.load::<Plain>(bytes.to_vec(), Device::default());
    let _ = bin.load::<Plain>(bytes.to_vec(), Device::default());
});
