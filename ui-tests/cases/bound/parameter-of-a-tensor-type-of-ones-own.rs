use vellum::{Module, Param};

struct Own<B>(B);

#[derive(Module)]
struct Model<B> {
    weight: Param<Own<B>>,
}

fn main() {}
