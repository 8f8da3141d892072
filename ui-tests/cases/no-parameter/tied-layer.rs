use vellum::backend::Backend;
use vellum::nn::Linear;
use vellum::{Module, Tied};

#[derive(Module)]
struct Model<B: Backend> {
    encode: Tied<Linear<B>>,
}

fn main() {}
