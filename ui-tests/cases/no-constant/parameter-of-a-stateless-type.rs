use vellum::{Module, Param};

#[derive(Module)]
#[module(stateless)]
struct Model {
    weight: Param<f32>,
}

fn main() {}
