//! Type and const parameters of every kind, whatever their bounds are: none of them is a reason to refuse a right program.

use std::marker::PhantomData;

use ndarray::array;
use vellum::backend::{NdArray, Tensor};
use vellum::{Module, Param};

use super::{Linear, paths};

/// What has a module beside it.
pub(crate) trait Named {
    type Layer;
}

struct First;

impl Named for First {
    type Layer = Linear;
}

/// Its fields' types are known by its parameters alone, and one is private where it is not.
#[derive(Module)]
pub(crate) struct Projected<T: Named, const N: usize>
where
    T::Layer: Module,
{
    layer: T::Layer,
    list: Vec<<T as Named>::Layer>,
    array: [Option<Private>; N],
    next: Option<Box<Self>>,
}

#[derive(Module)]
struct Private(Param<f32>);

#[test]
fn the_type_of_a_field_may_be_another_traits_or_private() {
    #[derive(Module)]
    struct Local<M: Module> {
        inner: M,
    }

    let last = Projected { layer: Linear::new(1.0), list: Vec::new(), array: [None], next: None };
    let module = Local {
        inner: Projected::<First, 1> {
            layer: Linear::new(2.0),
            list: vec![Linear::new(3.0)],
            array: [Some(Private(Param::new(4.0)))],
            next: Some(Box::new(last)),
        },
    };
    let record: LocalRecord<Projected<First, 1>> = module.record();
    let again =
        Local::<Projected<First, 1>>::init_with(LocalRecord { inner: ProjectedRecord { next: None, ..record.inner } });
    assert_eq!(paths(&again), paths(&module)[..5]);
    assert_eq!(*again.inner.array[0].as_ref().unwrap().0, 4.0);
}

/// A backend of the user's own kind, which the derive knows nothing of.
mod of_ones_own {
    use vellum::{Module, Param};

    pub(super) trait Backend: vellum::backend::Backend {}

    #[derive(Module)]
    pub(super) struct Layer<B: Backend> {
        pub(super) weight: Param<vellum::backend::Tensor<B, 1>>,
    }

    #[derive(Module)]
    pub(super) struct Layers<B>
    where
        B: Backend,
    {
        pub(super) list: Vec<Layer<B>>,
        pub(super) last: Layer<B>,
    }
}

impl of_ones_own::Backend for NdArray<f64> {}

#[test]
fn a_bound_may_be_one_that_the_default_backend_has_not() {
    fn names<B: of_ones_own::Backend>(layers: of_ones_own::Layers<B>) -> Vec<String> {
        let layers = of_ones_own::Layers::init_with(layers.into_record());
        let of = |layer: &of_ones_own::Layer<B>| paths(layer).join(" ");
        layers.list.iter().chain([&layers.last]).map(of).collect()
    }
    let layer = || of_ones_own::Layer { weight: Param::new(Tensor::<NdArray<f64>, 1>::from_array(array![1.0])) };
    assert_eq!(names(of_ones_own::Layers { list: vec![layer()], last: layer() }), ["weight", "weight"]);
}

/// A constant that every type has.
trait Held {
    const HELD: u8 = 0;
}

impl<T> Held for T {}

/// Values that can be lent.
trait Lend {
    type Lent<'a>;
}

impl Lend for f32 {
    type Lent<'a> = &'a f32;
}

impl Lend for u8 {
    type Lent<'a> = Self;
}

trait Makes {
    type Out;
}

struct Maker;

impl Makes for Maker {
    type Out = First;
}

type Flag = bool;
type Letter = char;

#[derive(Module)]
struct Unsized<T>
where
    T: ?Sized + 'static,
{
    weight: Param<f32>,
    of: PhantomData<T>,
}

#[derive(Module)]
struct Switched<const F: Flag, const L: Letter> {
    weight: Param<f32>,
}

#[derive(Module)]
struct Lends<T: Lend + 'static>
where
    for<'a> T::Lent<'a>: Clone + 'static,
{
    weight: Param<f32>,
    of: PhantomData<T>,
}

#[derive(Module)]
struct OfNamed<T: Named + 'static> {
    weight: Param<f32>,
    of: PhantomData<T>,
}

/// What can be said of a type by itself.
trait Of<T> {}

impl<T: 'static> Of<T> for Itself<T> {}

impl Of<Itself<First>> for First {}

#[derive(Module)]
struct Itself<T: 'static>
where
    Self: Of<T>,
{
    list: Vec<Self>,
    of: PhantomData<T>,
}

#[derive(Module)]
struct Inline<T: Of<Itself<T>> + 'static>
where
    Itself<T>: Of<T>,
    Option<Self>: Sized,
{
    itself: Itself<T>,
    next: Option<Box<Self>>,
}

/// What is asked of one parameter is said at the other.
#[derive(Module)]
struct Indirect<T: 'static, U: Makes<Out = T>, const F: Flag, const L: Letter>
where
    U::Out: Named,
{
    of_named: OfNamed<T>,
    switched: [Switched<F, L>; 1],
    #[module(skip)]
    of: PhantomData<U>,
}

#[test]
fn bounds_may_be_of_any_kind() {
    let weight = || Param::new(1.5);
    let switched = Switched::<true, 'x'> { weight: weight() };
    let indirect = Indirect::<First, Maker, true, 'x'> {
        of_named: OfNamed { weight: weight(), of: PhantomData },
        switched: [switched],
        of: PhantomData,
    };
    let module = (
        Unsized::<str> { weight: weight(), of: PhantomData },
        Lends::<u8> { weight: weight(), of: PhantomData },
        indirect,
    );
    let again = <(Unsized<str>, Lends<u8>, Indirect<First, Maker, true, 'x'>)>::init_with(module.record());
    assert_eq!(paths(&again), ["0.weight", "1.weight", "2.of_named.weight", "2.switched.0.weight"]);
    assert_eq!(u8::HELD, 0);
    let itself = || Itself::<First> { list: Vec::new(), of: PhantomData };
    let inline = Inline { itself: Itself { list: vec![itself()], of: PhantomData }, next: None };
    assert_eq!(Inline::<First>::init_with(inline.into_record()).itself.list.len(), 1);
}
