use vellum::Record;

struct Foo;

#[derive(Record)]
enum Data {
    A(Foo),
    B { foo: Foo },
}

fn main() {}
