use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    weight: Param<Array1<f32>>,
    rate: f64,
}

fn main() {}
