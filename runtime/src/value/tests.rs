//! Round trips: any type through a value, and any value through the encodings.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use proptest::collection::vec as any_vec;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Packed, Value, from_value, from_value_within, to_value};
use crate::codec::bincode;
use crate::codec::input::SourceInput;
use crate::codec::shapes::{Choice, Everything, any_float, everything};
use crate::{Budget, Bytes, ErrorKind, Limits};

fn any_value() -> impl Strategy<Value = Value> {
    let special = prop_oneof![
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(-0.0),
        any::<u64>().prop_map(|bits| f64::from_bits(bits | 0x7ff0_0000_0000_0000))
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<u64>().prop_map(Value::UInt),
        any::<u64>().prop_map(|bits| Value::Float(f64::from_bits(bits))),
        special.prop_map(Value::Float),
        (-1000i32..1000).prop_map(|n| Value::Float(n.into())),
        ".{0,12}".prop_map(Value::Str),
        any_vec(any::<u8>(), 0..20).prop_map(Value::Bytes),
        any::<u32>().prop_map(|index| Value::Tensor(index as usize)),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let entries = proptest::collection::btree_map(".{0,6}", inner.clone(), 0..4)
            .prop_map(|entries| entries.into_iter().rev().collect::<Vec<_>>());
        prop_oneof![
            any_vec(inner, 0..4).prop_map(Value::List),
            entries.clone().prop_map(Value::Map),
            (".{0,9}", entries).prop_map(|(class, fields)| Value::Object { class, fields }),
        ]
    })
}

fn through_bincode(value: &Value) -> Value {
    let bytes = bincode::to_vec(value).unwrap();
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    let mut input = SourceInput::from_bytes(Bytes::from(bytes));
    Value::deserialize(&mut bincode::Decoder::new(&mut input, &budget, None)).unwrap()
}

/// A value as a trailer has it.
fn packed(value: &Value) -> Packed {
    let bytes = Bytes::from(bincode::to_vec(value).unwrap());
    let (packed, end) = Packed::read(&bytes, 0, 0, &budget()).unwrap();
    assert_eq!(end, bytes.len());
    packed
}

fn budget() -> Budget {
    Budget::new(Limits::default(), 0)
}

/// What a value and its packed form make of themselves: the same, or both nothing.
fn both<T: DeserializeOwned>(value: &Value) -> Option<T> {
    let (tree, packed) = (from_value::<T>(value), packed(value).get::<T>(&budget()));
    assert_eq!(tree.is_ok(), packed.is_ok(), "{value:?}: {:?} and {:?}", tree.err(), packed.err());
    packed.ok()
}

/// What few types have and serde can say.
#[expect(clippy::option_option, clippy::zero_sized_map_values, reason = "they must survive too")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Awkward {
    numbers: BTreeMap<i8, u64>,
    truths: BTreeMap<bool, ()>,
    characters: BTreeMap<char, i128>,
    pairs: BTreeMap<(u8, Option<String>), u128>,
    choices: BTreeMap<Key, Option<Option<Option<()>>>>,
    options: Vec<Option<Option<Option<u8>>>>,
    #[serde(flatten)]
    flat: BTreeMap<String, Option<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Key {
    Left,
    Right(u8),
}

fn awkward() -> impl Strategy<Value = Awkward> {
    use proptest::collection::btree_map;
    let key = prop_oneof![Just(Key::Left), any::<u8>().prop_map(Key::Right)];
    let text = proptest::option::of(".{0,3}".prop_map(String::from));
    (
        btree_map(any::<i8>(), any::<u64>(), 0..3),
        btree_map(any::<bool>(), Just(()), 0..3),
        btree_map(any::<char>(), any::<i64>().prop_map(i128::from), 0..3),
        btree_map((any::<u8>(), text), any::<u64>().prop_map(u128::from), 0..3),
        btree_map(key, any::<Option<Option<Option<()>>>>(), 0..3),
        any_vec(any::<Option<Option<Option<u8>>>>(), 0..5),
        btree_map("[0-9]{1,3}", any::<Option<u8>>(), 0..3),
    )
        .prop_map(|(numbers, truths, characters, pairs, choices, options, flat)| Awkward {
            numbers,
            truths,
            characters,
            pairs,
            choices,
            options,
            flat,
        })
}

