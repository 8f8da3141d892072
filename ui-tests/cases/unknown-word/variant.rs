use vellum::Module;

#[derive(Module)]
enum Model {
    #[module(other)]
    A,
}

fn main() {}
