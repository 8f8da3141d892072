//! The slots of a record that hold no tensor.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::bind::Binder;
use super::item::Item;
use super::leaf::LeafRef;
use super::parts::Parts;
use super::schema::Schema;
use super::tree::Tree;
use crate::error::Result;
use crate::value::{from_value_within, to_value};

/// The slot of a field marked `#[module(skip)]`: nothing is saved, and `init_with` makes the field anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped;

/// The slot of a hyperparameter: `None` where the file has no value for it, as no file of Burn has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constant<T>(pub Option<T>);

impl<T> Default for Constant<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> From<T> for Constant<T> {
    fn from(value: T) -> Self {
        Self(Some(value))
    }
}

/// The record of an enum marked `#[module(stateless)]`: `None` where the file does not say which variant it was, as no file of Burn does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known<R>(pub Option<R>);

impl<R> From<R> for Known<R> {
    fn from(record: R) -> Self {
        Self(Some(record))
    }
}

/// What a field marked `#[module(constant)]` can be: anything that serde can write and read, and that can be cloned.
///
/// The methods are what the derive calls, so that a type that is none of these is one error, at the field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a constant of a module",
    label = "lacks `serde::Serialize`, `serde::Deserialize` or `Clone`",
    note = "a constant is saved with the model: derive `Clone`, `serde::Serialize` and `serde::Deserialize` for its type, or write \
            `#[module(skip)]` above the field if it is not to be saved; serde knows arrays of up to 32 elements, and no length `N`: \
            use a `Vec` for others"
)]
pub trait ConstantValue: Sized {
    #[doc(hidden)]
    fn constant_tree<L>(&self) -> Tree<L>;
    #[doc(hidden)]
    fn constant_slot(&self) -> Constant<Self>;
    #[doc(hidden)]
    fn clone_slot(slot: &Constant<Self>) -> Constant<Self>;
    #[doc(hidden)]
    fn slot_tree(slot: &Constant<Self>) -> Tree<LeafRef<'_>>;
    #[doc(hidden)]
    fn slot_item(slot: Constant<Self>) -> Result<Item>;
    #[doc(hidden)]
    fn bind_slot(item: Item, binder: &mut Binder<'_>) -> Option<Constant<Self>>;
    #[doc(hidden)]
    fn slot_schema() -> Schema;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Clone> ConstantValue for T {
    fn constant_tree<L>(&self) -> Tree<L> {
        Tree::Constant(to_value(self).map(Some))
    }

    fn constant_slot(&self) -> Constant<Self> {
        Constant(Some(self.clone()))
    }

    fn clone_slot(slot: &Constant<Self>) -> Constant<Self> {
        slot.clone()
    }

    fn slot_tree(slot: &Constant<Self>) -> Tree<LeafRef<'_>> {
        Tree::Constant(slot.0.as_ref().map(to_value).transpose())
    }

    fn slot_item(slot: Constant<Self>) -> Result<Item> {
        Ok(slot.0.as_ref().map(to_value).transpose()?.map_or(Item::Nil, Item::Value))
    }

    fn bind_slot(item: Item, binder: &mut Binder<'_>) -> Option<Constant<Self>> {
        let value = match item {
            Item::Value(value) => from_value_within(&value, binder.budget()),
            Item::Packed(packed) => packed.get(binder.budget()),
            item if item.is_constant_slot() => {
                binder.lacks();
                return Some(Constant(None));
            }
            item => return binder.wrong_form("a constant", &item),
        };
        match value {
            Ok(value) => Some(Constant(Some(value))),
            Err(error) => binder.fails(error),
        }
    }

    fn slot_schema() -> Schema {
        Schema::Constant(Parts::of::<T>)
    }
}
