use vellum::{Module, Param};

#[derive(Module)]
#[module(rename_all = "camelCase")]
struct Model {
    weight: Param<f32>,
}

fn main() {}
