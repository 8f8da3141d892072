use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
#[module(stateles)]
struct Softmax {
    axis: usize,
    name: String,
}

#[derive(Module)]
#[module(stateless = true)]
enum Activation {
    Relu,
    Leaky { slope: f32, name: String },
}

#[derive(Module)]
#[module(stateless layer)]
struct Dropout {
    rate: f64,
    name: String,
}

#[derive(Module)]
struct Model {
    softmax: Softmax,
    activation: Activation,
    dropout: Dropout,
    weight: Param<Array1<f32>>,
}

fn main() {}
