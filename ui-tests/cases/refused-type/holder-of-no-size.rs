use std::collections::HashMap;

use vellum::{Module, Param, Record, Tied};

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

#[derive(Module)]
struct Others {
    name: Box<Option<str>>,
    weights: HashMap<String, [Param<f32>]>,
    shared: Tied<[f64]>,
    whole: Box<str>,
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
    others: Others,
}

fn record(model: Model) -> ModelRecord {
    model.into_record()
}

fn main() {}
