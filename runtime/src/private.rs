//! What the code that the derive generates calls. Not for anybody else: it changes with every release.

pub use alloc::vec;
use core::fmt;

pub use crate::module::{Builder, LeafMut, Parts};
pub use crate::record::declaration::{Declaration, DeclaredContent, DeclaredField, DeclaredVariant, Form, VariantOf};
pub use crate::record::{Binder, Fields, Item, LayerKind, LeafRef, Schema, SchemaFn, Tree};

/// What a field marked `#[module(skip)]` can be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no default to make a skipped field of",
    label = "lacks `Default`",
    note = "write `#[module(skip = expression)]` with what the field is made of when a model is loaded, or implement `Default`"
)]
pub trait Anew {
    /// The field, when a module is made from a record.
    fn anew() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> Anew for T {
    fn anew() -> Self {
        T::default()
    }
}

/// A record, as its `Debug` shows it.
pub fn debug(tree: &Tree<LeafRef<'_>>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    fmt::Debug::fmt(tree, f)
}

/// The schema of what holds nothing.
pub fn nil() -> Schema {
    Schema::Nil
}
