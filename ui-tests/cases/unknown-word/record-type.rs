use vellum::Record;

#[derive(Record)]
#[record(nonsense)]
struct Model {
    n: u32,
}

fn main() {}
