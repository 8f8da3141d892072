use ndarray::Array1;
use vellum::{Module, Param};

struct Foo;

#[derive(Module)]
struct Model {
    rate: f64,
    foo: Foo,
    #[module(constant)]
    bar: Foo,
    #[module(skip)]
    baz: Foo,
    weight: Param<Array1<f32>>,
}

fn main() {}
