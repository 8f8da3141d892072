use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    #[module = "skip"]
    weight: Param<f32>,
}

fn main() {}
