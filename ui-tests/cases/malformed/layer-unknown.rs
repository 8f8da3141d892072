use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
#[module(layer = Linaer)]
struct Model {
    weight: Param<Array1<f32>>,
}

fn main() {}
