use vellum::{Module, Param};

#[derive(Module)]
struct Model {
    list: (P, P, P, P, P, P, P, P, P, P, P, P, P),
}

type P = Param<f32>;

fn main() {}
