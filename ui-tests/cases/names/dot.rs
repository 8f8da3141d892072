use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module(rename = "a.b")]
    weight: Param<Array1<f32>>,
    #[module(alias = "c.d")]
    bias: Param<Array1<f32>>,
}

fn main() {}
