use vellum::Record;

#[derive(Record)]
struct Model {
    #[record(constnat)]
    rate: f64,
    n: u32,
}

fn main() {}
