use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
#[module(record = "A", record = "B")]
#[module(crate = "vellum", crate = "vellum")]
struct Model {
    weight: Param<Array1<f32>>,
}

fn main() {}
