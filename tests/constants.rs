//! What files of ours hold beside the tensors: constants, ties and the schema, by which a model's code can change and its files stay.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use ndarray::{Array1, array};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use vellum::nn::pool::{AvgPool2d, MaxPool2d, MaxPool2dConfig};
use vellum::nn::{Dropout, DropoutConfig, Gelu, LeakyRelu, LeakyReluConfig, Relu, Softmax};
use vellum::prelude::*;
use vellum::record::Constant;
use vellum::recorder::{
    BinBytesRecorder, BinFileRecorder, BinGzFileRecorder, FullPrecisionSettings, JsonGzFileRecorder,
    NamedMpkBytesRecorder, NamedMpkFileRecorder, NamedMpkGzFileRecorder, PrettyJsonFileRecorder,
};
use vellum::{Device, LoadReport, TensorPath};
use vellum_tests::fixture;

type Full = FullPrecisionSettings;
type Vector = Param<Array1<f32>>;

/// Runs a generic check with each file recorder.
macro_rules! with_file_recorders {
    ($check:ident) => {
        $check(NamedMpkFileRecorder::<Full>::new());
        $check(NamedMpkGzFileRecorder::<Full>::new());
        $check(BinFileRecorder::<Full>::new());
        $check(BinGzFileRecorder::<Full>::new());
        $check(PrettyJsonFileRecorder::<Full>::new());
        $check(JsonGzFileRecorder::<Full>::new());
    };
}

