use std::sync::Arc;

use vellum::{Module, Param};

struct Cache(u8);

#[derive(Module)]
struct Layer {
    act: Box<dyn Fn(f32) -> f32>,
    shared: Arc<dyn Fn()>,
    #[module(skip)]
    cache: Cache,
    #[module(constant, default = "many")]
    count: usize,
    weight: Param<f32>,
}

#[derive(Clone, Debug)]
struct Best {
    record: LayerRecord,
}

fn again(layer: Layer) -> String {
    format!("{:?}", layer.into_record().clone())
}

fn main() {}
