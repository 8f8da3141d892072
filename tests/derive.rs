//! `#[derive(Module)]` and `#[derive(Record)]` in action.

mod macros;
mod nearly_refused;
mod own_traits;
mod parameters;
mod records;
mod shapes;
mod stateless;
mod ties;

use ndarray::{Array1, Array2, array};
use vellum::record::{Allowed, Binder, FileData, FileTensor, Item, Loaded, MatrixLayout, Record};
use vellum::{Device, LoadError, LoadReport, Module, Param, TensorData};

/// A layer with parameters and nothing else.
#[derive(Module)]
pub(crate) struct Linear {
    weight: Param<Array2<f32>>,
    bias: Option<Param<Array1<f32>>>,
}

impl Linear {
    fn new(x: f32) -> Self {
        Self { weight: Param::new(array![[x, x]]), bias: Some(Param::new(array![x])) }
    }
}

fn paths(module: &impl Module) -> Vec<String> {
    module.state_dict().unwrap().iter().map(|(path, _)| path.to_string()).collect()
}

/// What a file would hold of one parameter.
fn tensor(values: &[f32], shape: &[usize]) -> Item {
    let data = TensorData::from_vec(values.to_vec(), shape).unwrap();
    FileTensor { id: None, tie: None, layout: MatrixLayout::Rows, data: FileData::Typed(data) }.into()
}

fn map<const N: usize>(fields: [(&str, Item); N]) -> Item {
    Item::Map(fields.map(|(name, item)| (name.to_string(), item)).into())
}

fn linear(x: f32) -> Item {
    map([("weight", tensor(&[x, x], &[1, 2])), ("bias", tensor(&[x], &[1]))])
}

fn bind<R: Record>(item: Item) -> Result<(R, LoadReport), LoadError> {
    let loaded = Loaded { item, ours: true, ..Loaded::default() };
    Binder::bind(loaded, Device::default(), &Allowed::default())
}

/// The differences of a load that fails, each as a line.
fn lines<T>(failed: Result<T, LoadError>) -> Vec<String> {
    let error = failed.err().expect("the load fails");
    error.differences().iter().map(ToString::to_string).collect()
}
