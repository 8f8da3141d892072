use vellum::Record;

#[derive(Record)]
struct Data<'a> {
    name: &'a str,
}

fn main() {}
