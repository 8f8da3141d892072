use vellum::Module;

#[derive(Module)]
struct Model {
    #[module(constant = 3)]
    n: u8,
}

fn main() {}
