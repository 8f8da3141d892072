use ndarray::Array1;
use std::time::Instant;
use vellum::{Module, Param, Record};

#[derive(Module)]
struct Layer {
    weight: Param<Array1<f32>>,
    #[vellum(skip)]
    name: String,
    #[vellum(rename = "rate")]
    number: f64,
}

#[derive(Module)]
#[vellum(stateless, record = "Nothing")]
struct Scale {
    by: f64,
}

#[derive(Record)]
struct Run {
    #[vellum(skip = None)]
    since: Option<Instant>,
    epoch: u32,
}

#[derive(Module, Record)]
#[module(record = "BothRecord")]
struct Both {
    #[vellum(constant)]
    epoch: u32,
}

fn scale(_: Scale) -> Option<Nothing> {
    None
}

fn main() {}
