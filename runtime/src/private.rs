//! What the code that the derive generates calls. Not for anybody else: it changes with every release.

pub use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

pub use ndarray::Ix1;

pub use crate::module::{Builder, LeafMut, Parts};
pub use crate::record::declaration::{Declaration, DeclaredContent, DeclaredField, DeclaredVariant, Form, VariantOf};
pub use crate::record::{Binder, Fields, Item, LayerKind, LeafRef, Schema, SchemaFn, Tree};
use crate::record::{Content, Field};

/// What a field marked `#[module(skip)]` or `#[module(default)]` can be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no default to make the field of",
    label = "lacks `Default`",
    note = "write what the field is made of, `#[module(skip = ..)]` or `#[module(default = ..)]`, or implement `Default`"
)]
pub trait Anew {
    /// The field, when a module is made from a record that does not have it.
    fn anew() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> Anew for T {
    fn anew() -> Self {
        T::default()
    }
}

/// The type itself, as an argument.
pub type Itself<T> = T;

/// A type, and what is made of it, by names of ours, without being an argument.
pub trait Same {
    /// The type itself.
    type Type;
    /// Its value in a record.
    type Constant;
}

impl<T> Same for T {
    type Type = T;
    type Constant = crate::record::Constant<T>;
}

/// A type beside the proof of what is asked of it: without, rustc takes it for one that is in error already.
pub trait Proven {
    /// The type itself.
    type Type;
}

impl<T, const PROOF: usize> Proven for (T, [(); PROOF]) {
    type Type = T;
}

/// A list. A function and no macro: of a path to a macro that leads nowhere, rustc has an error of its own.
#[must_use]
pub fn list<T, const N: usize>(of: [T; N]) -> Vec<T> {
    Vec::from(of)
}

/// What makes a type of itself, for each way in which a value is given: to be read, to be changed, to be had, and back.
pub type Sameness<T> = (fn(&T) -> &T, fn(&mut T) -> &mut T, fn(T) -> T, fn(T) -> T);

/// That of a type. The derive has it returned as that of two types, where one is the other.
#[must_use]
pub fn same<T>() -> Sameness<T> {
    (|value| value, |value| value, |value| value, |value| value)
}

/// What is in a program only if rustc did not refuse a type that was left to it.
#[must_use = "the derive took the type for one that rustc refuses, and left it to it: give it, or the attribute above it, another name, or write its path, as in `self::Name`"]
pub struct StandIn;

impl StandIn {
    /// That.
    pub const IS: Self = Self;
}

/// The mark of `derive(Record)` on a type with attributes that speak to it.
#[diagnostic::on_unimplemented(
    message = "`#[record(..)]` speaks to `derive(Record)`, which `{Self}` lacks",
    label = "says nothing to `derive(Module)`",
    note = "write `#[module(..)]`, or derive `Record`, too"
)]
pub trait HasRecord {
    /// It is there.
    const IS: () = ();
}

/// The mark of `derive(Module)` on a type with attributes that speak to it.
#[diagnostic::on_unimplemented(
    message = "`#[module(..)]` speaks to `derive(Module)`, which `{Self}` lacks",
    label = "says nothing to `derive(Record)`",
    note = "write `#[record(..)]`, or derive `Module`, too"
)]
pub trait HasModule {
    /// It is there.
    const IS: () = ();
}

/// A type, and what is taken out of it.
pub struct Whole<T: ?Sized, Parts> {
    parts: PhantomData<Parts>,
    of: PhantomData<T>,
}

#[expect(drop_bounds, reason = "which types have a `Drop` of their own is the question")]
impl<T: Drop + ?Sized, Parts> Whole<T, Parts> {
    /// What drops it: the type itself. Found before the trait's answer, where there is one.
    #[must_use]
    pub fn __drops(self) -> Self {
        self
    }
}

/// What drops any other type: its parts are dropped.
pub trait DropsParts: Sized {
    /// The answer.
    fn __drops(self) {}
}

impl<T: ?Sized, Parts> DropsParts for Whole<T, Parts> {}

impl<T: ?Sized, Parts> Whole<T, Parts> {
    /// Of a type, and what makes its parts, which is not called.
    pub fn of(_: fn() -> Parts) -> Self {
        Self { parts: PhantomData, of: PhantomData }
    }

    /// Compiles if it can be taken apart.
    pub fn take_apart<By: TakesApart<T>>(_: By) {}
}

/// What says that a type can be taken apart.
#[diagnostic::on_unimplemented(
    message = "`{T}` has a `Drop` of its own, so it cannot be taken apart into a record",
    label = "cannot be taken apart",
    note = "let the field that needs it have the `Drop`: put that into a struct of its own, and skip it if it is not saved"
)]
pub trait TakesApart<T: ?Sized> {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized> TakesApart<T> for () {}

/// What is copied stays.
#[diagnostic::do_not_recommend]
impl<T: ?Sized, Parts: Copy> TakesApart<T> for Whole<T, Parts> {}

/// What a proof is that cannot be made for the example that the derive found: nothing.
pub trait Unproven {
    /// As if it were.
    const __HELD: usize = 0;
}

impl<T> Unproven for T {}

/// An example of what has a bound that is not known.
pub enum Unknown {}

/// An example of the values of a const parameter.
pub trait Example {
    /// One of them.
    const VALUE: Self;
}

macro_rules! examples {
    ($($ty:ty: $value:literal),*) => {$(
        impl Example for $ty {
            const VALUE: Self = $value;
        }
    )*};
}

examples!(bool: false, char: ' ', u8: 0, u16: 0, u32: 0, u64: 0, u128: 0, usize: 0, i8: 0, i16: 0, i32: 0, i64: 0, i128: 0, isize: 0);

/// A record, as its `Debug` shows it: its form, and of tensors what they are.
pub fn debug(tree: &Tree<LeafRef<'_>>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    struct Shown<'a, 'l>(&'a Tree<LeafRef<'l>>);

    impl fmt::Debug for Shown<'_, '_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            debug(self.0, f)
        }
    }

    fn fields(name: &str, fields: &[Field<LeafRef<'_>>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct(name);
        for field in fields {
            shown.field(field.name, &Shown(&field.tree));
        }
        shown.finish()
    }

    match tree {
        Tree::Skipped => f.write_str("Skipped"),
        Tree::Constant(Ok(Some(value))) => write!(f, "Constant({value:?})"),
        Tree::Constant(Ok(None)) => f.write_str("Constant(unknown)"),
        Tree::Constant(Err(error)) => write!(f, "Constant({error})"),
        Tree::Leaf(leaf) => fmt::Debug::fmt(leaf, f),
        Tree::Plain(plain) => fmt::Debug::fmt(plain, f),
        Tree::Numbers(numbers) => fmt::Debug::fmt(numbers, f),
        Tree::Option(None) => f.write_str("None"),
        Tree::Option(Some(tree)) => f.debug_tuple("Some").field(&Shown(tree)).finish(),
        Tree::Struct(own) => fields(own.name, &own.fields, f),
        Tree::Variant(own) => match &*own.content {
            Content::Unit => f.write_str(own.variant),
            Content::Newtype(tree) => f.debug_tuple(own.variant).field(&Shown(tree)).finish(),
            Content::Fields(own_fields) => fields(own.variant, own_fields, f),
        },
        Tree::Seq(_, trees) => f.debug_list().entries(trees.iter().map(Shown)).finish(),
        Tree::Map(entries) => f.debug_map().entries(entries.iter().map(|(key, tree)| (key, Shown(tree)))).finish(),
    }
}

/// The schema of what holds nothing.
pub fn nil() -> Schema {
    Schema::Nil
}
