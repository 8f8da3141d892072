use vellum::Module;
use vellum::backend::Backend;
use vellum::nn::{Linear, Relu};

#[derive(Module)]
struct Layer<B: Backend> {
    inner: Linear<B>,
}

#[derive(Module)]
struct Block<Back> {
    layer: Layer<Back>,
    activation: Relu,
}

fn main() {}
