use vellum::Module;
use vellum::backend::Backend;
use vellum::nn::{Linear, Relu};

#[derive(Module)]
struct Layer<B: Backend> {
    inner: Linear<B>,
}

#[derive(Module)]
struct Model<B> {
    layer: Layer<B>,
    layers: Vec<Layer<B>>,
    activation: Relu,
}

fn main() {}
