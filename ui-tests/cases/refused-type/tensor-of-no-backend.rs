use vellum::backend::{Backend, Tensor};
use vellum::nn::Linear;
use vellum::{Module, Param};

#[derive(Module)]
struct Block<B: Backend> {
    layer: Linear<f32>,
    weight: Param<Tensor<f32, 2>>,
    count: Vec<Param<Tensor<B, 1, u32>>>,
}

#[derive(Module)]
struct Model<B: Backend> {
    block: Block<B>,
    blocks: Vec<Block<B>>,
}

fn record<B: Backend>(model: Model<B>) -> ModelRecord<B> {
    model.into_record()
}

fn main() {}
