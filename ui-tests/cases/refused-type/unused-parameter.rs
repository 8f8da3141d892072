use vellum::{Module, Param};

#[derive(Module)]
struct Block<T> {
    weight: Param<f32>,
}

#[derive(Module)]
struct Model {
    block: Block<u8>,
}

fn main() {}
