use vellum::Module;

#[derive(Module)]
struct Model {
    weight: Param<f32>,
    list: Vec<Param<f32>>,
}

fn main() {}
