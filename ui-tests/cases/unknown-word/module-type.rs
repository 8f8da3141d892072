use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
#[module(nonsense)]
struct Model {
    weight: Param<Array1<f32>>,
}

fn main() {}
