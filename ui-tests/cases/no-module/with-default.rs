use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Default)]
struct Foo;

#[derive(Module)]
struct Model {
    #[module(default)]
    foo: Foo,
    weight: Param<Array1<f32>>,
}

fn main() {}
