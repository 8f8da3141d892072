use vellum::nn::Relu;
use vellum::{Module, Param};

#[derive(Module)]
struct Model<E> {
    weight: Param<Vec<E>>,
    activation: Relu,
}

fn main() {}
