use vellum::{Module, Param, Record};

// Before the last field rustc refuses it. The last one may be of any size, but nothing can be loaded into it.
#[derive(Module)]
struct First {
    name: str,
    weight: Param<f32>,
}

#[derive(Module)]
struct Slice([Param<f32>], Param<f32>);

#[derive(Module)]
struct Last {
    weight: Param<f32>,
    sizes: [u8],
}

#[derive(Module)]
struct Marked {
    weight: Param<f32>,
    #[module(constant)]
    name: str,
}

#[derive(Module)]
struct Skipped(#[module(skip)] [u8]);

#[derive(Module)]
enum Kind {
    One(Param<f32>),
    Named(str),
}

#[derive(Record)]
struct Data {
    number: u32,
    name: str,
}

fn main() {}
