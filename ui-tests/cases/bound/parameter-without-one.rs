use vellum::backend::Tensor;
use vellum::{Module, Param};

#[derive(Module)]
struct Model<B> {
    weight: Param<Tensor<B, 2>>,
}

fn main() {}
