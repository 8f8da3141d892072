//! Types that `macro_rules!` make: of items, fields, types, expressions and texts that were given to them.

use std::marker::PhantomData;

use ndarray::{Array1, array};
use vellum::backend::{Backend, NdArray};
use vellum::nn::{Linear, LinearConfig};
use vellum::record::{FullPrecisionSettings, Recorder};
use vellum::recorder::NamedMpkBytesRecorder;
use vellum::{Device, Module, Param, Record};

type Weights = Param<Array1<f32>>;

fn weights() -> Weights {
    Param::new(array![1.5, -0.5])
}

/// Through a file's bytes and back.
fn again<M: Module>(module: &M) -> M {
    let recorder = NamedMpkBytesRecorder::<FullPrecisionSettings>::new();
    let bytes = recorder.record(module.record(), ()).unwrap();
    M::init_with(recorder.load(bytes, Device::default()).unwrap())
}

macro_rules! module_of_item {
    ($item:item) => {
        #[derive(Module, Clone, Debug)]
        $item
    };
}

macro_rules! module_of_tokens {
    ($derive:ident: $($tokens:tt)*) => {
        #[derive($derive, Debug)]
        $($tokens)*
    };
}

macro_rules! module_with {
    ($name:ident { $($body:tt)* } $($variants:tt)*) => {
        #[derive(Module)]
        struct $name {
            first: Weights,
            $($body)*
        }

        #[derive(Module)]
        enum Variants {
            First,
            $($variants)*
        }
    };
}

macro_rules! module_of_types {
    ($name:ident, $($field:ident: $ty:ty),*) => {
        #[derive(Module)]
        struct $name<B: Backend> {
            $($field: $ty,)*
            layer: Linear<B>,
        }
    };
}

module_of_item! {
    struct OfItem {
        weight: Weights,
        #[module(constant)]
        width: usize,
    }
}

module_of_item! {
    struct OfTupleItem(Weights, Option<Weights>);
}

module_of_tokens! { Record:
    struct Plain {
        number: u32,
        weight: Array1<f32>,
    }
}

module_of_tokens! { Module:
    enum OfTokens<T: Module> {
        None,
        One(T),
        Two { left: T, right: Vec<T> },
    }
}

module_with! {
    With { last: Vec<Weights>, #[module(skip = 7)] skipped: u8 }
    Other(Weights),
    Named { weight: Weights },
}

module_of_types!(OfTypes, list: Vec<Weights>, pair: (Weights, Weights));

#[test]
fn modules_are_made_of_what_a_macro_was_given() {
    let of_item = again(&OfItem { weight: weights(), width: 3 });
    assert!(*of_item.weight == *weights() && of_item.width == 3);
    let OfTupleItem(first, second) = again(&OfTupleItem(weights(), None));
    assert!(*first == *weights() && second.is_none());
    let OfTokens::Two { left, right } = again(&OfTokens::Two { left: weights(), right: vec![weights()] }) else {
        panic!("another variant")
    };
    assert!(*left == *weights() && *right[0] == *weights());
    assert!(matches!(again(&OfTokens::One(weights())), OfTokens::One(_)));
    assert!(matches!(again(&OfTokens::<Weights>::None), OfTokens::None));
    let with = again(&With { first: weights(), last: vec![weights()], skipped: 0 });
    assert!(*with.last[0] == *with.first && with.skipped == 7);
    for variants in [Variants::First, Variants::Other(weights()), Variants::Named { weight: weights() }] {
        let same = std::mem::discriminant(&variants);
        assert!(std::mem::discriminant(&again(&variants)) == same);
    }
    let layer = LinearConfig::new(2, 3).init(Device::default());
    let types = OfTypes::<NdArray<f32>> { list: vec![weights()], pair: (weights(), weights()), layer };
    assert_eq!(*again(&types).layer.weight, *types.layer.weight);
    let record = NamedMpkBytesRecorder::<FullPrecisionSettings>::new();
    let bytes = record.record(Plain { number: 5, weight: array![2.0] }, ()).unwrap();
    let plain: Plain = record.load(bytes, Device::default()).unwrap();
    assert_eq!((plain.number, plain.weight), (5, array![2.0]));
}

macro_rules! with_values {
    ($name:ident, $value:expr, $ty:ty, $old:literal, $new:expr) => {
        #[derive(Module)]
        struct $name {
            #[module(alias = $old, rename = $new)]
            weight: Weights,
            #[module(constant, default = $value * 10)]
            constant: i32,
            #[module(skip = i32::from(-$value).pow(2))]
            skipped: i32,
            #[module(skip = Vec::<$ty>::from([<$ty>::default(), $ty::MAX]))]
            list: Vec<$ty>,
        }
    };
}

with_values!(Values, 1 + 2, u8, "old", "new");

#[derive(Module)]
struct Bare {
    old: Weights,
}

#[test]
fn what_a_macro_was_given_keeps_its_meaning_in_attributes() {
    let recorder = NamedMpkBytesRecorder::<FullPrecisionSettings>::new();
    let bytes = recorder.record(Bare { old: weights() }.into_record(), ()).unwrap();
    let values = Values::init_with(recorder.load(bytes, Device::default()).unwrap());
    assert_eq!((values.constant, values.skipped, values.list.as_slice()), (30, 9, &[0, u8::MAX][..]));
    assert_eq!(values.state_dict().unwrap().iter().next().unwrap().0.to_string(), "new");
}

/// Parameters of which no saved field is made.
#[derive(Module)]
enum Marked<B: Backend, T: Default, U> {
    Plain,
    Custom(#[module(skip)] PhantomData<B>),
    Named {
        #[module(skip)]
        values: T,
        weight: Weights,
    },
    Both(Weights, #[module(skip)] PhantomData<U>),
}

#[derive(Module, Clone, Debug, PartialEq)]
#[module(stateless)]
enum Activation<T: Clone + serde::Serialize + serde::de::DeserializeOwned> {
    Relu,
    Leaky(f64, #[module(skip)] PhantomData<T>),
}

#[test]
fn parameters_of_an_enum_may_be_in_no_saved_field() {
    type Own = Marked<NdArray<f32>, Vec<u8>, ()>;
    let named = again(&Own::Named { values: vec![1], weight: weights() });
    assert!(matches!(named, Own::Named { values, weight } if values.is_empty() && *weight == *weights()));
    assert!(matches!(again(&Own::Custom(PhantomData)), Own::Custom(_)));
    assert!(matches!(again(&Own::Plain), Own::Plain));
    let mut both = Own::Both(Param::new(array![0.0, 0.0]), PhantomData);
    both.try_load_record(Own::Both(weights(), PhantomData).record().clone()).unwrap();
    assert!(matches!(&both, Own::Both(weight, _) if **weight == *weights()));
    for activation in [Activation::<u8>::Relu, Activation::Leaky(0.5, PhantomData)] {
        assert_eq!(again(&activation), activation);
        assert_eq!(activation.clone().load_record(activation.record()), activation);
    }
}
