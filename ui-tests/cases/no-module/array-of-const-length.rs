use vellum::{Module, Param};

#[derive(Module)]
struct Model<const N: usize> {
    weights: [Param<f32>; N],
    steps: [u8; N],
}

fn main() {}
