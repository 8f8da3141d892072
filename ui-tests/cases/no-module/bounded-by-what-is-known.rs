use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

use ndarray::{Array, Dimension, Ix2};
use vellum::backend::{Backend, NdArray, Tensor, TensorKind};
use vellum::{Module, Param};

#[derive(Module)]
struct Layer<B: Backend, D: Dimension, K: TensorKind<B>> {
    array: Array<f32, D>,
    tensor: Tensor<B, 2, K>,
    weight: Param<Tensor<B, 1>>,
}

#[derive(Module)]
struct Named<K: Eq + Hash, T: AsRef<str>> {
    by_key: HashMap<K, Param<f32>>,
    text: Rc<T>,
}

#[derive(Module)]
struct Model {
    layer: Layer<NdArray, Ix2, vellum::backend::Float>,
    named: Vec<Named<u64, String>>,
}

fn record(model: Model) -> ModelRecord {
    model.into_record()
}

fn main() {}
