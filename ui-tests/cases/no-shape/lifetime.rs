use vellum::Module;

#[derive(Module)]
struct Model<'a> {
    #[module(skip)]
    name: &'a str,
}

fn main() {}
