//! What the derive asks of a field's type.
//!
//! A record has in it what the record of each field is, and rustc says that there is none wherever the record is named: in every type that
//! has the type as a field, and in the user's code. So that a field that was left unmarked is one error, at the field, the types that
//! are left so most often have a record here. None of them is a module, and only the field's own type is held to that.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::time::Duration;

use super::{Builder, LeafMut, Module};
use crate::backend::{Backend, Tensor, TensorKind};
use crate::record::{LeafRef, Record, Skipped, Tree};
use crate::tensor::TensorData;

/// What can be a field of a module without more errors than one: a module, or what is told to be none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a module",
    label = "neither a module nor marked as something else",
    note = "write `#[module(constant)]` above the field for a hyperparameter that is saved with the model, or `#[module(skip)]` for what is \
            not saved; a tensor goes into a `Param` or a `Buffer`; a struct of your own needs `#[derive(Module)]`"
)]
pub trait Part: Sized {
    /// The field of the record.
    type Record: Record;
    /// [`Yes`] or [`No`].
    type Is;

    /// As [`Module::tree`]; `proven` is [`IsModule::PROVEN`].
    fn tree(&self, proven: ()) -> Tree<LeafRef<'_>>;
    /// As [`Module::tree_mut`].
    fn tree_mut(&mut self) -> Tree<LeafMut<'_>>;
    /// As [`Module::record`].
    fn record(&self) -> Self::Record;
    /// As [`Module::into_record`].
    fn into_record(self) -> Self::Record;
    /// As [`Module::clone_record`].
    fn clone_record(record: &Self::Record) -> Self::Record;
    /// As [`Module::build`].
    fn build(record: Self::Record, builder: &mut Builder) -> Option<Self>;
}

impl<M: Module> Part for M {
    type Record = M::Record;
    type Is = Yes;

    fn tree(&self, (): ()) -> Tree<LeafRef<'_>> {
        Module::tree(self)
    }

    fn tree_mut(&mut self) -> Tree<LeafMut<'_>> {
        Module::tree_mut(self)
    }

    fn record(&self) -> M::Record {
        Module::record(self)
    }

    fn into_record(self) -> M::Record {
        Module::into_record(self)
    }

    fn clone_record(record: &M::Record) -> M::Record {
        <M as Module>::clone_record(record)
    }

    fn build(record: M::Record, builder: &mut Builder) -> Option<M> {
        <M as Module>::build(record, builder)
    }
}

/// It is a module.
pub enum Yes {}

/// It is none.
pub enum No {}

/// Whether a field's type `M` is a module: only [`Yes`] is the answer that compiles.
#[diagnostic::on_unimplemented(
    message = "`{M}` is not a module",
    label = "neither a module nor marked as something else",
    note = "write `#[module(constant)]` above the field for a hyperparameter that is saved with the model, or `#[module(skip)]` for what is \
            not saved; a tensor goes into a `Param` or a `Buffer`; a struct of your own needs `#[derive(Module)]`"
)]
pub trait IsModule<M> {
    /// There where it is one.
    const PROVEN: () = ();
}

impl<M> IsModule<M> for Yes {}

/// `impl Part` for what is no module. Nothing calls the methods, because what does is not compiled.
macro_rules! no_module {
    ($([$($generics:tt)*] $ty:ty;)*) => {$(
        impl<$($generics)*> Part for $ty {
            type Record = Skipped;
            type Is = No;

            fn tree(&self, (): ()) -> Tree<LeafRef<'_>> {
                Tree::Skipped
            }

            fn tree_mut(&mut self) -> Tree<LeafMut<'_>> {
                Tree::Skipped
            }

            fn record(&self) -> Skipped {
                Skipped
            }

            fn into_record(self) -> Skipped {
                Skipped
            }

            fn clone_record(_: &Skipped) -> Skipped {
                Skipped
            }

            fn build(_: Skipped, _: &mut Builder) -> Option<Self> {
                None
            }
        }
    )*};
}

/// For these alone, and in what is a module if they are.
macro_rules! no_modules {
    ($($ty:ty),*) => {$(
        no_module! {
            [] $ty;
            [] ($ty, $ty);
            [const N: usize] [$ty; N];
            [] Option<$ty>;
            [] Option<($ty, $ty)>;
            [const N: usize] Option<[$ty; N]>;
            [] Option<Option<$ty>>;
            [] Option<Vec<$ty>>;
            [] Vec<$ty>;
            [] Vec<($ty, $ty)>;
            [const N: usize] Vec<[$ty; N]>;
            [] Vec<Option<$ty>>;
            [] Vec<Vec<$ty>>;
        }
    )*};
}

no_modules!(bool, char, u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, String, Duration);
no_module! {
    ['a] &'a str;
    [T: ?Sized] Rc<T>;
    [T: ?Sized] Arc<T>;
    [T] Cell<T>;
    [T] RefCell<T>;
    [S: ndarray::RawData<Elem = E>, D, E] ndarray::ArrayBase<S, D, E>;
    [B: Backend, const D: usize, K: TensorKind<B>] Tensor<B, D, K>;
    [] TensorData;
}

#[cfg(feature = "std")]
no_module! {
    [] std::path::PathBuf;
}
