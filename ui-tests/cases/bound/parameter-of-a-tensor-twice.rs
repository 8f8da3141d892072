use vellum::backend::Tensor;
use vellum::{Module, Param};

#[derive(Module)]
struct Model<B, M> {
    weight: Param<Tensor<B, 2>>,
    list: Vec<Param<Tensor<B, 1>>>,
    inner: M,
}

fn main() {}