/// A file in a folder that is there as long as it is.
struct Saved(PathBuf, #[expect(dead_code, reason = "it is deleted when it is dropped")] TempDir);

fn save<M: Module, R: FileRecorder>(module: &M, recorder: &R) -> Saved {
    let folder = tempfile::tempdir().unwrap();
    module.save_file(folder.path().join("model"), recorder).unwrap();
    Saved(folder.path().join(format!("model.{}", R::file_extension())), folder)
}

fn load<M: Module, R: FileRecorder>(path: &Path, recorder: &R) -> vellum::Result<(M, LoadReport)> {
    let (record, report) = recorder.load_with_report::<M::Record>(path.to_path_buf(), Device::default())?;
    Ok((M::try_init_with(record)?, report))
}

fn vector(x: f32) -> Vector {
    Param::new(array![x, -x])
}

fn paths(list: &[TensorPath]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

// Constants.

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Padding {
    Valid,
    Same { value: f64, axes: Vec<(usize, i8)> },
    Explicit(u64),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Hyper {
    rate: f32,
    name: Option<String>,
    table: BTreeMap<String, [i16; 2]>,
    padding: Vec<Padding>,
}

#[derive(Module, Debug)]
struct Inner {
    weight: Vector,
    #[module(constant)]
    n: u64,
}

#[derive(Module, Debug)]
enum Choice {
    Plain(Inner),
    Scaled {
        #[module(constant)]
        by: f64,
        inner: Box<Inner>,
    },
}

/// A layer without parameters: its variant and its numbers are constants.
#[derive(Module, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[module(stateless)]
enum Activation {
    Relu,
    Leaky {
        #[module(constant)]
        slope: f64,
    },
    Power(#[module(constant)] i32),
}

#[derive(Module, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[module(stateless)]
struct Pool {
    #[module(constant)]
    kernel: [usize; 2],
    activation: Activation,
}

#[derive(Module, Debug)]
struct Constants {
    #[module(constant)]
    nan: f64,
    #[module(constant)]
    floats: (f64, f64, f64, f32),
    #[module(constant)]
    large: (u64, i64, u8),
    #[module(constant)]
    hyper: Hyper,
    inner: Vec<Inner>,
    choices: BTreeMap<String, Choice>,
    absent: Option<Inner>,
    activations: [Activation; 3],
    pool: Pool,
    #[module(constant, rename = "text with spaces")]
    text: String,
    #[module(skip)]
    cache: Vec<u8>,
}

const NAN: u64 = 0xfff8_0000_0000_1234;

fn hyper() -> Hyper {
    Hyper {
        rate: 0.1,
        name: Some("a \"quoted\"\n\u{1F980} name".into()),
        table: [("b".into(), [-1, 2]), ("a".into(), [i16::MIN, i16::MAX])].into(),
        padding: vec![
            Padding::Valid,
            Padding::Same { value: f64::NEG_INFINITY, axes: vec![(0, -1), (usize::MAX, 1)] },
            Padding::Explicit(u64::MAX),
        ],
    }
}

fn constants() -> Constants {
    Constants {
        nan: f64::from_bits(NAN),
        floats: (f64::INFINITY, -0.0, 5e-324, f32::NEG_INFINITY),
        large: (u64::MAX, i64::MIN, 255),
        hyper: hyper(),
        inner: vec![Inner { weight: vector(1.0), n: 1 }, Inner { weight: vector(2.0), n: 2 }],
        choices: [
            ("first".into(), Choice::Plain(Inner { weight: vector(3.0), n: 3 })),
            ("second".into(), Choice::Scaled { by: 0.25, inner: Box::new(Inner { weight: vector(4.0), n: 4 }) }),
        ]
        .into(),
        absent: None,
        activations: [Activation::Relu, Activation::Leaky { slope: 0.01 }, Activation::Power(-3)],
        pool: Pool { kernel: [2, 3], activation: Activation::Leaky { slope: 0.5 } },
        text: "x".into(),
        cache: vec![1],
    }
}

fn has_all_constants(loaded: &Constants) {
    assert_eq!(loaded.nan.to_bits(), NAN);
    assert_eq!(loaded.floats, (f64::INFINITY, 0.0, 5e-324, f32::NEG_INFINITY));
    assert!(loaded.floats.1.is_sign_negative());
    assert_eq!(loaded.large, (u64::MAX, i64::MIN, 255));
    assert_eq!(loaded.hyper, hyper());
    assert_eq!(loaded.inner.iter().map(|inner| inner.n).collect::<Vec<_>>(), [1, 2]);
    assert!(matches!(&loaded.choices["first"], Choice::Plain(inner) if inner.n == 3));
    assert!(matches!(&loaded.choices["second"], Choice::Scaled { by: 0.25, inner } if inner.n == 4));
    assert_eq!(loaded.activations, constants().activations);
    assert_eq!(loaded.pool, constants().pool);
    assert_eq!(loaded.text, "x");
    assert!(loaded.cache.is_empty(), "what is skipped is made anew");
}

#[test]
fn constants_of_every_form_come_back_from_every_recorder() {
    fn check<R: FileRecorder>(recorder: R) {
        let saved = save(&constants(), &recorder);
        let (mut loaded, report) = load::<Constants, R>(&saved.0, &recorder).unwrap();
        has_all_constants(&loaded);
        assert_eq!(report.loaded.len(), 4);
        // And in place, where they are compared: also a NaN is what it was.
        loaded.load_file_into(&saved.0, &recorder, Device::default()).unwrap();
    }
    with_file_recorders!(check);
    let bytes = BinBytesRecorder::<Full>::new().record(constants().into_record(), ()).unwrap();
    has_all_constants(&Constants::init_with(BinBytesRecorder::<Full>::new().load(bytes, Device::default()).unwrap()));
    let bytes = NamedMpkBytesRecorder::<Full>::new().record(constants().into_record(), ()).unwrap();
    has_all_constants(&Constants::init_with(
        NamedMpkBytesRecorder::<Full>::new().load(bytes, Device::default()).unwrap(),
    ));
}

#[test]
fn constants_that_differ_are_errors_in_place_each_by_its_path_and_nothing_changes() {
    fn check<R: FileRecorder>(recorder: R) {
        let saved = save(&constants(), &recorder);
        let mut other = constants();
        other.nan = f64::NAN;
        other.hyper.rate = 0.2;
        other.inner[1].n = 7;
        other.choices.insert("first".into(), Choice::Plain(Inner { weight: vector(9.0), n: 8 }));
        other.activations[0] = Activation::Power(1);
        other.pool.activation = Activation::Leaky { slope: 0.75 };
        let error = other.load_file_into(&saved.0, &recorder, Device::default()).unwrap_err();
        let vellum::ErrorKind::Mismatch(error) = error.kind() else { panic!("{error}") };
        let found: Vec<String> = error.differences().iter().map(|difference| difference.path().to_string()).collect();
        let expected = ["nan", "hyper", "inner.1.n", "choices.first.Plain.n", "activations.0", "pool.activation"];
        assert_eq!(found, expected, "{error}");
        assert!(error.to_string().contains("`inner.1.n` is 7 in the module and 2 in the file"), "{error}");
        let Choice::Plain(inner) = &other.choices["first"] else { panic!() };
        assert_eq!(inner.weight.val(), vector(9.0).val());
    }
    with_file_recorders!(check);
}

/// The book's model with a number in the place of its activation, which Burn's files have nothing for.
#[derive(Module, Debug)]
struct Marked {
    linear_in: nn::Linear<NdArray>,
    linear_out: nn::Linear<NdArray>,
    #[module(constant)]
    activation: u64,
}

/// The same with a default.
#[derive(Module, Debug)]
struct Defaulted {
    linear_in: nn::Linear<NdArray>,
    linear_out: nn::Linear<NdArray>,
    #[module(constant, default = 5)]
    activation: u64,
}

#[derive(Module, Clone)]
struct Labelled {
    weight: Param<f32>,
    #[module(constant)]
    labels: HashMap<String, HashMap<u32, u32>>,
}

#[test]
fn a_hash_map_is_the_same_constant_in_any_order() {
    let labelled = |last: u32| {
        let inner = |n: u32| (0..20).map(|key| (key, key * n)).collect();
        Labelled {
            weight: Param::new(0.5),
            labels: (0..20).map(|key| (format!("key{key}"), inner(key.max(last)))).collect(),
        }
    };
    for _ in 0..20 {
        let mut model = labelled(0);
        model.try_load_record(labelled(0).record()).unwrap();
        assert!(model.try_load_record(labelled(19).record()).unwrap_err().to_string().contains("labels"));
    }
}

#[test]
fn burns_files_have_no_constants_the_module_keeps_its_own_and_a_new_one_takes_the_default() {
    fn check<R: FileRecorder>(recorder: R) {
        let path = fixture(&format!("burn/book_model/full.{}", R::file_extension()));
        let record: MarkedRecord = recorder.load(path.clone(), Device::default()).unwrap();
        assert_eq!(record.activation, Constant(None));
        let error = Marked::try_init_with(record).unwrap_err();
        assert!(error.to_string().contains("`activation` is a constant that the file has no value for"), "{error}");

        let config = |input, output| nn::LinearConfig::new(input, output).init(Device::default());
        let marked = Marked { linear_in: config(10, 64), linear_out: config(64, 2), activation: 7 };
        let mut marked = marked.load_file(path.clone(), &recorder, Device::default()).unwrap();
        assert_eq!(marked.activation, 7);
        let report = marked.load_file_into(&path, &recorder, Device::default()).unwrap();
        assert_eq!(paths(&report.missing), ["activation"]);

        let (defaulted, report) = load::<Defaulted, R>(&path, &recorder).unwrap();
        assert_eq!(defaulted.activation, 5);
        assert_eq!(paths(&report.missing), ["activation"]);
        assert_eq!(defaulted.linear_in.weight.val(), marked.linear_in.weight.val());
    }
    with_file_recorders!(check);
}

#[test]
fn constants_that_were_added_since_are_reported_and_nothing_else_without_state_is() {
    #[derive(Module)]
    struct Old {
        w: Vector,
    }
    #[derive(Module)]
    struct New {
        w: Vector,
        #[module(constant, default = 3)]
        k: u8,
        relu: Relu,
        #[module(skip)]
        cache: Vec<u8>,
    }
    #[derive(Module)]
    struct Pooled {
        w: Vector,
        pool: Pool,
    }
    fn check<R: FileRecorder>(recorder: R) {
        let saved = save(&Old { w: vector(1.0) }, &recorder);
        let (new, report) = load::<New, R>(&saved.0, &recorder).unwrap();
        assert_eq!((new.k, paths(&report.missing)), (3, vec!["k".to_string()]));

        let mut new = New { w: vector(0.0), k: 9, relu: Relu::new(), cache: vec![1] };
        let report = new.load_file_into(&saved.0, &recorder, Device::default()).unwrap();
        assert_eq!((new.k, paths(&report.missing)), (9, vec!["k".to_string()]));
        assert_eq!((new.w.val(), new.cache.len()), (vector(1.0).val(), 1));

        let pool = Pool { kernel: [2, 3], activation: Activation::Leaky { slope: 0.5 } };
        let mut pooled = Pooled { w: vector(0.0), pool };
        let report = pooled.load_file_into(&saved.0, &recorder, Device::default()).unwrap();
        assert_eq!(paths(&report.missing), ["pool.kernel", "pool.activation"]);
        let saved = save(&pooled, &recorder);
        let report = pooled.load_file_into(&saved.0, &recorder, Device::default()).unwrap();
        assert!(report.missing.is_empty(), "{:?}", report.missing);
    }
    with_file_recorders!(check);
}

#[test]
fn a_marked_file_whose_trailer_is_gone_is_refused() {
    let saved = save(&constants(), &NamedMpkFileRecorder::<Full>::new());
    let bytes = fs::read(&saved.0).unwrap();
    // The value ends with the empty list under `_b`; all behind it is the trailer.
    let end = bytes.windows(4).position(|window| window == [0xa2, b'_', b'b', 0x90]).unwrap() + 4;
    fs::write(&saved.0, &bytes[..end]).unwrap();
    let error = load::<Constants, _>(&saved.0, &NamedMpkFileRecorder::<Full>::new()).unwrap_err();
    assert!(error.to_string().contains("its digest") || error.to_string().contains("a digest"), "{error}");

    let saved = save(&constants(), &PrettyJsonFileRecorder::<Full>::new());
    let text = fs::read_to_string(&saved.0).unwrap();
    let start = text.find(",\n  \"vellum\"").unwrap();
    fs::write(&saved.0, format!("{}\n}}", &text[..start])).unwrap();
    let error = load::<Constants, _>(&saved.0, &PrettyJsonFileRecorder::<Full>::new()).unwrap_err();
    assert!(error.to_string().contains("a digest"), "{error}");
}

#[test]
fn two_constants_under_one_path_cannot_be_saved() {
    #[derive(Module)]
    struct Nested {
        #[module(constant)]
        c: u8,
    }
    let map = |key: &str, nested| BTreeMap::from([(key.to_string(), nested)]);
    let ambiguous: BTreeMap<String, BTreeMap<String, Nested>> = BTreeMap::from([
        ("a".to_string(), map("b.c", Nested { c: 1 })),
        ("a.b".to_string(), map("c", Nested { c: 2 })),
    ]);
    let error = BinBytesRecorder::<Full>::new().record(ambiguous.record(), ()).unwrap_err();
    assert_eq!(error.tensor(), Some("a.b.c.c"), "{error}");
}

/// As Burn's files have them: nothing, however many layers there are.
#[derive(Module)]
struct Stateless {
    #[module(constant)]
    pools: Vec<MaxPool2d>,
    #[module(constant)]
    act: (Relu, Gelu),
    #[module(constant)]
    maybe: Option<[Dropout; 2]>,
    kind: Kind,
    weight: Vector,
}

#[derive(Debug, Module)]
#[module(stateless)]
enum Kind {
    Mean(AvgPool2d),
    Least { softmax: Softmax, slope: LeakyRelu },
}

#[test]
fn lists_and_types_of_layers_without_state_can_be_constants() {
    fn check<R: FileRecorder>(recorder: R) {
        let softmax = Softmax::new(2);
        let slope = LeakyReluConfig::new().with_negative_slope(0.25).init();
        let module = Stateless {
            pools: vec![MaxPool2dConfig::new([2, 3]).init(), MaxPool2dConfig::new([4, 4]).with_strides([1, 2]).init()],
            act: (Relu::new(), Gelu::new_approximate()),
            maybe: Some([0.25, 0.5].map(|prob| DropoutConfig::new(prob).init())),
            kind: Kind::Least { softmax, slope },
            weight: vector(1.0),
        };
        let shown = |module: &Stateless| format!("{:?}", (&module.pools, &module.act, &module.maybe, &module.kind));
        let saved = save(&module, &recorder);
        let (copy, _) = load::<Stateless, R>(&saved.0, &recorder).unwrap();
        assert_eq!(shown(&copy), shown(&module));
    }
    with_file_recorders!(check);
}

/// A module with a constant that no file can hold, in a part of it.
#[derive(Module, Debug)]
struct Outer {
    weight: Vector,
    sub: Vec<Large>,
}

#[derive(Module, Debug)]
struct Large {
    #[module(constant)]
    c: u128,
}

fn outer() -> Outer {
    Outer { weight: vector(1.0), sub: vec![Large { c: 1 }, Large { c: u128::MAX }] }
}

#[test]
fn a_constant_without_a_form_in_a_file_is_told_by_its_path_before_anything_is_made() {
    fn check<R: FileRecorder>(recorder: R) {
        let folder = tempfile::tempdir().unwrap();
        let error = outer().save_file(folder.path().join("new/sub/model"), &recorder).unwrap_err();
        assert_eq!(error.tensor(), Some("sub.1.c"), "{error}");
        let text = error.to_string();
        assert!(
            text.contains(": `sub.1.c`: a record cannot hold this: this constant: ") && !text.contains("tensor"),
            "{text}"
        );
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing was made");
        let root = Large { c: u128::MAX };
        let error = root.save_file(folder.path().join("model"), &recorder).unwrap_err().to_string();
        assert!(error.contains(": `c`: a record"), "{error}");
    }
    with_file_recorders!(check);
}

#[test]
fn a_constant_that_no_value_can_be_is_told_by_its_path_without_a_file() {
    let mut model = outer();
    let error = model.try_load_record(outer().record()).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("the record does not fit the module: `sub.1.c`: "), "{text}");
    assert_eq!(error.differences()[0].path().to_string(), "sub.1.c");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Nest(Vec<Nest>);

#[test]
fn what_is_wrong_in_a_trailer_is_placed_in_the_file() {
    #[derive(Module, Debug)]
    struct Deep {
        weight: Vector,
        #[module(constant)]
        nest: Nest,
    }
    /// With other fields, so that the schema in the file is looked at first.
    #[derive(Module, Debug)]
    struct Renamed {
        #[module(alias = "weight")]
        own: Vector,
        #[module(constant)]
        nest: Nest,
    }
    const NUMBERS: usize = 10_000;
    fn check<R: FileRecorder>(recorder: R, shallow: R) {
        let nest = (0..40).fold(Nest(Vec::new()), |nest, _| Nest(vec![nest]));
        let saved = save(&Deep { weight: Param::new(Array1::zeros(NUMBERS)), nest }, &recorder);
        let len = fs::metadata(&saved.0).unwrap().len();
        let errors = [
            load::<Deep, R>(&saved.0, &shallow).map(drop).unwrap_err(),
            load::<Renamed, R>(&saved.0, &shallow).map(drop).unwrap_err(),
        ];
        for error in errors {
            assert!(error.to_string().contains("max_depth"), "{error}");
            let range = error.byte_range().unwrap();
            assert!(range.start > 4 * NUMBERS as u64 && range.end <= len, "{error} of {len}");
        }
    }
    let mut limits = vellum::Limits::default();
    limits.max_depth = 20;
    check(NamedMpkFileRecorder::<Full>::new(), NamedMpkFileRecorder::new().with_limits(limits.clone()));
    check(BinFileRecorder::<Full>::new(), BinFileRecorder::new().with_limits(limits));
}

// Ties.

#[derive(Module)]
struct Coder {
    encode: Tied<Vector>,
    own: Vector,
    layers: Vec<Head>,
}

#[derive(Module)]
struct Head {
    #[module(alias = "decode")]
    weight: Tied<Vector>,
}

/// As [`Coder`] was before a field got another name.
#[derive(Module)]
struct OldCoder {
    encode: Tied<Vector>,
    own: Vector,
    layers: Vec<OldHead>,
}

#[derive(Module)]
struct OldHead {
    decode: Tied<Vector>,
}

fn coder(tied: bool) -> OldCoder {
    let encode = Tied::new(vector(1.0));
    let decode = if tied { encode.share() } else { Tied::new(vector(2.0)) };
    OldCoder { encode, own: vector(1.0), layers: vec![OldHead { decode }] }
}

#[test]
fn ties_are_tied_again_also_under_another_name() {
    fn check<R: FileRecorder>(recorder: R) {
        let saved = save(&coder(true), &recorder);
        let (same, _) = load::<OldCoder, R>(&saved.0, &recorder).unwrap();
        assert!(same.encode.is_tied_to(&same.layers[0].decode));
        let (renamed, report) = load::<Coder, R>(&saved.0, &recorder).unwrap();
        assert!(renamed.encode.is_tied_to(&renamed.layers[0].weight));
        assert_eq!(report.aliased.len(), 1);
        renamed.encode.update(|param| param.make_mut()[0] = 7.0);
        assert_eq!(renamed.layers[0].weight.get().val(), array![7.0, -1.0]);
        assert_eq!(renamed.own.val(), array![1.0, -1.0], "equal values are no tie");
    }
    with_file_recorders!(check);
}

#[test]
fn what_was_not_tied_is_not_tied_by_a_load() {
    fn check<R: FileRecorder>(recorder: R) {
        let saved = save(&coder(false), &recorder);
        let (loaded, _) = load::<OldCoder, R>(&saved.0, &recorder).unwrap();
        assert!(!loaded.encode.is_tied_to(&loaded.layers[0].decode));
    }
    with_file_recorders!(check);
}

#[test]
fn a_tied_module_refuses_a_file_whose_copies_differ_and_takes_one_whose_copies_agree() {
    fn check<R: FileRecorder>(recorder: R) {
        let saved = save(&coder(false), &recorder);
        let mut module = coder(true);
        let error = module.load_file_into(&saved.0, &recorder, Device::default()).unwrap_err();
        assert!(error.to_string().contains("`layers.0.decode` is tied to `encode`"), "{error}");
        assert_eq!(module.encode.get().val(), array![1.0, -1.0]);

        let other = OldCoder { encode: Tied::new(vector(5.0)), ..coder(true) };
        other.layers[0].decode.update(|param| param.set(array![5.0, -5.0]));
        let saved = save(&other, &recorder);
        module.load_file_into(&saved.0, &recorder, Device::default()).unwrap();
        assert!(module.encode.is_tied_to(&module.layers[0].decode));
        assert_eq!(module.layers[0].decode.get().val(), array![5.0, -5.0]);
    }
    with_file_recorders!(check);
}

// Code that changes while its files stay.

#[derive(Module)]
struct Before {
    first: Vector,
    second: Option<Vector>,
    gone: Vector,
    sub: Inner,
    kind: OldKind,
    list: Vec<Vector>,
    #[module(constant)]
    rate: f64,
}

#[derive(Module)]
enum OldKind {
    Zero,
    One(Vector),
    Two { left: Vector, right: Inner },
}

fn before(kind: OldKind) -> Before {
    Before {
        first: vector(1.0),
        second: Some(vector(2.0)),
        gone: vector(3.0),
        sub: Inner { weight: vector(4.0), n: 4 },
        kind,
        list: vec![vector(5.0), vector(6.0)],
        rate: 0.5,
    }
}

/// In another order, with a field renamed, one under an alias, one added and one taken away, an option that is none any more, one
/// that is one now, and variants added and moved.
#[derive(Module)]
struct After {
    list: Vec<Vector>,
    #[module(default = vector(100.0))]
    added: Vector,
    #[module(constant, alias = "rate")]
    speed: f64,
    #[module(constant, default = 9)]
    steps: u8,
    kind: NewKind,
    #[module(alias = "older", alias = "sub")]
    block: Inner,
    second: Vector,
    #[module(rename = "first")]
    head: Option<Vector>,
}

#[derive(Module)]
enum NewKind {
    New(Inner),
    Two {
        right: Inner,
        #[module(alias = "left")]
        start: Vector,
    },
    One(Vector),
    Zero,
}

fn two() -> OldKind {
    OldKind::Two { left: vector(7.0), right: Inner { weight: vector(8.0), n: 8 } }
}

#[test]
fn a_struct_that_changed_loads_the_files_it_had_before() {
    fn check<R: FileRecorder + 'static>(recorder: R, lenient: R) {
        let saved = save(&before(two()), &recorder);
        let error = load::<After, R>(&saved.0, &recorder).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("`gone` is in the file and not in the module"), "{error}");

        let (after, report) = load::<After, R>(&saved.0, &lenient).unwrap();
        assert_eq!(after.head.as_ref().unwrap().val(), vector(1.0).val());
        assert_eq!(after.second.val(), vector(2.0).val());
        assert_eq!((after.block.weight.val(), after.block.n), (vector(4.0).val(), 4));
        assert_eq!(after.list[1].val(), vector(6.0).val());
        assert_eq!(after.added.val(), vector(100.0).val());
        assert_eq!((after.speed, after.steps), (0.5, 9));
        let NewKind::Two { right, start } = &after.kind else { panic!("the variant is found by its name") };
        assert_eq!((right.n, right.weight.val(), start.val()), (8, vector(8.0).val(), vector(7.0).val()));
        assert_eq!(paths(&report.missing), ["added", "steps"]);
        assert_eq!(paths(&report.unexpected), ["gone"]);
        let aliased: Vec<_> = report.aliased.iter().map(|(path, name)| (path.to_string(), name.as_str())).collect();
        let expected = [("kind.Two.start", "left"), ("block", "sub"), ("speed", "rate")];
        assert_eq!(aliased.len(), expected.len());
        for (path, name) in expected {
            assert!(aliased.contains(&(path.to_string(), name)), "{path} in {aliased:?}");
        }

        for (kind, check) in [
            (OldKind::Zero, (|kind| matches!(kind, NewKind::Zero)) as fn(&NewKind) -> bool),
            (OldKind::One(vector(7.0)), |kind| matches!(kind, NewKind::One(v) if v.val() == vector(7.0).val())),
        ] {
            let saved = save(&before(kind), &recorder);
            assert!(check(&load::<After, R>(&saved.0, &lenient).unwrap().0.kind));
        }
    }
    check(NamedMpkFileRecorder::<Full>::new(), NamedMpkFileRecorder::new().allow_unexpected(true));
    check(NamedMpkGzFileRecorder::<Full>::new(), NamedMpkGzFileRecorder::new().allow_unexpected(true));
    check(BinFileRecorder::<Full>::new(), BinFileRecorder::new().allow_unexpected(true));
    check(BinGzFileRecorder::<Full>::new(), BinGzFileRecorder::new().allow_unexpected(true));
    check(PrettyJsonFileRecorder::<Full>::new(), PrettyJsonFileRecorder::new().allow_unexpected(true));
    check(JsonGzFileRecorder::<Full>::new(), JsonGzFileRecorder::new().allow_unexpected(true));
}

#[test]
fn in_place_what_was_added_keeps_its_value() {
    fn check<R: FileRecorder>(recorder: R) {
        let saved = save(&before(two()), &recorder);
        let mut after = After {
            list: vec![vector(0.0), vector(0.0)],
            added: vector(42.0),
            speed: 0.5,
            steps: 3,
            kind: NewKind::Two { right: Inner { weight: vector(0.0), n: 8 }, start: vector(0.0) },
            block: Inner { weight: vector(0.0), n: 4 },
            second: vector(0.0),
            head: Some(vector(0.0)),
        };
        let mut error = after.load_file_into(&saved.0, &recorder, Device::default()).unwrap_err().to_string();
        assert!(error.contains("`gone`") && after.second.val() == vector(0.0).val(), "{error}");
        after.speed = 0.25;
        error = after.load_file_into(&saved.0, &recorder, Device::default()).unwrap_err().to_string();
        assert!(error.contains("`speed` is 0.25 in the module and 0.5 in the file"), "{error}");
    }
    with_file_recorders!(check);

    let saved = save(&before(two()), &BinFileRecorder::<Full>::new());
    let lenient = BinFileRecorder::<Full>::new().allow_unexpected(true);
    let (mut after, _) = load::<After, _>(&saved.0, &lenient).unwrap();
    after.added = vector(42.0);
    after.second = vector(0.0);
    let report = after.load_file_into(&saved.0, &lenient, Device::default()).unwrap();
    assert_eq!((after.added.val(), after.second.val()), (vector(42.0).val(), vector(2.0).val()));
    assert_eq!(paths(&report.missing), ["added", "steps"]);
    assert_eq!(paths(&report.unexpected), ["gone"]);
}

#[test]
fn a_change_that_is_no_renaming_is_refused_with_its_path() {
    #[derive(Module, Debug)]
    struct Wanted<T: Module> {
        part: T,
    }
    #[derive(Module, Debug)]
    struct Had<T: Module> {
        part: T,
    }
    fn check<R: FileRecorder>(recorder: R) {
        let refused = |saved: &Saved, error: vellum::Result<()>, text: &str| {
            let error = error.unwrap_err().to_string();
            assert!(error.contains("`part") && error.contains(text), "{}: {error}", saved.0.display());
        };
        let saved = save(&Had { part: None::<Vector> }, &recorder);
        refused(&saved, load::<Wanted<Vector>, R>(&saved.0, &recorder).map(|_| ()), "nothing");
        let saved = save(&Had { part: vec![vector(1.0)] }, &recorder);
        refused(&saved, load::<Wanted<Vector>, R>(&saved.0, &recorder).map(|_| ()), "a list");
        refused(&saved, load::<Wanted<[Vector; 2]>, R>(&saved.0, &recorder).map(|_| ()), "2");
        let saved = save(&Had { part: vector(1.0) }, &recorder);
        refused(&saved, load::<Wanted<Vec<Vector>>, R>(&saved.0, &recorder).map(|_| ()), "a list");
        refused(&saved, load::<Wanted<Inner>, R>(&saved.0, &recorder).map(|_| ()), "");
        refused(&saved, load::<Wanted<Param<Array1<i64>>>, R>(&saved.0, &recorder).map(|_| ()), "integer");
        let saved = save(&Had { part: OldKind::Zero }, &recorder);
        refused(&saved, load::<Wanted<Inner>, R>(&saved.0, &recorder).map(|_| ()), "");
    }
    with_file_recorders!(check);
}

#[test]
fn a_constant_that_the_code_no_longer_has_is_left_over_and_not_dropped_silently() {
    #[derive(Module)]
    struct Lean {
        weight: Vector,
    }
    fn check<R: FileRecorder>(recorder: R, lenient: R) {
        let saved = save(&Inner { weight: vector(1.0), n: 3 }, &recorder);
        let error = load::<Lean, R>(&saved.0, &recorder).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("`n` is in the file and not in the module"), "{error}");
        let (_, report) = load::<Lean, R>(&saved.0, &lenient).unwrap();
        assert_eq!(paths(&report.unexpected), ["n"]);
    }
    check(NamedMpkFileRecorder::<Full>::new(), NamedMpkFileRecorder::new().allow_unexpected(true));
    check(BinFileRecorder::<Full>::new(), BinFileRecorder::new().allow_unexpected(true));
    check(BinGzFileRecorder::<Full>::new(), BinGzFileRecorder::new().allow_unexpected(true));
    check(PrettyJsonFileRecorder::<Full>::new(), PrettyJsonFileRecorder::new().allow_unexpected(true));
}

#[test]
fn a_constant_of_another_type_is_told_by_its_path() {
    #[derive(Module, Debug)]
    struct Other {
        weight: Vector,
        #[module(constant)]
        n: String,
    }
    fn check<R: FileRecorder>(recorder: R) {
        let saved = save(&Inner { weight: vector(1.0), n: 3 }, &recorder);
        let error = load::<Other, R>(&saved.0, &recorder).unwrap_err();
        assert!(error.to_string().contains("`n`"), "{error}");
    }
    with_file_recorders!(check);
}

#[test]
fn a_file_of_burns_bincode_is_never_guessed_at_when_the_fields_differ() {
    #[derive(Module, Debug)]
    struct Swapped {
        linear_out: nn::Linear<NdArray>,
        linear_in: nn::Linear<NdArray>,
        activation: Relu,
        extra: Vector,
    }
    let path = fixture("burn/book_model/full.bin");
    let error = load::<Swapped, _>(&path, &BinFileRecorder::<Full>::new()).unwrap_err();
    assert!(error.file().is_some(), "{error}");
}

/// What a model for texts has: as long as those of ordinary ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Tokenizer {
    bytes: Vec<u8>,
    merges: Vec<(String, String)>,
    vocabulary: BTreeMap<String, u32>,
    scores: Vec<f32>,
}

