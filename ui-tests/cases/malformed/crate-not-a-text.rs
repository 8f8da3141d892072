use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
#[module(crate = my::vellum)]
struct Model {
    weight: Param<Array1<f32>>,
}

fn main() {}
