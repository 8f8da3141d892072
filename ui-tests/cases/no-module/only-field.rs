use vellum::Module;

#[derive(Module)]
struct Model {
    rate: f64,
}

fn main() {}
