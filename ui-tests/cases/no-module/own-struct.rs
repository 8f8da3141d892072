use ndarray::Array1;
use vellum::{Module, Param};

struct Options;

#[derive(Module)]
struct Model {
    options: Options,
    weight: Param<Array1<f32>>,
}

fn main() {}
