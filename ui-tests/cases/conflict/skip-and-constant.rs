use vellum::Module;

#[derive(Module)]
struct Model {
    #[module(skip, constant)]
    n: u8,
}

fn main() {}
