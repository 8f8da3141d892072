use vellum::Module;

#[derive(Module)]
struct Model {
    #[module(constant default = 3)]
    n: u8,
}

fn main() {}