#[derive(Module, Clone, Debug)]
struct Texts<T: Clone + std::fmt::Debug + Serialize + serde::de::DeserializeOwned> {
    #[module(constant)]
    tokenizer: T,
    w: Vector,
}

#[test]
fn long_constants_load_as_they_were_saved() {
    fn check<T, R: FileRecorder>(tokenizer: T, recorder: &R)
    where
        T: Clone + std::fmt::Debug + PartialEq + Serialize + serde::de::DeserializeOwned,
    {
        let model = Texts { tokenizer, w: vector(1.0) };
        let saved = save(&model, recorder);
        let (loaded, _) = load::<Texts<T>, R>(&saved.0, recorder).unwrap();
        assert!(loaded.tokenizer == model.tokenizer);
        let mut in_place = Texts { w: vector(0.0), ..model };
        in_place.load_file_into(&saved.0, recorder, Device::default()).unwrap();
        assert_eq!(*in_place.w, *vector(1.0));
    }
    fn both<T>(tokenizer: T)
    where
        T: Clone + std::fmt::Debug + PartialEq + Serialize + serde::de::DeserializeOwned,
    {
        check(tokenizer.clone(), &NamedMpkFileRecorder::<Full>::new());
        check(tokenizer, &BinFileRecorder::<Full>::new());
    }
    let word = |n: u32| format!("w{n:x}");
    let bytes: Vec<u8> = (0..1_000_000u32).map(|n| n.to_le_bytes()[0]).collect();
    both(bytes.clone());
    let merges: Vec<_> = (0..250_000).map(|n| (word(n), word(n * 7))).collect();
    both(merges.clone());
    let vocabulary: BTreeMap<_, _> = (0..500_000).map(|n| (word(n), n)).collect();
    both(vocabulary);
    let vocabulary = (0..100_000).map(|n| (word(n), n)).collect();
    let merges = merges[..100_000].to_vec();
    both(Tokenizer { bytes, merges, vocabulary, scores: (0..60_000u16).map(|n| f32::from(n) / 7.0).collect() });
}

