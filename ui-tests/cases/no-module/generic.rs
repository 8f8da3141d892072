use vellum::backend::Backend;
use vellum::Module;

struct Foo<B: Backend>(B);

#[derive(Module)]
struct Model<B: Backend> {
    foo: Foo<B>,
}

fn main() {}
