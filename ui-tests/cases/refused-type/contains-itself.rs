use vellum::backend::{Backend, Tensor};
use vellum::{Module, Param, Record};

#[derive(Module)]
struct List {
    weight: Param<f32>,
    next: Option<List>,
}

#[derive(Module)]
struct Pair<B: Backend> {
    weight: Param<Tensor<B, 1>>,
    both: Option<(Param<f32>, [Self; 2])>,
}

#[derive(Record)]
struct Data {
    number: u32,
    more: std::option::Option<Data>,
}

#[derive(Module)]
struct Model {
    list: List,
    lists: Vec<List>,
}

fn record(model: Model) -> ModelRecord {
    model.into_record()
}

fn main() {}
