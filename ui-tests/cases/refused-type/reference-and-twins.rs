use vellum::{Module, Param};

#[derive(Module)]
struct Borrowed {
    weight: &Param<f32>,
}

#[derive(Module)]
struct Twins {
    weight: Param<f32>,
    weight: Param<f32>,
}

#[derive(Module)]
struct RawTwins {
    bias: Param<f32>,
    r#bias: Param<f32>,
}

#[derive(Module)]
enum Both {
    Borrowed(Borrowed),
    Borrowed(Twins),
    One(RawTwins),
    r#One,
}

fn record(both: Both) -> BothRecord {
    both.into_record()
}

fn main() {}
