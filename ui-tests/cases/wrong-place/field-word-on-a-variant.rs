use vellum::Module;

#[derive(Module)]
enum Model {
    #[module(skip)]
    A,
}

fn main() {}
