use vellum::backend::{Backend, Tensor};
use vellum::{Module, Param};

struct Foo<B: Backend>(B);

#[derive(Module)]
struct Model<B: Backend> {
    foo: Foo<B>,
    weight: Param<Tensor<B, 1>>,
}

fn main() {}
