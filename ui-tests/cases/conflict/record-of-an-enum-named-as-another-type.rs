use vellum::Module;
use vellum::nn::Relu;

struct ModelRecord;

#[derive(Module)]
enum Model {
    A(Relu),
}

fn main() {}
