use vellum::Module;

#[derive(Module)]
struct Model {
    #[module(skip, default = 3)]
    n: u8,
}

fn main() {}
