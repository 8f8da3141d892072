use std::rc::Rc;

use vellum::backend::{Backend, Tensor};
use vellum::nn::Linear;
use vellum::{Module, Param};

#[derive(Module)]
struct Model<'a, B: Backend, L, const N: usize> {
    name: &'a str,
    head: Linear<B>,
    body: Rc<Linear<B>>,
    last: Param<Tensor<B, N>>,
    other: L,
    others: [Rc<u8>; N],
}

#[derive(Module)]
struct Boxed<B>
where
    B: Backend,
{
    act: Box<dyn Fn(f32) -> f32>,
    layers: Vec<Rc<Linear<B>>>,
}

fn main() {}
