use vellum::Module;

#[derive(serde::Serialize, serde::Deserialize)]
struct Foo;

#[derive(Module)]
struct Model {
    #[module(constant)]
    foo: Foo,
}

fn main() {}