proptest! {
    #[test]
    fn a_value_survives_bincode_bit_for_bit(value in any_value()) {
        prop_assert_eq!(through_bincode(&value), value);
    }

    #[cfg(feature = "json")]
    #[test]
    fn a_value_survives_json_bit_for_bit(value in any_value()) {
        use crate::codec::json::{Layout, decode, encode};
        let mut text = Vec::new();
        encode(&value, Layout::Pretty, &mut text).unwrap();
        prop_assert_eq!(decode(&text, core::marker::PhantomData::<Value>).unwrap(), value);
    }

    #[cfg(feature = "mpk")]
    #[test]
    fn a_value_survives_messagepack_bit_for_bit(value in any_value()) {
        use crate::codec::msgpack::{Decoder, to_vec_named};
        let bytes = to_vec_named(&value).unwrap();
        let budget = Budget::new(Limits::default(), bytes.len() as u64);
        let mut input = SourceInput::from_bytes(Bytes::from(bytes));
        prop_assert_eq!(Value::deserialize(&mut Decoder::new(&mut input, &budget, None)).unwrap(), value);
    }

    #[test]
    fn a_value_survives_being_a_value(value in any_value()) {
        prop_assert_eq!(from_value::<Value>(&to_value(&value).unwrap()).unwrap(), value);
    }

    #[test]
    fn a_type_survives_being_a_value(value in everything(any_float())) {
        let made = to_value(&value).unwrap();
        prop_assert_eq!(from_value::<Everything>(&made).unwrap(), value.clone());
        prop_assert_eq!(packed(&made).get::<Everything>(&budget()).unwrap(), value.clone());
        prop_assert_eq!(from_value::<Everything>(&through_bincode(&made)).unwrap(), value);
    }

    #[test]
    fn maps_with_any_keys_and_options_of_options_survive(value in awkward()) {
        let made = to_value(&value).unwrap();
        prop_assert_eq!(from_value::<Awkward>(&made).unwrap(), value.clone());
        prop_assert_eq!(packed(&made).get::<Awkward>(&budget()).unwrap(), value);
    }

    #[test]
    fn a_narrow_float_survives_with_its_bits(bits in any::<u32>(), nan in 0x7f80_0001u32..0x8000_0000) {
        for bits in [bits, nan, nan | 1 << 31] {
            let value = to_value(&f32::from_bits(bits)).unwrap();
            prop_assert_eq!(from_value::<f32>(&value).unwrap().to_bits(), bits);
            prop_assert_eq!(packed(&value).get::<f32>(&budget()).unwrap().to_bits(), bits);
        }
    }

    #[test]
    fn no_value_makes_from_value_panic(value in any_value()) {
        both::<Everything>(&value);
        both::<Awkward>(&value);
        both::<Choice>(&value);
    }

    #[test]
    fn a_packed_value_is_the_value(value in any_value(), other in any_value()) {
        let packed = packed(&value);
        prop_assert!(packed.is(&value));
        prop_assert!(value == other || !packed.is(&other));
        prop_assert_eq!(packed.to_value(&budget()).unwrap().0, value.clone());
        prop_assert!(packed.alone().is_none_or(|alone| alone == value));
    }

    #[test]
    fn what_is_no_packed_value_is_told(value in any_value(), bytes in any_vec(any::<u8>(), 0..60), cut: prop::sample::Index) {
        let encoded = bincode::to_vec(&value).unwrap();
        let cut = Bytes::from(encoded[..cut.index(encoded.len())].to_vec());
        prop_assert!(Packed::read(&cut, 0, 0, &budget()).is_err());
        let bytes = Bytes::from(bytes);
        let mut input = SourceInput::from_bytes(bytes.clone());
        let decoded = Value::deserialize(&mut bincode::Decoder::new(&mut input, &budget(), None));
        prop_assert_eq!(Packed::read(&bytes, 0, 0, &budget()).is_ok(), decoded.is_ok());
    }
}

#[test]
fn bytes_are_as_many_as_the_type_has() {
    let bytes = Value::Bytes(alloc::vec![1, 2, 3]);
    assert_eq!(both::<[u8; 3]>(&bytes), Some([1, 2, 3]));
    assert_eq!(both::<[u8; 2]>(&bytes), None);
    assert_eq!(both::<(u8, u8)>(&bytes), None);
    assert_eq!(both::<[u8; 4]>(&bytes), None);
}

