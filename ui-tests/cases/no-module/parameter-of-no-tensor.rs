use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    name: Param<String>,
    weight: Param<Array1<f32>>,
}

fn main() {}
