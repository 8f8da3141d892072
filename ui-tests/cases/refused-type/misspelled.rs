use std::marker::PhantomData;

use vellum::backend::{Backend, Tensor};
use vellum::{Module, Param};

trait Layer {
    type State;
}

#[derive(Module)]
struct Block<L: Layer> {
    weight: Param<f32>,
    state: Option<L::Stat>,
    other: L::Stote,
}

#[derive(Module)]
struct Sized<B: Backend, const N: usiz> {
    weight: Param<Tensor<B, 1>>,
}

#[derive(Module)]
struct Bounded<L: Layer> {
    activation: Relu,
    weights: Vec<Weights>,
    layer: PhantomData<L>,
}

struct Text<'a>(&'a str);

#[derive(Module)]
struct Undeclared {
    weight: Param<f32>,
    texts: Vec<(Param<f32>, Text<'b>)>,
}

fn main() {}
