use std::collections::HashMap;

use vellum::backend::{Backend, NdArray, Tensor};
use vellum::{Module, Param};

struct Options;

struct Layer<B: Backend>(Param<Tensor<B, 2>>);

struct Sized<const N: usize>;

struct With<T>(T);

trait Kind {}

struct Plain;

impl Kind for Plain {}

struct Of<K: Kind>(K);

#[derive(Module)]
struct Block<B: Backend> {
    options: Options,
    layer: Layer<B>,
    layers: Vec<Layer<B>>,
    by_number: HashMap<u32, Param<f32>>,
    sized: [Sized<3>; 2],
}

#[derive(Module)]
struct Generic<M: Module, T: Copy, K: Kind = Plain, const N: usize = 3> {
    inner: M,
    of_module: Option<With<M>>,
    of_number: With<T>,
    of_kind: Box<Of<K>>,
    of_length: Sized<N>,
}

#[derive(Module)]
enum Mix<B: Backend> {
    Block(Block<B>),
    Both { blocks: Vec<Block<B>>, options: Options },
}

#[derive(Module)]
struct Model<B: Backend> {
    mix: Mix<B>,
    list: Vec<Option<Mix<B>>>,
    generic: Generic<Param<f32>, u8>,
}

fn again<B: Backend>(model: &Model<B>) -> ModelRecord<B> {
    let record = model.record();
    Model::<B>::init_with(record.clone()).load_record(record).into_record()
}

fn blocks(block: BlockRecord<NdArray>) -> Vec<BlockRecord<NdArray>> {
    let model = Block::<NdArray>::init_with(block);
    vec![model.record(), model.into_record()]
}

fn main() {}
