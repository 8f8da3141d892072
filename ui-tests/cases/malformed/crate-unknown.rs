use vellum::{Module, Param, Record};

#[derive(Module)]
#[module(crate = "velum")]
struct Model {
    weight: Param<f32>,
    bias: Option<Param<f32>>,
    #[module(constant)]
    size: u32,
}

#[derive(Record)]
#[record(crate = "::velum")]
struct Data {
    number: u32,
}

fn main() {}
