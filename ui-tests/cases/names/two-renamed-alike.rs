use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module(rename = "x")]
    weight: Param<Array1<f32>>,
    #[module(rename = "x")]
    bias: Param<Array1<f32>>,
}

fn main() {}
