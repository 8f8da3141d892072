use std::time::Instant;

use vellum::backend::{Backend, Tensor};
use vellum::{Module, Param, Record};

#[derive(Module)]
struct Layer<B: Backend> {
    weight: Param<Tensor<B, 1>>,
    #[record(skip)]
    name: String,
    #[record(rename = "b")]
    bias: Param<f32>,
}

#[derive(Module)]
#[record(bound = "")]
enum Kind {
    #[record(rename = "one")]
    One(Param<f32>),
    #[allow(dead_code)]
    Two {
        #[record(default)]
        count: u32,
        #[module(skip)]
        #[record(skip)]
        cache: Vec<u32>,
    },
}

#[derive(Record)]
struct Data {
    #[module(skip = Instant::now())]
    start: Instant,
    #[module(constant)]
    number: u32,
}

// Both are read here, and neither is a mistake.
#[derive(Module, Record)]
struct Both {
    weight: Param<f32>,
    #[module(constant)]
    number: u32,
    #[module(skip)]
    #[record(skip)]
    cache: Vec<u32>,
    // That is none, and read by the other derive.
    #[record(skip)]
    text: String,
}

#[derive(Module)]
struct Model<B: Backend> {
    layers: Vec<Layer<B>>,
    kind: Kind,
}

fn record<B: Backend>(model: Model<B>) -> ModelRecord<B> {
    model.into_record()
}

fn main() {}
