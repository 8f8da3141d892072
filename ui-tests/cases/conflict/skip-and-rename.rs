use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    weight: Param<Array1<f32>>,
    #[module(skip, rename = "other")]
    scratch: Vec<f32>,
}

fn main() {}
