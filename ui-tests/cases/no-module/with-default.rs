use vellum::Module;

struct Foo;

#[derive(Module)]
struct Model {
    #[module(default = Foo)]
    foo: Foo,
}

fn main() {}
