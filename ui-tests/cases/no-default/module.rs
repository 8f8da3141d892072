use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module(default)]
    added: Param<Array1<f32>>,
    weight: Param<Array1<f32>>,
}

fn main() {}
