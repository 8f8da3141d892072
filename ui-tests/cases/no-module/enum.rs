use vellum::Module;

struct Foo;

#[derive(Module)]
enum Model {
    A,
    B(Foo),
    C { foo: Foo, n: u32 },
}

fn main() {}
