use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module(rename("w"))]
    weight: Param<f32>,
}

fn main() {}
