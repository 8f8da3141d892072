use vellum::Module;

#[derive(Module)]
struct Model {
    #[module(skip)]
    #[module(skip)]
    n: u8,
}

fn main() {}
