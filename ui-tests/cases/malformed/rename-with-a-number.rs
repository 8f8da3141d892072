use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module(rename = 3)]
    weight: Param<Array1<f32>>,
}

fn main() {}
