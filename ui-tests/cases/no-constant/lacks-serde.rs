use vellum::Module;

struct Foo;

#[derive(Module)]
struct Model {
    #[module(constant)]
    foo: Foo,
    #[module(constant, default = Foo)]
    bar: Foo,
}

fn main() {}
