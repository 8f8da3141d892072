//! Types that look like what the derive leaves to rustc, and are right: nothing stands in for their impls.

use core::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use vellum::recorder::{BinBytesRecorder, FullPrecisionSettings, Recorder};
use vellum::{Device, Module, Param, Record};

type Bytes = BinBytesRecorder<FullPrecisionSettings>;

/// Saves the module and makes another one of it.
fn again<M: Module>(module: &M) -> M {
    let bytes = Bytes::default().record(module.record(), ()).unwrap();
    M::init_with(Bytes::default().load::<M::Record>(bytes, Device::default()).unwrap())
}

fn no_show(_: &u8, _: &mut fmt::Formatter<'_>) -> fmt::Result {
    Ok(())
}

struct Text<'t>(&'t str);

/// Lifetimes that a type declares by itself.
#[derive(Module)]
struct Functions {
    #[module(skip = no_show)]
    show: fn(&u8, &mut fmt::Formatter<'_>) -> fmt::Result,
    #[module(skip = Box::new(|text| text.0.len()))]
    len: Box<dyn Fn(Text<'_>) -> usize>,
    #[module(skip)]
    each: Option<Box<dyn for<'t> Fn(Text<'t>) -> Text<'t>>>,
    #[module(skip)]
    name: Option<Text<'static>>,
    #[module(constant)]
    lengths: [f32; {
        'a: {
            break 'a 3;
        }
    }],
    weight: Param<f32>,
}

#[test]
fn lifetimes_that_a_type_declares_itself_are_no_mistakes() {
    let module = Functions {
        show: no_show,
        len: Box::new(|text| text.0.len()),
        each: None,
        name: None,
        lengths: [1.0, 2.0, 3.0],
        weight: Param::new(4.0),
    };
    let other = again(&module);
    assert!(other.each.is_none() && other.name.is_none() && std::ptr::fn_addr_eq(other.show, module.show));
    assert_eq!(((other.len)(Text("four")), other.lengths, *other.weight), (4, module.lengths, 4.0));
}

/// Both are read, each by its derive, whatever the parameters are.
#[derive(Module, Record)]
#[module(record = "OfBoth")]
#[record(bound = "M: Record")]
struct Both<M, C: Clone>
where
    C: Default,
{
    inner: M,
    #[module(constant)]
    #[record(rename = "n")]
    number: u32,
    #[module(skip)]
    #[record(skip)]
    cache: Vec<C>,
}

#[derive(Module, Record)]
enum Either {
    #[module(rename = "one")]
    One(Param<f32>),
    #[record(rename = "two")]
    Two {
        #[module(constant)]
        #[record(default = 7)]
        number: u32,
    },
}

#[test]
fn a_type_with_both_derives_has_attributes_for_both() {
    let both = Both { inner: Param::new(1.5), number: 3, cache: vec![1_u8] };
    let other = again(&both);
    assert_eq!((*other.inner, other.number, other.cache.len()), (1.5, 3, 0));
    let bytes = Bytes::default().record(both, ()).unwrap();
    let other: Both<Param<f32>, u8> = Bytes::default().load(bytes, Device::default()).unwrap();
    assert_eq!((*other.inner, other.number, other.cache.len()), (1.5, 3, 0));
    assert!(matches!(again(&Either::Two { number: 8 }), Either::Two { number: 8 }));
    let bytes = Bytes::default().record(Either::One(Param::new(2.5)), ()).unwrap();
    let other: Either = Bytes::default().load(bytes, Device::default()).unwrap();
    assert!(matches!(other, Either::One(weight) if *weight == 2.5));
}

static DROPPED: AtomicUsize = AtomicUsize::new(0);

/// What is copied can be taken out of a type that has a `Drop` of its own.
#[derive(Record)]
struct Counted {
    number: u32,
    half: f32,
}

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Module)]
enum Mode {
    Fast {
        #[module(constant)]
        steps: u32,
    },
    Slow,
}

impl Drop for Mode {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// A bound by `Drop` says nothing of the type around it.
#[derive(Module)]
struct Holds<M: Module> {
    part: M,
    mode: Mode,
}

#[test]
fn numbers_are_taken_out_of_what_has_a_drop() {
    let bytes = Bytes::default().record(Counted { number: 3, half: 0.5 }, ()).unwrap();
    let other: Counted = Bytes::default().load(bytes, Device::default()).unwrap();
    assert_eq!((other.number, other.half), (3, 0.5));
    let other = again(&Holds { part: Param::new(1.5), mode: Mode::Fast { steps: 4 } });
    assert!(matches!(other.mode, Mode::Fast { steps: 4 }) && *other.part == 1.5);
    let record = other.into_record();
    assert!(matches!(record.mode, ModeRecord::Fast { .. }));
    assert!(matches!(again(&Mode::Slow), Mode::Slow));
    assert!(DROPPED.load(Ordering::Relaxed) > 0);
}

/// What is called as another type, and could be written where that one could not.
mod called {
    use vellum::{Module, Param};

    pub(super) type Boxed<T> = Option<Box<T>>;

    #[derive(Module)]
    pub(super) struct List {
        pub(super) weight: Param<f32>,
        pub(super) next: Boxed<List>,
        pub(super) rest: Vec<Self>,
        #[module(constant)]
        pub(super) name: Box<str>,
        #[module(skip)]
        pub(super) of: std::marker::PhantomData<[Option<Self>]>,
    }
}

/// What is called as the type, and is another.
trait Has {
    #[expect(non_camel_case_types, reason = "a type may have any name")]
    type named;
}

impl Has for u8 {
    type named = Param<f32>;
}

#[allow(non_camel_case_types, reason = "a type may have any name")]
#[derive(Module)]
struct named<T: Has>
where
    T::named: Module,
{
    own: <T>::named,
    option: Option<<T>::named>,
}

#[test]
fn what_is_called_as_the_type_may_be_another() {
    let other = again(&named::<u8> { own: Param::new(1.0), option: Some(Param::new(2.0)) });
    assert_eq!((*other.own, other.option.map(|weight| *weight)), (1.0, Some(2.0)));
}

#[test]
fn a_type_may_contain_itself_where_that_has_an_end() {
    let list = |weight, next, rest| called::List {
        weight: Param::new(weight),
        next,
        rest,
        name: "list".into(),
        of: Default::default(),
    };
    let other = again(&list(1.0, Some(Box::new(list(2.0, None, vec![]))), vec![list(3.0, None, vec![])]));
    assert_eq!(other.num_params(), 3);
    assert_eq!((*other.next.unwrap().weight, &*other.rest[0].name), (2.0, "list"));
}
