use vellum::backend::{Backend, Tensor};
use vellum::{Module, Param};

#[derive(Module)]
struct Block<B: Backend> {
    layers: Vec<Option<Unknown<B>>>,
    weight: Param<Tensor<B, 1>>,
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
