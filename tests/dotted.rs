//! Maps whose keys have dots, or nothing in them: what a file says by path comes to the place that it is of, or is not saved.

use std::collections::BTreeMap;
use std::fmt::Debug;

use ndarray::{Array1, array};
use proptest::prelude::*;
use vellum::backend::NdArray;
use vellum::nn::{Dropout, DropoutConfig, Linear, LinearConfig, LinearLayout};
use vellum::prelude::*;
use vellum::record::Allowed;
use vellum::recorder::{BinBytesRecorder, FullPrecisionSettings, MemoryRecorder, NamedMpkBytesRecorder, PrettyJson};
use vellum::{Device, ErrorKind};

type Full = FullPrecisionSettings;
type Vector = Param<Array1<f32>>;
type Map<T> = BTreeMap<String, T>;

fn map<T, const N: usize>(entries: [(&str, T); N]) -> Map<T> {
    entries.into_iter().map(|(key, value)| (key.to_string(), value)).collect()
}

/// What a save and a load by each encoding give of a module, by value and in place.
fn both_ways<M: Module>(module: &M, show: &dyn Fn(&M) -> String) -> vellum::Result<()> {
    fn check<M: Module, R: BytesRecorder>(recorder: &R, module: &M, show: &dyn Fn(&M) -> String) -> vellum::Result<()> {
        let bytes = recorder.record(module.record(), ())?;
        let loaded = recorder.load::<M::Record>(bytes.clone(), Device::default()).expect("what was saved is loaded");
        let mut loaded = M::init_with(loaded);
        assert_eq!(show(&loaded), show(module), "by value");
        let read = recorder.read(bytes, <M::Record as Record>::schema).unwrap();
        loaded.load_item(read, &Allowed::default(), Device::default()).expect("what was saved fits in place");
        assert_eq!(show(&loaded), show(module), "in place");
        Ok(())
    }
    let results = [
        check(&NamedMpkBytesRecorder::<Full>::new(), module, show),
        check(&BinBytesRecorder::<Full>::new(), module, show),
        check(&MemoryRecorder::<PrettyJson, Full>::new(), module, show),
    ];
    // What one encoding cannot say, no other can.
    assert!(results.iter().all(|result| result.is_ok() == results[0].is_ok()), "{results:?}");
    results.into_iter().collect()
}

/// The same of a plain record.
fn there_and_back<R: Record + Clone + Debug>(record: &R) -> vellum::Result<()> {
    fn check<E: BytesRecorder, R: Record + Clone + Debug>(recorder: &E, record: &R) -> vellum::Result<()> {
        let bytes = recorder.record(record.clone(), ())?;
        let loaded: R = recorder.load(bytes, Device::default()).expect("what was saved is loaded");
        assert_eq!(format!("{loaded:?}"), format!("{record:?}"));
        Ok(())
    }
    let results = [
        check(&NamedMpkBytesRecorder::<Full>::new(), record),
        check(&BinBytesRecorder::<Full>::new(), record),
        check(&MemoryRecorder::<PrettyJson, Full>::new(), record),
    ];
    assert!(results.iter().all(|result| result.is_ok() == results[0].is_ok()), "{results:?}");
    results.into_iter().collect()
}

#[derive(Debug, Module)]
struct Conv {
    weight: Vector,
    #[module(constant)]
    stride: u8,
}

fn conv(stride: u8) -> Conv {
    Conv { weight: Param::new(array![f32::from(stride)]), stride }
}

fn dropout(prob: f64) -> Dropout {
    DropoutConfig::new(prob).init()
}

#[test]
fn a_key_that_goes_on_from_another_has_its_own_constants() {
    let drops = map([("drop", dropout(0.5)), ("drop.1", dropout(0.25)), ("drop-", dropout(0.125))]);
    both_ways(&drops, &|drops| format!("{drops:?}")).unwrap();
    let net = map([
        ("layer1.0.conv1", Some(conv(1))),
        ("layer1.0.downsample", None),
        ("layer1.0.downsample.0", Some(conv(2))),
    ]);
    both_ways(&net, &|net| strides(net)).unwrap();
}

