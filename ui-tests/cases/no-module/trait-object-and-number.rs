use ndarray::Array1;
use vellum::{Module, Param};

trait Activate {}

#[derive(Module)]
struct Model<const N: usize> {
    activation: Box<dyn Activate>,
    layers: [Param<Array1<f32>>; N],
    rate: f64,
}

fn main() {}
