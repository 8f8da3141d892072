use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module(constnat)]
    rate: f64,
    weight: Param<Array1<f32>>,
}

fn main() {}
