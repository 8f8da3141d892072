use vellum::Module;

trait Activate {}

#[derive(Module)]
struct Model {
    activation: Box<dyn Activate>,
    rate: f64,
}

fn main() {}
