use vellum::{Module, Param};

trait Layer {}

#[derive(Module)]
struct Model {
    layers: Vec<Box<dyn Layer>>,
    weight: Param<f32>,
}

fn main() {}
