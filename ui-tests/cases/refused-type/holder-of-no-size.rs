use vellum::{Module, Param, Record};

#[derive(Module)]
struct Options {
    weight: Param<f32>,
    name: Option<str>,
    weights: (Param<f32>, [Param<f32>], Param<f32>),
}

#[derive(Module)]
struct Lists {
    #[module(constant)]
    names: Vec<str>,
    weights: [Vec<Param<[f32]>>; 2],
}

#[derive(Record)]
enum Data {
    Names(Vec<Option<str>>),
    None,
}

#[derive(Module)]
struct Model {
    options: Options,
    lists: Option<Lists>,
}

fn record(model: Model) -> ModelRecord {
    model.into_record()
}

fn main() {}
