use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
enum Model {
    A(#[module(rename = "weight")] Param<Array1<f32>>),
    B(#[module(default = Param::new(Array1::zeros(1)))] Param<Array1<f32>>),
}

fn main() {}
