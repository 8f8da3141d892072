//! A type that has every shape that serde knows, and arbitrary values of it, for the tests of the decoders.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Unit;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Newtype(pub(crate) Option<i16>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pair(pub(crate) u16, pub(crate) String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Choice {
    Unit,
    Newtype(u64),
    Tuple(i64, bool),
    Struct { left: char, right: Vec<Choice> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Numbers {
    pub(crate) unsigned: (u8, u16, u32, u64),
    pub(crate) signed: (i8, i16, i32, i64),
    /// By their bits, so that a NaN equals itself.
    pub(crate) floats: (Bits32, Bits64),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Everything {
    pub(crate) truth: bool,
    pub(crate) numbers: Numbers,
    pub(crate) character: char,
    pub(crate) text: String,
    #[serde(with = "serde_bytes")]
    pub(crate) bytes: Vec<u8>,
    pub(crate) list: Vec<u8>,
    pub(crate) option: Option<Pair>,
    pub(crate) nothing: (),
    pub(crate) unit: Unit,
    pub(crate) newtype: Newtype,
    pub(crate) array: [i32; 3],
    pub(crate) map: BTreeMap<String, Newtype>,
    pub(crate) choices: Vec<Choice>,
}

/// A float whose equality is of bits.
macro_rules! bits {
    ($($name:ident: $float:ty;)*) => {$(
        #[derive(Clone, Copy, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) $float);

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.to_bits() == other.0.to_bits()
            }
        }
    )*};
}

bits! {
    Bits32: f32;
    Bits64: f64;
}

/// Any bits at all, NaN payloads included.
pub(crate) fn any_float() -> impl Strategy<Value = (Bits32, Bits64)> {
    (any::<u32>(), any::<u64>()).prop_map(|(a, b)| (Bits32(f32::from_bits(a)), Bits64(f64::from_bits(b))))
}

/// What JSON can say.
pub(crate) fn finite_float() -> impl Strategy<Value = (Bits32, Bits64)> {
    (proptest::num::f32::NORMAL | proptest::num::f32::SUBNORMAL | proptest::num::f32::ZERO, {
        proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO
    })
        .prop_map(|(a, b)| (Bits32(a), Bits64(b)))
}

pub(crate) fn choice() -> impl Strategy<Value = Choice> {
    let leaf = prop_oneof![
        Just(Choice::Unit),
        any::<u64>().prop_map(Choice::Newtype),
        any::<(i64, bool)>().prop_map(|(a, b)| Choice::Tuple(a, b)),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        (any::<char>(), vec(inner, 0..3)).prop_map(|(left, right)| Choice::Struct { left, right })
    })
}

pub(crate) fn everything(
    floats: impl Strategy<Value = (Bits32, Bits64)> + 'static,
) -> impl Strategy<Value = Everything> {
    let numbers = (any::<(u8, u16, u32, u64)>(), any::<(i8, i16, i32, i64)>(), floats)
        .prop_map(|(unsigned, signed, floats)| Numbers { unsigned, signed, floats });
    let texts = (any::<bool>(), numbers, any::<char>(), ".{0,40}", vec(any::<u8>(), 0..300), vec(any::<u8>(), 0..20));
    let rest = (
        proptest::option::of((any::<u16>(), ".{0,5}").prop_map(|(a, b)| Pair(a, b))),
        any::<Option<i16>>().prop_map(Newtype),
        any::<[i32; 3]>(),
        btree_map(".{0,6}", any::<Option<i16>>().prop_map(Newtype), 0..4),
        vec(choice(), 0..4),
    );
    (texts, rest).prop_map(
        |((truth, numbers, character, text, bytes, list), (option, newtype, array, map, choices))| Everything {
            truth,
            numbers,
            character,
            text,
            bytes,
            list,
            option,
            nothing: (),
            unit: Unit,
            newtype,
            array,
            map,
            choices,
        },
    )
}
