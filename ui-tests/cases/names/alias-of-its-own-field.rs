use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module(alias = "weight")]
    weight: Param<f32>,
}

fn main() {}
