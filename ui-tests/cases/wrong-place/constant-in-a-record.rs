use vellum::Record;

#[derive(Record)]
struct Data {
    #[record(constant)]
    n: u32,
}

fn main() {}
