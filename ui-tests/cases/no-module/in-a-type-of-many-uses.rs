use std::rc::Rc;

use ndarray::Array2;
use vellum::backend::{Backend, Tensor};
use vellum::nn::{Linear, LinearRecord};
use vellum::{Module, Param};

#[derive(Module)]
struct Block<B: Backend> {
    layer: Linear<B>,
    sizes: Option<Vec<usize>>,
    name: String,
    kernel: [usize; 2],
    strides: Vec<(u32, u32)>,
    rate: f64,
}

#[derive(Module)]
struct Bare<B: Backend>(Tensor<B, 2>, Array2<f32>, Rc<str>, &'static str);

#[derive(Module)]
enum Kind<B: Backend> {
    One(Block<B>),
    Two { blocks: Vec<Block<B>>, bare: Bare<B>, bias: bool },
}

#[derive(Module)]
struct Model<B: Backend> {
    first: Option<Box<Kind<B>>>,
    kinds: [Kind<B>; 2],
    weight: Param<f32>,
}

fn again<B: Backend>(model: &Model<B>) -> ModelRecord<B> {
    let record = model.record();
    Model::<B>::init_with(record.clone()).load_record(record).into_record()
}

fn layer<B: Backend>(block: BlockRecord<B>) -> LinearRecord<B> {
    block.layer
}

fn main() {}
