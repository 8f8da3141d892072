use ndarray::Array1;
use vellum::{Module, Param, Record};

#[derive(Module)]
struct Layer {
    weight: Param<Array1<f32>>,
}

#[derive(Record)]
struct Data {
    layer: Layer,
}

fn main() {}
