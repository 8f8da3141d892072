use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
#[module(stateles)]
struct Model {
    #[module(skipp)]
    a: u8,
    #[module(renam = "x", aliass = "y")]
    weight: Param<Array1<f32>>,
}

fn main() {}
