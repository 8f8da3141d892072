use vellum::Module;

#[derive(Module)]
enum Model {
    #[module(skip)]
    A,
    #[module(constant)]
    B(u8),
}

fn main() {}
