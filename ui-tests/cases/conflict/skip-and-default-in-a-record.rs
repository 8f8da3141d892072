use vellum::Record;

#[derive(Record)]
struct Data {
    #[record(skip, default)]
    n: u8,
}

fn main() {}
