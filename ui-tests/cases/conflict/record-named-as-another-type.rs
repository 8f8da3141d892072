use ndarray::Array1;
use vellum::{Module, Param};

struct ModelRecord;

#[derive(Module)]
struct Model {
    weight: Param<Array1<f32>>,
}

fn main() {}
