use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module(skip(true))]
    weight: Param<Array1<f32>>,
}

fn main() {}
