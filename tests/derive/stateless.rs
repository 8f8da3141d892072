//! Types without state: one nil slot, whose values ride beside it.

use vellum::record::{Item, Known, Record as _, Schema};
use vellum::{Module, Value};

use super::{Linear, bind, linear, lines, map};

#[derive(Debug, Module, PartialEq)]
#[module(stateless)]
struct LeakyRelu {
    slope: f64,
    #[module(constant, default = true)]
    leaky: bool,
    #[module(skip)]
    calls: usize,
}

#[derive(Debug, Module, PartialEq)]
struct Unit;

#[derive(Debug, Module, PartialEq)]
#[module(stateless)]
enum Activation {
    Relu,
    Leaky { slope: f64 },
    Power(f64),
}

#[derive(Module)]
struct Model {
    linear: Linear,
    relu: LeakyRelu,
    unit: Unit,
    act: Activation,
}

fn model(act: Activation) -> Model {
    Model { linear: Linear::new(1.0), relu: LeakyRelu { slope: 0.5, leaky: false, calls: 3 }, unit: Unit, act }
}

#[test]
fn a_stateless_type_is_one_nil_slot_that_a_file_may_lack() {
    assert!(matches!(LeakyReluRecord::schema(), Schema::Stateless(_)));
    assert!(matches!(ActivationRecord::schema(), Schema::Stateless(_)));
    assert!(matches!(UnitRecord::schema(), Schema::Stateless(_)));
    let number = |x| Item::Value(Value::Float(x));
    let relu = map([("slope", number(0.25))]);
    let act = map([("Leaky", map([("slope", number(2.0))]))]);
    for unit in [Some(Item::Nil), None] {
        let fields = [("linear", linear(1.0)), ("relu", relu.clone()), ("act", act.clone())].into_iter();
        let fields = fields.chain(unit.map(|nil| ("unit", nil))).map(|(name, item)| (name.to_string(), item));
        let (record, _) = bind::<ModelRecord>(Item::Map(fields.collect())).unwrap();
        let model = Model::init_with(record);
        assert_eq!(model.relu, LeakyRelu { slope: 0.25, leaky: true, calls: 0 });
        assert_eq!((model.act, model.unit), (Activation::Leaky { slope: 2.0 }, Unit));
    }
}

#[test]
fn a_record_of_it_gives_it_back() {
    for act in [Activation::Relu, Activation::Leaky { slope: 3.0 }, Activation::Power(2.0)] {
        let first = model(act);
        let second = Model::init_with(first.record().clone());
        assert_eq!(second.act, first.act);
        assert_eq!(second.relu.slope.to_bits(), first.relu.slope.to_bits());
        let (third, _) = bind::<ModelRecord>(first.record().into_item().unwrap()).unwrap();
        assert_eq!(Model::init_with(third).act, first.act);
    }
}

#[test]
fn an_unknown_variant_is_an_error_of_init_with_and_none_in_place() {
    let nil =
        || bind::<ModelRecord>(map([("linear", linear(7.0)), ("relu", Item::Nil), ("act", Item::Nil)])).unwrap().0;
    assert_eq!(nil().act, Known(None));
    let (record, _) = bind::<ModelRecord>(map([("linear", linear(7.0))])).unwrap();
    assert_eq!(record.act, Known(None));
    let failed = lines(Model::try_init_with(record.clone()).map(drop));
    let start: Vec<&str> = failed.iter().map(|line| line.split(" is ").next().unwrap()).collect();
    assert_eq!(start, ["`relu.slope`", "`act`"]);
    let mut own = model(Activation::Power(2.0));
    own.try_load_record(record).unwrap();
    assert_eq!(own.act, Activation::Power(2.0));
    assert_eq!(own.linear.weight[[0, 0]].to_bits(), 7f32.to_bits());
}

#[test]
fn another_variant_or_value_is_a_difference() {
    let mut own = model(Activation::Relu);
    assert_eq!(
        lines(own.try_load_record(model(Activation::Power(2.0)).into_record())),
        ["`act` is the variant Relu in the module and `Power` in the file"]
    );
    let mut other = model(Activation::Relu);
    other.relu.slope = 0.75;
    assert_eq!(
        lines(own.try_load_record(other.into_record())),
        ["`relu.slope` is 0.5 in the module and 0.75 in the file"]
    );
}

impl PartialEq for ActivationRecord {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}
