use vellum::Module;

#[derive(Module)]
struct Model {
    #[module(skip = None?)]
    name: String,
}

fn main() {}
