use vellum::Module;

#[derive(Module)]
struct Model {
    #[module(constant, default = "half")]
    rate: f64,
}

fn main() {}
