use vellum::Module;

struct Foo;

#[derive(Module)]
struct Model {
    #[module(skip)]
    foo: Foo,
}

fn main() {}
