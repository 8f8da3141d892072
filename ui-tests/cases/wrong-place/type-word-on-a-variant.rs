use vellum::Module;

#[derive(Module)]
enum Model {
    #[module(stateless)]
    A,
}

fn main() {}