fn strides(net: &Map<Option<Conv>>) -> String {
    format!("{:?}", net.iter().map(|(key, conv)| (key, conv.as_ref().map(|conv| conv.stride))).collect::<Vec<_>>())
}

#[test]
fn a_key_can_be_empty_or_nothing_but_dots() {
    for key in ["", ".", "..", "a.", ".a"] {
        both_ways(&map([(key, Some(conv(3)))]), &|net| strides(net)).unwrap();
        both_ways(&map([(key, dropout(0.5))]), &|drops| format!("{drops:?}")).unwrap();
        both_ways(&map([(key, Some(dropout(0.5))), ("b", None)]), &|drops| format!("{drops:?}")).unwrap();
        both_ways(&map([(key, map([(key, dropout(0.5))]))]), &|drops| format!("{drops:?}")).unwrap();
    }
    both_ways(&dropout(0.5), &|drop| format!("{drop:?}")).unwrap();
    both_ways(&Some(dropout(0.5)), &|drop| format!("{drop:?}")).unwrap();
}

#[test]
fn maps_in_maps_are_told_apart_where_their_paths_are() {
    let other = map([("a", map([("b.c", dropout(0.5))])), ("a.b", map([("d", dropout(0.25))]))]);
    both_ways(&other, &|drops| format!("{drops:?}")).unwrap();
    let further = map([("a", map([("b", dropout(0.5))])), ("a.b", map([("c", dropout(0.25)), ("", dropout(0.125))]))]);
    both_ways(&further, &|drops| format!("{drops:?}")).unwrap();
    // Nothing is said of either, so that one path for both does not matter.
    let absent = map([("a", map([("b.c", None::<Dropout>)])), ("a.b", map([("c", None)]))]);
    both_ways(&absent, &|drops| format!("{drops:?}")).unwrap();
    there_and_back(&map([("a", map([("b.c", ())])), ("a.b", map([("c", ())]))])).unwrap();
}

#[test]
fn what_one_path_says_of_two_places_is_not_saved() {
    fn refused(saved: vellum::Result<()>, path: &str) {
        let error = saved.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unrepresentable { .. }) && error.tensor() == Some(path), "{error}");
    }
    let one = |first, second| map([("a", map([("b.c", first)])), ("a.b", map([("c", second)]))]);
    for (first, second) in [(None, Some(())), (Some(()), None), (Some(()), Some(()))] {
        refused(there_and_back(&one(first, second)), "a.b.c");
    }
    there_and_back(&one(None, None)).unwrap();
    let drops = |first, second| map([("a", map([("b.c", first)])), ("a.b", map([("c", second)]))]);
    for (first, second) in [(None, Some(dropout(0.5))), (Some(dropout(0.5)), None)] {
        refused(both_ways(&drops(first, second), &|drops| format!("{drops:?}")), "a.b.c");
    }
    // The second field of a pair is called `1`, and so is what follows the dot in the other key.
    let pairs = map([("a", Pair(1, 2)), ("a.1", Pair(3, 4))]);
    refused(both_ways(&pairs, &|pairs| format!("{pairs:?}")), "a.1");
    both_ways(&map([("a", Pair(1, 2)), ("a.2", Pair(3, 4))]), &|pairs| format!("{pairs:?}")).unwrap();
}

#[derive(Debug, Module)]
#[module(stateless)]
struct Pair(u8, u8);

#[test]
fn what_is_said_of_tensors_comes_to_them() {
    #[derive(Module)]
    struct Tensors {
        tied: Map<Tied<Vector>>,
        columns: Map<Linear<NdArray>>,
    }
    let tie = Tied::new(Param::new(array![1.0, 2.0]));
    let linear = LinearConfig::new(2, 3).with_bias(false).with_layout(LinearLayout::Col).init(Device::default());
    let model = Tensors {
        tied: map([("x", tie.share()), ("x.y", tie.share()), ("", tie)]),
        columns: map([("l", linear.clone()), ("l.weight", linear)]),
    };
    let shown = |model: &Tensors| {
        let columns: Vec<_> = model.columns.values().map(|linear| linear.weight.elements().to_vec()).collect();
        let tied = ["x.y", ""].map(|key| model.tied["x"].is_tied_to(&model.tied[key]));
        format!("{tied:?} {columns:?}")
    };
    both_ways(&model, &shown).unwrap();
}

