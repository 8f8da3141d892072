use ndarray::Array1;
use vellum::{Module, Param};

#[derive(Module)]
struct Layer {
    #[module(constnat)]
    rate: f64,
    weight: Param<Array1<f32>>,
}

#[derive(Module)]
struct Model {
    layers: Vec<Layer>,
}

fn count(model: &Model, record: &ModelRecord, layer: &LayerRecord) -> usize {
    let _ = (record.layers.len(), layer.weight.id());
    model.num_params()
}

fn main() {
    let _ = count;
}
