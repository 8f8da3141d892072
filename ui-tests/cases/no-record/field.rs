use vellum::Record;

struct Foo;

#[derive(Record)]
struct Data {
    foo: Foo,
    bars: Vec<Foo>,
    #[record(default = Foo)]
    baz: Foo,
}

fn main() {}
