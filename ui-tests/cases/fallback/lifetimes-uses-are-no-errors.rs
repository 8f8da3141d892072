use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Layer<'a> {
    #[module(skip)]
    name: &'a str,
}

fn count(layer: &Layer<'_>) -> usize {
    layer.num_params()
}

fn main() {
    let _ = count;
}
