use std::collections::HashMap;
use std::rc::Rc;

use vellum::{Module, Param};

trait Act {
    type Out;
}

struct Layer<A: Act>(A);

#[derive(Module)]
struct Block<A: Act> {
    weight: Param<f32>,
    layer: Layer<A>,
}

#[derive(Module)]
struct Several<A: Act, B> {
    layers: Vec<(Layer<A>, Param<f32>)>,
    out: A::Out,
    shared: Option<Rc<A::Out>>,
    map: HashMap<A, Param<f32>>,
    name: String,
    block: Block<A>,
    #[module(skip = None)]
    other: Option<B>,
}

#[derive(Module)]
struct Dependent<A: Into<B>, B>(Layer2<A>, Layer2<B>);

struct Layer2<T>(T);

#[derive(Module)]
enum Kind<I: Iterator> {
    One { items: Vec<I::Item> },
    None,
}

fn main() {}
