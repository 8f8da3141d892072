use std::collections::HashMap;
use std::rc::Rc;

use vellum::backend::{Backend, Tensor};
use vellum::nn::Linear;
use vellum::{Module, Param};

#[derive(Module)]
struct Block<B: Backend> {
    sizes: (String, usize),
    names: Vec<(Linear<B>, Rc<Linear<B>>, String)>,
    states: HashMap<String, (u8, Option<(f64, u8)>)>,
    #[module(default)]
    other: Option<[(bool, u8); 2]>,
    weight: Param<Tensor<B, 1>>,
}

#[derive(Module)]
struct Model<B: Backend> {
    blocks: Vec<(Block<B>, Block<B>)>,
}

fn record<B: Backend>(model: Model<B>) -> ModelRecord<B> {
    model.into_record()
}

fn main() {}
