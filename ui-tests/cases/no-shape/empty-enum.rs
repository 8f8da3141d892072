use vellum::Module;

#[derive(Module)]
enum Model {}

fn main() {}
