use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module(alias = "old")]
    weight: Param<Array1<f32>>,
    #[module(alias = "old")]
    bias: Param<Array1<f32>>,
}

fn main() {}
