use vellum::Module;

#[derive(Module)]
struct Model {
    #[module(skip, alias = "m")]
    n: u8,
}

fn main() {}
