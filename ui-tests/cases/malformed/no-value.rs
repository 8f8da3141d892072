use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module(default =)]
    weight: Param<f32>,
}

fn main() {}
