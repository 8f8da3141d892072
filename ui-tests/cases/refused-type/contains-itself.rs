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

/// What is called as an option is, and is none: nothing refuses it where it stands, so something must.
mod own {
    use vellum::{Module, Param};

    type Option<T> = std::option::Option<Box<T>>;

    #[derive(Module)]
    struct Named {
        weight: Param<f32>,
        next: Option<Named>,
    }

    #[derive(Module)]
    struct ByItsPath {
        weight: Param<f32>,
        next: self::Option<ByItsPath>,
    }
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
