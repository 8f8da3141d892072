use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module(rename = "")]
    weight: Param<Array1<f32>>,
    bias: Param<Array1<f32>>,
}

fn main() {}
