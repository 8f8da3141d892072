//! `#[derive(Module)]` and `#[derive(Record)]` in action.

use ndarray::{Array1, Array2, array};
use vellum::record::Constant;
use vellum::{Module, Param};

#[derive(Module)]
struct Linear {
    weight: Param<Array2<f32>>,
    bias: Option<Param<Array1<f32>>>,
}

impl Linear {
    fn new(x: f32) -> Self {
        Self { weight: Param::new(array![[x, x]]), bias: Some(Param::new(array![x])) }
    }
}

#[derive(Module)]
struct Model {
    first: Linear,
    rest: Vec<Linear>,
    mix: Mix,
    #[module(skip)]
    cache: Vec<f32>,
    #[module(constant)]
    rate: f64,
}

#[derive(Module)]
enum Mix {
    Empty,
    One(Linear),
    Two(Linear, Param<Array1<f32>>),
    Named {
        left: Box<Mix>,
        #[module(constant)]
        n: usize,
    },
}

fn model(x: f32, mix: Mix) -> Model {
    Model { first: Linear::new(x), rest: vec![Linear::new(x)], mix, cache: vec![x], rate: 0.5 }
}

fn paths(module: &impl Module) -> Vec<String> {
    module.state_dict().unwrap().iter().map(|(path, _)| path.to_string()).collect()
}

#[test]
fn a_record_gives_the_module_back() {
    let named = Mix::Named { left: Box::new(Mix::Two(Linear::new(4.0), Param::new(array![5.0]))), n: 3 };
    for mix in [Mix::Empty, Mix::One(Linear::new(2.0)), named] {
        let first = model(1.0, mix);
        let record = first.record();
        assert_eq!(record.rate, Constant(Some(0.5)));
        let second = Model::init_with(record.clone());
        assert!(second.cache.is_empty());
        assert_eq!(first.state_dict().unwrap(), second.state_dict().unwrap());
        let third = model(9.0, second.mix);
        let third = third.load_record(record);
        assert_eq!(first.state_dict().unwrap(), third.state_dict().unwrap());
        assert_eq!(third.cache, [9.0]);
    }
}

#[test]
fn paths_are_dotted_and_name_variants() {
    let named = Mix::Named { left: Box::new(Mix::Two(Linear::new(4.0), Param::new(array![5.0]))), n: 3 };
    let model = model(1.0, named);
    assert_eq!(
        paths(&model),
        [
            "first.weight",
            "first.bias",
            "rest.0.weight",
            "rest.0.bias",
            "mix.Named.left.Two.0.weight",
            "mix.Named.left.Two.0.bias",
            "mix.Named.left.Two.1",
        ]
    );
}