#[test]
fn a_map_under_the_path_of_a_tied_parameter_keeps_its_constants() {
    #[derive(Module)]
    struct Either {
        a: Map<Map<Conv>>,
        b: Map<Tied<Vector>>,
    }
    let tie = Tied::new(Param::new(array![1.0, 2.0]));
    let model = map([
        ("x", Either { a: map([("b.y", map([("z", conv(1))]))]), b: Map::new() }),
        ("x.a", Either { a: Map::new(), b: map([("y", tie.share()), ("w", tie)]) }),
    ]);
    let shown = |model: &Map<Either>| {
        let tied = &model["x.a"].b;
        format!("{} {}", model["x"].a["b.y"]["z"].stride, tied["y"].is_tied_to(&tied["w"]))
    };
    both_ways(&model, &shown).unwrap();
}

#[test]
fn a_map_that_would_be_taken_for_a_tied_parameter_under_its_path_is_not_saved() {
    #[derive(Module)]
    struct Either {
        a: Map<Map<Vector>>,
        b: Map<Tied<Vector>>,
    }
    let (tie, vector) = (Tied::new(Param::new(array![1.0])), || Param::new(array![2.0]));
    let model = |key| {
        map([
            ("x", Either { a: map([("b.y", map([("value", vector()), (key, vector())]))]), b: Map::new() }),
            ("x.a", Either { a: Map::new(), b: map([("y", tie.share()), ("w", tie.share())]) }),
        ])
    };
    let shown =
        |model: &Map<Either>| format!("{:?}", model["x"].a["b.y"].values().map(|v| v.val()).collect::<Vec<_>>());
    both_ways(&model("other"), &shown).unwrap();
    let error = both_ways(&model("shape"), &shown).unwrap_err();
    assert_eq!(error.tensor(), Some("x.a.b.y"), "{error}");
}

#[derive(Debug, Module)]
#[module(stateless)]
enum Act {
    Plain,
    Steep { b: u8 },
    Scaled(u8),
}

/// Something of each kind, under names that keys can go on with.
#[derive(Debug, Module)]
struct Node {
    a: Map<Node>,
    b: Map<Option<Option<Act>>>,
    #[module(constant)]
    c: u8,
    d: Option<Box<Node>>,
    e: Kind,
}

#[derive(Debug, Module)]
enum Kind {
    None,
    Tied(Option<Tied<Vector>>),
    Act(Act),
    Both { a: Option<Act>, b: Map<Act> },
}

/// A node, with the numbers of its ties: parameters of the same number become one.
#[derive(Clone, Debug)]
struct Plan {
    a: Map<Plan>,
    b: Map<u8>,
    c: u8,
    d: Option<Box<Plan>>,
    e: u8,
    acts: Map<u8>,
}

fn keys() -> impl Strategy<Value = String> {
    let keys = [
        "a", "b", "c", "a.b", "a.b.c", "", ".", "b.", ".b", "d", "a.a", "c.b", "b.b", "Steep", "Steep.b", "b.Steep",
        "a.c", "e", "e.Both", "e.Both.a", "e.None", "..", "-", "a-b", "0",
    ];
    prop::sample::select(keys.to_vec()).prop_map(String::from)
}

fn plans() -> impl Strategy<Value = Plan> {
    let maps = || prop::collection::btree_map(keys(), any::<u8>(), 0..3);
    let leaf = (maps(), any::<u8>(), any::<u8>(), maps());
    let leaf = leaf.prop_map(|(b, c, e, acts)| Plan { a: Map::new(), b, c, d: None, e, acts });
    leaf.prop_recursive(3, 12, 3, move |inner| {
        let a = prop::collection::btree_map(keys(), inner.clone(), 0..4);
        let d = prop::option::of(inner.prop_map(Box::new));
        (a, maps(), any::<u8>(), d, any::<u8>(), maps()).prop_map(|(a, b, c, d, e, acts)| Plan { a, b, c, d, e, acts })
    })
}

fn act(n: u8) -> Act {
    match n % 3 {
        0 => Act::Plain,
        1 => Act::Steep { b: n },
        _ => Act::Scaled(n),
    }
}

