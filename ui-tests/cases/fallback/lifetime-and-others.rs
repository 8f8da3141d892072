use vellum::Module;

#[derive(Module)]
struct Layer<'a> {
    #[module(skip, default)]
    name: &'a str,
    #[module(constant)]
    rate: f64,
    width: u32,
}

fn main() {}
