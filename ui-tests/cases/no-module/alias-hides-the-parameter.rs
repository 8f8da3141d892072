use vellum::backend::{Backend, NdArray};
use vellum::Module;

struct Foo<B: Backend>(B);
type Hidden = Foo<NdArray<f32>>;

#[derive(Module)]
struct Model {
    foo: Hidden,
    done: Option<std::marker::PhantomData<u8>>,
}

fn main() {}