fn maybe_act(n: u8) -> Option<Act> {
    (n >= 64).then(|| act(n))
}

fn node(plan: &Plan, ties: &[Tied<Vector>]) -> Node {
    let tie = |n: u8| ties[usize::from(n) % ties.len()].share();
    let e = match plan.e % 5 {
        0 => Kind::None,
        1 => Kind::Tied((plan.e >= 64).then(|| tie(plan.e / 5))),
        2 => Kind::Act(act(plan.e)),
        _ => Kind::Both { a: maybe_act(plan.e), b: plan.acts.iter().map(|(key, &n)| (key.clone(), act(n))).collect() },
    };
    Node {
        a: plan.a.iter().map(|(key, plan)| (key.clone(), node(plan, ties))).collect(),
        b: plan.b.iter().map(|(key, &n)| (key.clone(), (n >= 32).then(|| maybe_act(n)))).collect(),
        c: plan.c,
        d: plan.d.as_ref().map(|plan| Box::new(node(plan, ties))),
        e,
    }
}

/// All of a node, with each parameter as the first place that it is tied to.
fn shown(root: &Node) -> String {
    fn show<'n>(node: &'n Node, seen: &mut Vec<&'n Tied<Vector>>, text: &mut String) {
        let Node { a, b, c, d, e } = node;
        *text += &format!("({b:?} {c} ");
        match e {
            Kind::Tied(Some(tied)) => {
                let place = seen.iter().position(|other| other.is_tied_to(tied));
                *text += &format!("tied {:?} {:?}", place.unwrap_or(seen.len()), tied.get().val());
                seen.push(tied);
            }
            Kind::Tied(None) => *text += "no tie",
            Kind::None => *text += "nothing",
            Kind::Act(act) => *text += &format!("{act:?}"),
            Kind::Both { a, b } => *text += &format!("{a:?} {b:?}"),
        }
        for (key, inner) in a {
            *text += &format!(" {key:?}: ");
            show(inner, seen, text);
        }
        if let Some(inner) = d {
            *text += " d: ";
            show(inner, seen, text);
        }
        *text += ")";
    }
    let mut text = String::new();
    show(root, &mut Vec::new(), &mut text);
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn maps_of_any_keys_come_back_or_are_not_saved(plan in plans()) {
        let ties: Vec<_> = (0..3u8).map(|n| Tied::new(Param::new(array![f32::from(n)]))).collect();
        if let Err(error) = both_ways(&node(&plan, &ties), &shown) {
            prop_assert!(matches!(error.kind(), ErrorKind::Unrepresentable { .. }), "{error}");
        }
    }

    #[test]
    fn maps_in_maps_of_options_come_back_or_are_not_saved(
        plan in prop::collection::btree_map(keys(), prop::collection::btree_map(keys(), any::<u8>(), 0..4), 0..4)
    ) {
        let each = |make: &dyn Fn(u8) -> Option<Option<()>>| -> Map<Map<Option<Option<()>>>> {
            plan.iter().map(|(key, inner)| (key.clone(), inner.iter().map(|(key, &n)| (key.clone(), make(n))).collect())).collect()
        };
        let units = each(&|n| (n % 3 > 0).then_some((n % 3 > 1).then_some(())));
        if let Err(error) = there_and_back(&units) {
            prop_assert!(matches!(error.kind(), ErrorKind::Unrepresentable { .. }), "{error}");
        }
        prop_assert!(there_and_back(&each(&|_| None)).is_ok());
        let drops: Map<Map<Dropout>> = plan.iter().map(|(key, inner)| {
            (key.clone(), inner.iter().map(|(key, &n)| (key.clone(), dropout(f64::from(n) / 256.0))).collect())
        }).collect();
        let mut paths: Vec<String> = drops.iter().flat_map(|(key, inner)| inner.keys().map(move |inner| format!("{key}.{inner}"))).collect();
        let places = paths.len();
        paths.sort();
        paths.dedup();
        // The one constant is called `prob`, which no key ends with: only one path for two is ambiguous.
        prop_assert_eq!(both_ways(&drops, &|drops| format!("{drops:?}")).is_ok(), paths.len() == places);
    }
}
