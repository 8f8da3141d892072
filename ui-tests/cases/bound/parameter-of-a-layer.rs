use vellum::Module;
use vellum::nn::{Linear, Relu};

#[derive(Module)]
struct Model<B> {
    layers: Vec<Linear<B>>,
    activation: Relu,
}

fn main() {}
