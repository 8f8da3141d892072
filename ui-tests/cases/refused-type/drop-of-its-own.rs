use vellum::backend::{Backend, Tensor};
use vellum::{Module, Param, Record};

#[derive(Module)]
struct Layer<B: Backend> {
    weight: Param<Tensor<B, 1>>,
    bias: Param<f32>,
}

impl<B: Backend> Drop for Layer<B> {
    fn drop(&mut self) {}
}

#[derive(Module)]
enum Kind {
    One { weight: Param<f32>, bias: Param<f32> },
    Two(Param<f32>),
    None,
}

impl Drop for Kind {
    fn drop(&mut self) {}
}

#[derive(Record)]
struct Data {
    names: Vec<String>,
}

impl Drop for Data {
    fn drop(&mut self) {}
}

// A number can be taken out of it.
#[derive(Module)]
struct Marked {
    #[module(constant)]
    number: u32,
}

impl Drop for Marked {
    fn drop(&mut self) {}
}

fn main() {}
