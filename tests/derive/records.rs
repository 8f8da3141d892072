//! Plain data.

use ndarray::array;
use vellum::record::{Item, Record, Schema};
use vellum::{Param, TensorPath, Value};

use super::{bind, lines, map, tensor};

/// Of its fields none is `Clone` or `Debug` for it.
#[derive(Record)]
struct Data<T> {
    epoch: usize,
    #[record(rename = "lr", alias = "rate")]
    learning_rate: f64,
    names: Vec<String>,
    state: Option<State>,
    #[record(default = 5)]
    patience: u32,
    #[record(skip)]
    cache: Vec<u8>,
    weight: Param<ndarray::Array1<f32>>,
    any: T,
}

#[derive(Debug, PartialEq, Record)]
enum State {
    Fresh,
    Step(u64),
    Pair(bool, f32),
    Named { n: i8 },
}

#[derive(Debug, PartialEq, Record)]
struct Pair(u8, String);

fn data(state: Option<State>) -> Data<Pair> {
    Data {
        epoch: 3,
        learning_rate: 0.5,
        names: vec!["a".into()],
        state,
        patience: 1,
        cache: vec![1],
        weight: Param::new(array![1.0]),
        any: Pair(1, "x".into()),
    }
}

#[test]
fn a_plain_record_is_its_own_record() {
    for state in
        [None, Some(State::Fresh), Some(State::Step(4)), Some(State::Pair(true, 1.5)), Some(State::Named { n: -1 })]
    {
        let item = data(state).into_item().unwrap();
        let expected = data(match &item {
            Item::Map(fields) => bind::<Option<State>>(fields[3].1.clone()).unwrap().0,
            _ => panic!("a struct is named fields"),
        });
        let (bound, _) = bind::<Data<Pair>>(item).unwrap();
        assert_eq!((bound.epoch, bound.names, bound.state), (3, vec!["a".to_string()], expected.state));
        assert_eq!((bound.patience, bound.cache, bound.any), (1, Vec::new(), Pair(1, "x".into())));
        assert_eq!(bound.weight.val(), array![1.0]);
    }
}

#[test]
fn a_variant_is_tagged_by_its_name() {
    let item = |state: State| format!("{:?}", state.into_item().unwrap());
    assert_eq!(item(State::Fresh), format!("{:?}", map([("Fresh", Item::Nil)])));
    assert_eq!(item(State::Step(4)), format!("{:?}", map([("Step", Item::Value(Value::Int(4)))])));
    let pair = map([("0", Item::Value(Value::Bool(true))), ("1", Item::Value(Value::Float(1.5)))]);
    assert_eq!(item(State::Pair(true, 1.5)), format!("{:?}", map([("Pair", pair)])));
    assert_eq!(bind::<State>(Item::Value("Fresh".into())).unwrap().0, State::Fresh);
}

#[test]
fn older_names_defaults_and_differences() {
    let older = |names: Item| {
        map([
            ("epoch", Item::Value(Value::Int(3))),
            ("rate", Item::Value(Value::Float(0.1))),
            ("names", names),
            ("state", Item::Nil),
            ("weight", tensor(&[1.0], &[1])),
            ("any", Item::Nil),
        ])
    };
    let (bound, report) = bind::<Data<()>>(older(Item::Seq(Vec::new()))).unwrap();
    assert_eq!((bound.patience, bound.learning_rate.to_bits()), (5, 0.1f64.to_bits()));
    assert_eq!(report.missing, [TensorPath::from("patience")]);
    assert_eq!(report.aliased, [(TensorPath::from("lr"), "rate".to_string())]);
    assert_eq!(
        lines(bind::<Data<Pair>>(older(Item::Nil)).map(drop)),
        [
            "`names` is a list in the module and nothing in the file",
            "`any` is named fields in the module and nothing in the file",
        ]
    );
}

#[test]
fn the_schema_has_a_slot_for_every_field() {
    let Schema::Struct { fields, .. } = Data::<Pair>::schema() else { panic!("a struct") };
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["epoch", "lr", "names", "state", "patience", "cache", "weight", "any"]);
    assert!(matches!(fields[5].1(), Schema::Nil));
}