#[test]
fn a_type_of_options_and_newtypes_alone_ends_at_a_limit() {
    #[derive(Debug, Deserialize, Serialize)]
    struct Chain(Option<Box<Chain>>);

    let chain = (0..50).fold(Chain(None), |chain, _| Chain(Some(Box::new(chain))));
    let made = to_value(&chain).unwrap();
    assert!(packed(&made).get::<Chain>(&budget()).is_ok() && from_value_within::<Chain>(&made, &budget()).is_ok());
    for endless in [Value::List(Vec::new()), Value::Int(5)] {
        let errors = [
            packed(&endless).get::<Chain>(&budget()).unwrap_err(),
            from_value_within::<Chain>(&endless, &budget()).unwrap_err(),
        ];
        assert!(errors.iter().all(|error| error.to_string().contains("max_depth")), "{errors:?}");
    }
}

#[test]
fn a_packed_value_is_as_deep_as_its_tree() {
    let deep = (0..127).fold(Value::Int(1), |inner, _| Value::List(alloc::vec![inner]));
    assert_eq!(packed(&deep).to_value(&budget()).unwrap().0, deep);
}

#[expect(clippy::needless_pass_by_value, reason = "shorter where it is called")]
fn survives<T: Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(value: T, expected: Value) {
    let made = to_value(&value).unwrap();
    assert_eq!(made, expected);
    assert_eq!(from_value::<T>(&made).unwrap(), value);
    assert_eq!(both::<T>(&made).unwrap(), value);
}

#[test]
fn what_serde_has_is_laid_out_as_documented() {
    survives(u64::MAX, Value::UInt(u64::MAX));
    survives(7u64, Value::Int(7));
    survives('x', "x".into());
    survives(Some(5u8), Value::Int(5));
    survives(None::<u8>, Value::Null);
    survives(serde_bytes::ByteBuf::from(vec![1, 2]), Value::Bytes(vec![1, 2]));
    survives((1u8, "a".to_string()), Value::List(vec![Value::Int(1), "a".into()]));
    survives(Choice::Unit, "Unit".into());
    survives(Choice::Newtype(1), Value::Map(vec![("Newtype".into(), Value::Int(1))]));
    let some = |content| Value::Object { class: "serde::Some".into(), fields: vec![("content".into(), content)] };
    survives(Some(None::<u8>), some(Value::Null));
    survives(Some(Some(None::<u8>)), some(some(Value::Null)));
    survives(Some(()), some(Value::Null));
    let pairs = Value::List(vec![Value::List(vec![Value::Int(3), Value::Null])]);
    let fields = vec![("entries".into(), pairs)];
    survives(BTreeMap::from([(3u8, None::<u8>)]), Value::Object { class: "serde::Map".into(), fields });
    survives(BTreeMap::from([(Key::Left, true)]), Value::Map(vec![("Left".into(), Value::Bool(true))]));
}

#[test]
fn an_integer_that_does_not_fit_is_refused() {
    for error in [to_value(&i128::MIN).unwrap_err(), to_value(&[u128::MAX]).unwrap_err()] {
        assert!(matches!(error.kind(), ErrorKind::Unrepresentable { format: "a value", .. }), "{error}");
    }
    assert_eq!(to_value(&i128::from(u64::MAX)).unwrap(), Value::UInt(u64::MAX));
}

#[test]
fn text_is_borrowed() {
    let value = Value::from("text");
    assert_eq!(from_value::<&str>(&value).unwrap(), "text");
}

#[cfg(feature = "json")]
#[test]
fn what_is_not_a_value_is_refused() {
    let read = |text: &str| crate::codec::json::decode(text.as_bytes(), core::marker::PhantomData::<Value>);
    for wrong in [
        r#"{"Map":{"a":"Null","a":"Null"}}"#,
        r#"{"Object":{"class":"c","fields":{"a":"Null","a":"Null"}}}"#,
        r#"{"Object":{"class":"c","fields":{},"more":1}}"#,
        r#"{"Float":"nan"}"#,
        r#"{"Float":"nan:3ff0000000000000"}"#,
        r#"{"Float":"nan:+ff8000000000000"}"#,
        r#"{"Float":9007199254740993}"#,
        r#"{"Int":1.0}"#,
        r#"{"UInt":-1}"#,
        r#"{"Bytes":[256]}"#,
        r#"{"Other":1}"#,
        "1",
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
    assert_eq!(read(r#"{"Float":2}"#).unwrap(), Value::Float(2.0));
}
