use std::sync::Arc;
use vellum::{Module, Param};

struct Foo<T>(T);

#[derive(Module)]
struct Model {
    weight: Param<f32>,
    shared: Arc<Param<f32>>,
}

#[derive(Module)]
struct Pair(Param<f32>, Foo<Foo<u8>>);

fn main() {}
