use ndarray::Array;
use vellum::nn::Relu;
use vellum::{Module, Param};

#[derive(Module)]
struct Model<D> {
    weight: Param<Array<f32, D>>,
    activation: Relu,
}

fn main() {}
