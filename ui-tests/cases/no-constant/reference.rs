use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module(constant)]
    name: &'static str,
    weight: Param<f32>,
}

fn main() {}
