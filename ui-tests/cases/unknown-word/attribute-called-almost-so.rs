use ndarray::Array1;
use std::time::Instant;
use vellum::{Module, Param, Record};

#[derive(Module)]
struct Layer {
    weight: Param<Array1<f32>>,
    #[modul(skip)]
    name: String,
    #[mdoule(constant, default = 0.1)]
    rate: f64,
    other: String,
}

#[derive(Module)]
#[modules(stateless)]
struct Scale {
    by: f64,
}

#[derive(Module)]
enum Model {
    One(Layer),
    Scaled(Layer, Scale),
}

#[derive(Record)]
struct Run {
    #[records(skip)]
    since: Option<Instant>,
    epoch: u32,
}

fn record(model: Model) -> ModelRecord {
    model.into_record()
}

fn main() {}
