use vellum::Module;

#[derive(Module)]
struct Layer<'a> {
    #[module(skip)]
    name: &'a str,
}

fn count(layer: &Layer<'_>) -> usize {
    layer.num_params()
}

fn main() {
    let _ = count;
}
