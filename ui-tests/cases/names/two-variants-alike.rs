use vellum::Module;

#[derive(Module)]
enum Model {
    A,
    #[module(rename = "A")]
    B,
}

fn main() {}
