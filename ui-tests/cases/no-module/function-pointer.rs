use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    weight: Param<f32>,
    activation: fn(f32) -> f32,
}

fn main() {}
