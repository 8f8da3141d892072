use vellum::Module;

#[derive(Module)]
struct Model {
    #[module(skip = 3)]
    name: String,
}

fn main() {}
