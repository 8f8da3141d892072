use vellum::Module;

#[derive(Module)]
#[module(layer = Linear)]
enum Model {
    A,
}

fn main() {}
