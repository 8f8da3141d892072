use vellum::Record;

#[derive(Record)]
union Data {
    a: u32,
    b: f32,
}

fn main() {}
