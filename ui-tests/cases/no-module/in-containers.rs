use vellum::Module;

struct Foo;

#[derive(Module)]
struct Model {
    a: Option<Foo>,
    b: Vec<Box<Foo>>,
    c: (Foo, u8),
    d: std::collections::HashMap<String, Foo>,
}

fn main() {}
