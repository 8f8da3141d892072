use vellum::Record;

#[derive(Record)]
#[record(stateless)]
struct Data {
    n: u32,
}

fn main() {}
