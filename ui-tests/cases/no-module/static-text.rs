use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    name: &'static str,
    weight: Param<f32>,
}

fn main() {}
