use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module(default)]
    later: Param<f32>,
    weight: Param<f32>,
}

fn main() {}
