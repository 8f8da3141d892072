//! Fields whose types have parameters of which only the user's own traits say something.

use std::marker::PhantomData;

use vellum::recorder::{BinBytesRecorder, FullPrecisionSettings, Recorder};
use vellum::{Module, Param};

use super::Linear;

/// What a layer does to its input. It says nothing of modules.
pub trait Act: 'static {
    const SLOPE: f32;
    type Other: Act;
}

pub struct Leaky;

pub struct Steep;

impl Act for Leaky {
    type Other = Steep;
    const SLOPE: f32 = 0.1;
}

impl Act for Steep {
    type Other = Leaky;
    const SLOPE: f32 = 2.0;
}

#[derive(Module)]
pub struct Layer<A: Act, const N: usize = 1> {
    pub linear: Linear,
    weights: [Param<f32>; N],
    act: PhantomData<(A, &'static str)>,
}

impl<A: Act, const N: usize> Layer<A, N> {
    fn new(value: f32) -> Self {
        Self { linear: Linear::new(value), weights: [(); N].map(|()| Param::new(A::SLOPE)), act: PhantomData }
    }
}

/// A type of one's own that holds modules, and a name for one that holds the type itself: neither is seen in the fields' types.
#[derive(Module)]
struct Chain<M>(Vec<M>);

type Link<A> = Option<Box<Node<A>>>;

/// What is private may be in what is not.
#[derive(Module)]
pub struct Node<A: Act>
where
    A::Other: Act,
{
    layer: Layer<A>,
    other: (Layer<A::Other, 2>, Vec<Option<Layer<A>>>),
    next: Link<A>,
    tree: Chain<Tree<A>>,
    #[module(constant)]
    slope: f32,
    #[module(default = Layer::new(7.0), alias = "older")]
    r#final: Layer<A>,
}

#[derive(Module)]
enum Tree<A: Act> {
    Leaf(Layer<A>),
    Branch { left: Box<Tree<A>>, right: Chain<Node<A>>, weight: Param<f32> },
    Pair(Layer<A>, Layer<A::Other>),
    End,
}

/// Every number, by its path.
fn values(module: &impl Module) -> Vec<(String, Vec<f32>)> {
    let all = module.state_dict().unwrap();
    all.iter().map(|(path, tensor)| (path.to_string(), tensor.to_vec().unwrap())).collect()
}

fn node<A: Act>(next: Link<A>) -> Node<A> {
    let leaf = || Tree::Leaf(Layer::new(5.0));
    Node {
        layer: Layer::new(1.0),
        other: (Layer::new(2.0), vec![None, Some(Layer::new(3.0))]),
        next,
        tree: Chain(vec![
            leaf(),
            Tree::Branch { left: Box::new(leaf()), right: Chain(Vec::new()), weight: Param::new(6.0) },
            Tree::Pair(Layer::new(8.0), Layer::new(9.0)),
            Tree::End,
        ]),
        slope: A::SLOPE,
        r#final: Layer::new(4.0),
    }
}

/// Of a parameter, a record's fields are what they are.
fn first_layer<A: Act>(node: Node<A>) -> LayerRecord<A> {
    let NodeRecord { layer, other: (_, others), .. } = node.into_record();
    others.into_iter().flatten().next().unwrap_or(layer)
}

#[test]
fn a_bound_of_ones_own_says_nothing_and_refuses_nothing() {
    let model = node::<Leaky>(Some(Box::new(node(None))));
    let recorder = BinBytesRecorder::<FullPrecisionSettings>::default();
    let bytes = recorder.record(model.record(), ()).unwrap();
    let record: NodeRecord<Leaky> = recorder.load(bytes.clone(), vellum::Device::default()).unwrap();
    let by_value = Node::<Leaky>::init_with(record.clone());
    let mut in_place = node::<Leaky>(Some(Box::new(node(None))));
    in_place.layer.linear = Linear::new(-1.0);
    let in_place = in_place.load_record(record.clone());
    for again in [by_value, in_place] {
        assert_eq!(values(&again), values(&model));
        assert_eq!(recorder.record(again.into_record(), ()).unwrap(), bytes);
    }
    let layer: Layer<Leaky> = Layer::init_with(first_layer(Node::<Leaky>::init_with(record)));
    assert_eq!(values(&layer), values(&Layer::<Leaky>::new(3.0)));
}

#[test]
fn what_a_file_lacks_is_made_of_the_default() {
    #[derive(Module)]
    #[module(record = "OlderRecord")]
    struct Older<A: Act> {
        layer: Layer<A>,
    }

    #[derive(Module)]
    struct Newer<A: Act> {
        layer: Layer<A>,
        #[module(default = Layer::new(7.0))]
        added: Layer<A>,
        #[module(default)]
        maybe: Option<Layer<A>>,
    }

    let recorder = vellum::recorder::NamedMpkBytesRecorder::<FullPrecisionSettings>::default();
    let bytes = recorder.record(Older::<Steep> { layer: Layer::new(1.0) }.into_record(), ()).unwrap();
    let newer = Newer::<Steep>::init_with(recorder.load(bytes, vellum::Device::default()).unwrap());
    assert_eq!(values(&newer.layer), values(&Layer::<Steep>::new(1.0)));
    assert_eq!(values(&newer.added), values(&Layer::<Steep>::new(7.0)));
    assert!(newer.maybe.is_none());
}
