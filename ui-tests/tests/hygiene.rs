//! The derive where nothing has its usual meaning, and where everything that can be denied is.
#![no_implicit_prelude]
#![forbid(missing_docs)]
#![deny(missing_debug_implementations, unused, unused_qualifications, unreachable_pub)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![expect(missing_debug_implementations, reason = "what is under test is what is generated")]

/// Names that generated code must not look up here.
#[expect(dead_code, clippy::redundant_pub_crate, reason = "they are there to be overlooked")]
mod shadows {
    pub(crate) struct Option;
    pub(crate) struct Result;
    pub(crate) struct Vec;
    pub(crate) struct String;
    pub(crate) struct Box;
    pub(crate) struct Some;
    pub(crate) struct None;
    pub(crate) struct Ok;
    pub(crate) struct Err;
    pub(crate) struct Item;
    pub(crate) struct Tree;
    pub(crate) trait Default {}
    pub(crate) trait Clone {}
    pub(crate) trait Sized {}
    pub(crate) mod core {}
    pub(crate) mod std {}
    pub(crate) mod alloc {}
    pub(crate) mod vellum {}

    /// Takes over every method call on a value that has no method of its own of these names by value.
    pub(crate) trait Hijack: ::core::marker::Sized {
        fn tree(self) {}
        fn field(self) {}
        fn finish(self) {}
        fn declared(self) {}
        fn clone(self) {}
    }

    impl<T> Hijack for T {}
}

#[allow(unused_imports, reason = "they are there to be overlooked")]
use shadows::*;

/// A layer.
#[derive(::vellum::Module)]
pub struct Layer<T, const N: usize = 1> {
    /// A parameter.
    pub weight: ::vellum::Param<f32>,
    /// Several.
    pub list: ::std::vec::Vec<::core::option::Option<::vellum::Param<f32>>>,
    /// A module.
    pub inner: [T; N],
    /// A constant.
    #[module(constant, default = 3)]
    pub constant: u8,
    /// A skipped field.
    #[module(skip)]
    pub skipped: ::core::option::Option<u8>,
}

/// An enum.
#[derive(::vellum::Module)]
pub enum Record {
    /// Named as what its trait has.
    Record(::vellum::Param<f32>),
    /// Unit.
    Nothing,
    /// Several.
    Both(::vellum::Param<f32>, ::vellum::Param<f32>),
}

/// An activation.
#[derive(::vellum::Module)]
#[module(stateless)]
pub enum Activation {
    /// One.
    Relu,
    /// Another.
    Leaky {
        /// A constant.
        slope: f32,
    },
}

/// Plain data.
#[derive(::vellum::Record)]
pub struct Data {
    /// A number.
    pub epoch: u32,
    /// A list.
    pub list: ::std::vec::Vec<f32>,
    /// A skipped field.
    #[record(skip)]
    pub cache: ::core::option::Option<u8>,
    /// A field that older files lack.
    #[record(default = 3)]
    pub added: u32,
}

#[::core::prelude::v1::test]
fn generated_code_works_where_nothing_has_its_usual_meaning() {
    use ::vellum::Module;
    let layer: Layer<Record> = Layer {
        weight: ::vellum::Param::new(1.0),
        list: ::std::vec![::core::option::Option::None],
        inner: [Record::Both(::vellum::Param::new(2.0), ::vellum::Param::new(3.0))],
        constant: 4,
        skipped: ::core::option::Option::Some(1),
    };
    let record = <Layer<Record> as Module>::record(&layer);
    let copy: Layer<Record> = Module::init_with(::core::clone::Clone::clone(&record));
    ::core::assert_eq!(Module::num_params(&copy), 3);
    ::core::assert_eq!(copy.constant, 4);
    let _ = (Record::Nothing, Activation::Relu, Activation::Leaky { slope: 1.0 });
}
