use ndarray::Array1;
use vellum::{Module, Param};

use std::collections::BTreeMap;

#[derive(Module)]
struct Model {
    by_number: BTreeMap<u32, Param<Array1<f32>>>,
    weight: Param<Array1<f32>>,
}

fn main() {}
