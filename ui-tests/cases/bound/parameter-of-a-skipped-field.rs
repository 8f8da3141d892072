use vellum::Module;
use vellum::backend::Tensor;
use vellum::nn::Relu;

#[derive(Module)]
struct Model<B> {
    activation: Relu,
    #[module(skip = None)]
    last: Option<Tensor<B, 2>>,
}

fn main() {}
