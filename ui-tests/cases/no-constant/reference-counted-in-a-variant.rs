use std::rc::Rc;
use vellum::{Module, Param};

#[derive(Module)]
enum Model {
    Named(#[module(constant)] Rc<u8>),
    Weight(Param<f32>),
}

fn main() {}
