//! Structs and enums of every shape: there and back, in place, by path.

use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;

use ndarray::{Array, Array1, Dimension, Ix2, array};
use vellum::backend::{Backend, NdArray, Tensor};
use vellum::module::{Owner, OwnerKind};
use vellum::record::{Constant, Item, LayerKind, LeafRef, Record as _, Skipped};
use vellum::recorder::{BinBytesRecorder, FullPrecisionSettings, Recorder as _};
use vellum::{Buffer, Device, Leaf, Module, ModuleVisitor, Param, TensorPath, Value};

use super::{Linear, bind, linear, lines, map, paths, tensor};

#[derive(Module)]
struct Model {
    first: Linear,
    rest: Vec<Linear>,
    mix: Mix,
    #[module(skip)]
    cache: Vec<f32>,
    #[module(skip = "made anew".into())]
    note: String,
    #[module(constant)]
    rate: f64,
    #[module(constant, default = 3)]
    depth: usize,
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

fn named() -> Mix {
    Mix::Named { left: Box::new(Mix::Two(Linear::new(4.0), Param::new(array![5.0]))), n: 3 }
}

fn model(x: f32, mix: Mix) -> Model {
    let rest = vec![Linear::new(x)];
    Model { first: Linear::new(x), rest, mix, cache: vec![x], note: "own".into(), rate: 0.5, depth: 7 }
}

#[test]
fn a_record_gives_the_module_back_and_skipped_fields_are_made_anew() {
    for mix in [Mix::Empty, Mix::One(Linear::new(2.0)), named()] {
        let first = model(1.0, mix);
        let record = first.record();
        assert_eq!((record.rate, record.depth, record.cache), (Constant(Some(0.5)), Constant(Some(7)), Skipped));
        let second = Model::init_with(record.clone());
        assert_eq!((second.rate, second.depth), (0.5, 7));
        assert!(second.cache.is_empty() && second.note == "made anew");
        assert_eq!(first.state_dict().unwrap(), second.state_dict().unwrap());
        let third = model(9.0, second.mix).load_record(record);
        assert_eq!(first.state_dict().unwrap(), third.state_dict().unwrap());
        assert_eq!((third.cache[..].to_vec(), third.note.as_str()), (vec![9.0], "own"));
        let state = first.state_dict().unwrap();
        assert_eq!(Model::init_with(first.into_record()).state_dict().unwrap(), state);
    }
}

#[test]
fn paths_are_dotted_and_name_variants() {
    let expected = [
        "first.weight",
        "first.bias",
        "rest.0.weight",
        "rest.0.bias",
        "mix.Named.left.Two.0.weight",
        "mix.Named.left.Two.0.bias",
        "mix.Named.left.Two.1",
    ];
    assert_eq!(paths(&model(1.0, named())), expected);
}

#[test]
fn a_load_that_fails_lists_every_difference_and_changes_nothing() {
    let mut own = model(1.0, Mix::One(Linear::new(1.0)));
    let before = own.state_dict().unwrap();
    let mut other = model(2.0, named());
    other.first.weight = Param::new(array![[1.0], [2.0]]);
    other.first.bias = None;
    other.rest.push(Linear::new(3.0));
    other.rate = 0.25;
    assert_eq!(
        lines(own.try_load_record(other.into_record())),
        [
            "`first.weight` has shape [1, 2] in the module and [2, 1] in the file",
            "`first.bias` is present in the module and absent in the file",
            "`rest` has 1 items in the module and 2 in the file",
            "`mix` is the variant One in the module and `Named` in the file",
            "`rate` is 0.5 in the module and 0.25 in the file",
        ]
    );
    assert_eq!(own.state_dict().unwrap(), before);
}

#[test]
fn a_bind_that_fails_lists_every_difference() {
    let item = map([
        ("first", map([("weigth", tensor(&[1.0], &[1])), ("bias", tensor(&[1.0], &[1]))])),
        ("rest", tensor(&[1.0], &[1])),
        ("mix", map([("Three", linear(1.0))])),
        ("rate", tensor(&[1.0], &[1])),
        ("more", linear(1.0)),
    ]);
    assert_eq!(
        lines(bind::<ModelRecord>(item)),
        [
            "`first.weight` is missing in the file; is it `weigth`?",
            "`first.weigth` is in the file and not in the module; is it `weight`?",
            "`rest` is a list in the module and a tensor in the file",
            "`mix` is the variant Empty or One or Two or Named in the module and `Three` in the file",
            "`rate` is a constant in the module and a tensor in the file",
            "`more` is in the file and not in the module",
        ]
    );
}

#[test]
fn a_constant_without_a_value_takes_its_default_or_is_an_error_by_path() {
    let left = || ("left", map([("Empty", Item::Nil)]));
    let (record, _) = bind::<MixRecord>(map([("Named", map([left()]))])).unwrap();
    let failed = lines(Mix::try_init_with(record).map(drop));
    assert!(failed.len() == 1 && failed[0].starts_with("`Named.n` is a constant that the file has no value for"));
    let (record, _) = bind::<MixRecord>(map([("Named", map([left(), ("n", Item::Value(Value::Int(4)))]))])).unwrap();
    assert!(matches!(Mix::init_with(record), Mix::Named { n: 4, .. }));
    let mut record = model(1.0, Mix::Empty).into_record();
    record.depth = Constant(None);
    assert_eq!(Model::init_with(record).depth, 3);
}

#[test]
fn the_schema_says_what_the_item_is() {
    use vellum::record::Schema;
    let Schema::Enum { variants, .. } = MixRecord::schema() else { panic!("an enum") };
    let contents: Vec<(&str, Schema)> = variants.into_iter().map(|(name, schema)| (name, schema())).collect();
    assert!(matches!(contents[0], ("Empty", Schema::Nil)));
    assert!(matches!(&contents[1], ("One", Schema::Struct { type_name, .. }) if type_name.ends_with("LinearRecord")));
    let Schema::Struct { fields, type_name } = &contents[3].1 else { panic!("named fields") };
    assert_eq!(fields.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["left", "n"]);
    assert_ne!(type_name, &std::any::type_name::<MixRecord>());
}

/// Older names, an older layout, a name that Rust has no word for.
#[derive(Module)]
#[module(record = "Grown", layer = Linear)]
struct Grew {
    #[module(rename = "w", alias = "weight", alias = "kernel")]
    weights: Param<Array1<f32>>,
    #[module(default = Param::new(array![8.0]))]
    added: Param<Array1<f32>>,
    r#type: Param<Array1<f32>>,
}

#[test]
fn older_files_load_under_older_names_and_with_defaults() {
    let older = map([("kernel", tensor(&[1.0], &[1])), ("type", tensor(&[2.0], &[1]))]);
    let (record, report) = bind::<Grown>(older).unwrap();
    assert_eq!(report.aliased, [(TensorPath::from("w"), "kernel".to_string())]);
    assert_eq!(report.missing, [TensorPath::from("added")]);
    let grew = Grew::init_with(record);
    assert_eq!((grew.weights.val(), grew.added.val(), grew.r#type.val()), (array![1.0], array![8.0], array![2.0]));
    assert_eq!(paths(&grew), ["w", "added", "type"]);
}

/// Nothing here is called what it looks like.
#[derive(Module)]
struct Names {
    record: Param<Array1<f32>>,
    device: Param<Array1<f32>>,
    visitor: Param<Array1<f32>>,
    self_: Param<Array1<f32>>,
    builder: Param<Array1<f32>>,
    binder: Hijacked,
}

/// A field type whose own methods have the names of the trait's.
#[derive(Module)]
struct Hijacked(Param<Array1<f32>>);

#[expect(dead_code, clippy::unused_self, reason = "they are there to be overlooked")]
impl Hijacked {
    fn record(&self) -> u8 {
        1
    }

    fn tree(&self) -> u8 {
        1
    }

    fn into_record(self) -> u8 {
        1
    }

    fn init_with(_: u8) -> u8 {
        1
    }
}

#[test]
fn fields_and_methods_may_have_any_name() {
    let one = || Param::new(array![1.0]);
    let names =
        Names { record: one(), device: one(), visitor: one(), self_: one(), builder: one(), binder: Hijacked(one()) };
    let copy = Names::init_with(names.record());
    assert_eq!(paths(&copy), ["record", "device", "visitor", "self_", "builder", "binder.0"]);
}

/// A type of the user's own that is called as one of Vellum's.
mod own {
    use super::*;

    #[derive(Module)]
    pub struct Buffer<B: Backend> {
        pub tensor: Param<Tensor<B, 1>>,
    }

    #[derive(Module)]
    pub struct Outer<B>
    where
        B: Backend,
    {
        pub inner: Buffer<B>,
    }
}

#[derive(Module)]
struct Holder<B: Backend> {
    own: own::Outer<B>,
}

#[test]
fn a_backend_in_a_type_called_as_a_buffer_is_no_tensor() {
    let tensor = Param::new(Tensor::full([2], 1.0, Device::default()));
    let holder: Holder<NdArray> = Holder { own: own::Outer { inner: own::Buffer { tensor } } };
    let record: HolderRecord<NdArray> = holder.record();
    assert_eq!(paths(&Holder::init_with(record)), ["own.inner.tensor"]);
}

/// Generics of every kind; `Unused` is in no slot.
#[derive(Module)]
struct Generic<B, M, T = Array1<f32>, Unused = u8, const N: usize = 2>
where
    B: Backend,
{
    inner: M,
    list: Vec<Option<M>>,
    leaf: Param<T>,
    array: [Param<Tensor<B, 1>>; N],
    #[module(skip)]
    skipped: PhantomData<Unused>,
    by_name: BTreeMap<String, M>,
    by_hash: HashMap<String, Buffer<T>>,
    pair: (M, Box<M>),
}

fn generic<M: Module, T: Leaf>(module: impl Fn() -> M, leaf: &T) -> Generic<NdArray, M, T> {
    Generic {
        inner: module(),
        list: vec![None, Some(module())],
        leaf: Param::new(leaf.clone()),
        array: [1.0, 2.0].map(|x| Param::new(Tensor::full([2], x, Device::default()))),
        skipped: PhantomData,
        by_name: [("b".to_string(), module()), ("a".to_string(), module())].into(),
        by_hash: [("only".to_string(), Buffer::new(leaf.clone()))].into(),
        pair: (module(), Box::new(module())),
    }
}

#[test]
fn generics_are_the_structs_own() {
    let first = generic(|| Hijacked(Param::new(array![1.0])), &array![3.0]);
    let record: GenericRecord<NdArray, Hijacked, Array1<f32>> = first.record();
    let second = Generic::init_with(record.clone());
    assert_eq!(first.state_dict().unwrap(), second.state_dict().unwrap());
    let expected = [
        "inner.0",
        "list.1.0",
        "leaf",
        "array.0",
        "array.1",
        "by_name.a.0",
        "by_name.b.0",
        "by_hash.only",
        "pair.0.0",
        "pair.1.0",
    ];
    assert_eq!(paths(&second), expected);
    assert!(format!("{record:?}").contains("by_hash"));
}

/// A dimension can be kept for ever, which `ndarray` does not say of it.
#[derive(Module)]
struct OfAnyDimension<D: Dimension> {
    weight: Param<Array<f32, D>>,
}

#[test]
fn the_dimension_of_an_array_may_be_a_parameter() {
    let module = OfAnyDimension { weight: Param::new(array![[1.0], [2.0]]) };
    let record: OfAnyDimensionRecord<Ix2> = module.record();
    assert_eq!(*OfAnyDimension::init_with(record).weight, *module.weight);
}

/// Markers, of which nothing is asked.
#[derive(Module)]
struct Marked<T> {
    weight: Param<f32>,
    marker: PhantomData<T>,
}

#[derive(Module)]
#[module(bound = "")]
struct CalledAsABackend<B> {
    inner: Marked<B>,
    next: Option<Box<CalledAsABackend<B>>>,
}

#[test]
fn a_marker_that_is_called_as_a_backend_needs_no_bound() {
    let module = CalledAsABackend { inner: Marked { weight: Param::new(1.0), marker: PhantomData::<u8> }, next: None };
    assert_eq!(paths(&module), ["inner.weight"]);
}

/// Direct and mutual recursion.
#[derive(Module)]
struct Tree<B: Backend> {
    own: Param<Tensor<B, 1>>,
    children: Vec<Tree<B>>,
    branch: Option<Box<Branch<B>>>,
}

#[derive(Module)]
struct Branch<B: Backend> {
    trees: [Tree<B>; 1],
    next: Option<Box<Self>>,
}

#[test]
fn recursive_types_are_modules() {
    let own = || Param::new(Tensor::<NdArray, 1>::full([1], 1.0, Device::default()));
    let leaf = || Tree { own: own(), children: Vec::new(), branch: None };
    let branch = Branch { trees: [leaf()], next: Some(Box::new(Branch { trees: [leaf()], next: None })) };
    let tree = Tree { own: own(), children: vec![leaf()], branch: Some(Box::new(branch)) };
    let copy = Tree::init_with(tree.record());
    assert_eq!(paths(&copy), ["own", "children.0.own", "branch.trees.0.own", "branch.next.trees.0.own"]);
}

struct Trace(Vec<String>);

impl ModuleVisitor for Trace {
    fn visit(&mut self, path: &TensorPath, _leaf: &LeafRef<'_>, owners: &[Owner]) {
        let owners: Vec<String> = owners.iter().map(|owner| format!("{:?} {}", owner.kind, owner.name)).collect();
        self.0.push(format!("{path}: {}", owners.join(", ")));
    }
}

struct Layers(Vec<LayerKind>);

impl ModuleVisitor for Layers {
    fn visit(&mut self, _path: &TensorPath, _leaf: &LeafRef<'_>, owners: &[Owner]) {
        self.0.extend(owners.iter().filter(|owner| owner.kind == OwnerKind::Struct).map(|owner| owner.layer));
    }
}

#[test]
fn a_visit_knows_what_a_tensor_is_in() {
    let mut trace = Trace(Vec::new());
    Mix::Two(Linear::new(1.0), Param::new(array![1.0])).visit(&mut trace);
    assert_eq!(trace.0[0], "Two.0.weight: Enum Mix, Struct Two, Struct Linear");
    assert_eq!(trace.0[2], "Two.1: Enum Mix, Struct Two");
    let mut layers = Layers(Vec::new());
    let one = || Param::new(array![1.0]);
    Grew { weights: one(), added: one(), r#type: one() }.visit(&mut layers);
    assert_eq!(layers.0, [LayerKind::Linear; 3]);
}

/// Modules with names of what is none.
mod named {
    use super::{Linear, Module};

    #[derive(Module)]
    pub(super) struct String {
        pub(super) layer: Linear,
    }

    #[derive(Module)]
    pub(super) struct Tensor<T: Module>(pub(super) T);

    #[derive(Module)]
    pub(super) struct Named {
        pub(super) text: String,
        pub(super) tensor: Tensor<Option<String>>,
        pub(super) list: Vec<String>,
    }
}

#[test]
fn a_module_may_have_the_name_of_what_is_none() {
    let text = || named::String { layer: Linear::new(1.0) };
    let module = named::Named { text: text(), tensor: named::Tensor(Some(text())), list: vec![text()] };
    let again = named::Named::init_with(module.record());
    assert_eq!(paths(&again), paths(&module));
    assert_eq!(paths(&again)[2], "tensor.0.layer.weight");
}

/// Two types of a function can have one name: what std gives of them is the same.
#[test]
fn types_of_one_name_are_told_apart() {
    #[derive(Module)]
    struct Pair<X: Module, Y: Module> {
        x: X,
        y: Y,
    }
    fn there_and_back<X: Module, Y: Module>(x: X, y: Y) {
        let pair = Pair { x, y };
        let recorder = BinBytesRecorder::<FullPrecisionSettings>::new();
        let bytes = recorder.record(pair.record(), ()).unwrap();
        let loaded = Pair::<X, Y>::init_with(recorder.load(bytes, Device::default()).unwrap());
        assert_eq!(loaded.state_dict().unwrap(), pair.state_dict().unwrap());
    }
    let param = |x: f32| Param::new(array![x]);
    let first = {
        #[derive(Module)]
        struct Layer {
            w: Param<Array1<f32>>,
            b: Param<Array1<f32>>,
        }
        || Layer { w: param(1.0), b: param(2.0) }
    };
    let turned = {
        #[derive(Module)]
        struct Layer {
            b: Param<Array1<f32>>,
            w: Param<Array1<f32>>,
        }
        || Layer { b: param(3.0), w: param(4.0) }
    };
    let longer = {
        #[derive(Module)]
        struct Layer {
            w: Param<Array1<f32>>,
            b: Param<Array1<f32>>,
            next: Vec<Layer>,
        }
        || Layer { w: param(5.0), b: param(6.0), next: vec![Layer { w: param(7.0), b: param(8.0), next: Vec::new() }] }
    };
    there_and_back(first(), turned());
    there_and_back(turned(), first());
    there_and_back(longer(), first());
    there_and_back(first(), (turned(), longer()));
}
