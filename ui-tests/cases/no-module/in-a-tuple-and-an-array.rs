use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    pair: (Param<Array1<f32>>, u8),
    sizes: [usize; 2],
    weight: Param<Array1<f32>>,
}

fn main() {}
