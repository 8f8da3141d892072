use std::collections::BTreeMap;

use vellum::backend::{Backend, Tensor};
use vellum::{Module, Param, Record};

// What is not known may be a parameter that was forgotten, for all that rustc knows: where it is an argument, and where it is one letter.
#[derive(Module)]
struct Model {
    activation: Option<Relu>,
    weight: Param<f32>,
}

#[derive(Module)]
struct Generic<B: Backend, const N: usize> {
    weights: [Param<Tensor<B, 1>>; N],
    pairs: Vec<(Sigmoid, usize)>,
}

#[derive(Module)]
struct Bounded<B>(Param<Tensor<B, 1>>, M)
where
    B: Backend;

#[derive(Module)]
enum Kind {
    List { weights: [Param<f32>; N + 1] },
    Pair((Param<f32>, L)),
    Other(BTreeMap<String, Tanh>),
}

#[derive(Module)]
struct Marked {
    weight: Param<f32>,
    #[module(constant)]
    mode: Option<Mode>,
    #[module(skip)]
    cache: Vec<Cache>,
}

#[derive(Module)]
struct ThreeUnlessSaid<B: Backend, const N: usize = 3> {
    weights: [Param<Tensor<B, 1>>; N],
    activation: Vec<Gelu>,
}

#[derive(Record)]
struct Data {
    steps: Vec<Step>,
}

fn main() {}
