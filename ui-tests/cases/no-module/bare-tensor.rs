use vellum::backend::{Backend, Tensor};
use vellum::{Module, Param};

#[derive(Module)]
struct Model<B: Backend> {
    mask: Tensor<B, 2>,
    weight: Param<Tensor<B, 1>>,
}

fn main() {}
