use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module(rename = "bias")]
    weight: Param<f32>,
    bias: Param<f32>,
}

fn main() {}
