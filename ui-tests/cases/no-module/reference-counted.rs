use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    shared: std::sync::Arc<Param<Array1<f32>>>,
    weight: Param<Array1<f32>>,
}

fn main() {}