#[test]
fn a_long_constant_that_differs_is_told_in_place() {
    let model = |last: i32| Texts { tokenizer: [vec![7; 1000], vec![last]].concat(), w: vector(1.0) };
    let recorder = BinFileRecorder::<Full>::new();
    let saved = save(&model(1), &recorder);
    let error = model(2).load_file_into(&saved.0, &recorder, Device::default()).unwrap_err().to_string();
    assert!(error.contains("`tokenizer` is "), "{error}");
    // In whatever order the entries of a map are.
    let hashed =
        || Texts { tokenizer: (0..100).map(|n| (n.to_string(), n)).collect::<HashMap<_, _>>(), w: vector(1.0) };
    let saved = save(&hashed(), &recorder);
    hashed().load_file_into(&saved.0, &recorder, Device::default()).unwrap();
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Deep {
    End,
    In(Box<Deep>),
}

#[test]
fn a_constant_is_as_deep_as_the_limits_say() {
    fn check<R: FileRecorder>(recorder: &R) {
        let deep = |levels| (0..levels).fold(Deep::End, |inner, _| Deep::In(Box::new(inner)));
        let saved = save(&Texts { tokenizer: deep(127), w: vector(1.0) }, recorder);
        let (loaded, _) = load::<Texts<Deep>, R>(&saved.0, recorder).unwrap();
        assert!(loaded.tokenizer == deep(127));
        let saved = save(&Texts { tokenizer: deep(128), w: vector(1.0) }, recorder);
        let error = load::<Texts<Deep>, R>(&saved.0, recorder).unwrap_err().to_string();
        assert!(error.contains("max_depth"), "{error}");
    }
    check(&NamedMpkFileRecorder::<Full>::new());
    check(&BinFileRecorder::<Full>::new());
}
