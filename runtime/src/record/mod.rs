//! Typed records: what is saved of a module, and what plain data structs save of themselves.

mod bind;
mod containers;
pub(crate) mod declaration;
mod file_tensor;
mod item;
mod leaf;
mod numbers;
mod param_id;
mod parts;
pub(crate) mod plain;
mod recorder;
mod schema;
mod settings;
mod slots;
mod tree;

pub use bind::{Allowed, Binder, Fields, Loaded};
pub(crate) use bind::{part_of, recognise};
pub use containers::MapKey;
#[cfg(any(feature = "mpk", feature = "json"))]
pub(crate) use file_tensor::FileForm;
pub use file_tensor::{FileData, FileTensor};
pub(crate) use file_tensor::{StoredDType, is_no_fields, typed};
pub use item::Item;
pub(crate) use item::within_group_norm;
pub(crate) use leaf::TensorSource;
pub use leaf::{Leaf, LeafRef, MatrixLayout, Role, TieId};
pub use numbers::Numbers;
pub(crate) use numbers::each_numbers;
pub use param_id::ParamId;
pub use parts::Parts;
#[cfg(feature = "std")]
pub use recorder::FileRecorder;
pub use recorder::{BytesRecorder, Recorder};
pub(crate) use schema::is_same;
pub use schema::{PlainType, Schema, SchemaFn};
pub use settings::{
    BFloat16PrecisionSettings, DoublePrecisionSettings, FullPrecisionSettings, HalfPrecisionSettings, Precision,
    PrecisionSettings,
};
pub use slots::{Constant, ConstantValue, Known, Skipped};
pub use tree::{Container, Content, Field, LayerKind, Plain, Struct, Tree, Variant};

#[cfg(feature = "derive")]
pub use vellum_derive::Record;

use alloc::vec::Vec;

use crate::error::Result;

/// What can be saved and loaded: the record of a module, or a plain data struct with `#[derive(Record)]`.
///
/// Derived; implemented for numbers, texts, tensors, parameters, options, lists, tuples and maps.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    label = "cannot be saved in a record",
    note = "put `#[derive(Record)]` on a plain data struct, `#[derive(Module)]` on one that holds parameters"
)]
pub trait Record: Sized {
    /// Whether a file may say nothing about this: skipped fields, constants, types without state.
    const NEEDS_NOTHING: bool = false;

    /// Whether nothing is all that Burn's files ever hold of this: types without state. Then they do not say of an option of this whether
    /// it is there.
    const NIL_SAYS_NOTHING: bool = Self::NEEDS_NOTHING;

    /// The type, for formats whose bytes do not say it.
    fn schema() -> Schema;

    /// The form and the leaves, borrowed.
    fn tree(&self) -> Tree<LeafRef<'_>>;

    /// What a file would hold of this.
    ///
    /// # Errors
    /// Those of making a value's or a tensor's data.
    fn into_item(self) -> Result<Item>;

    /// The record that a file's item is, or `None` after noting every difference.
    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self>;

    /// A list of these, packed, for types that are numbers.
    #[doc(hidden)]
    fn list_numbers(_items: &[Self]) -> Option<Numbers> {
        None
    }

    /// The record of a list of numbers, for types that are numbers. What becomes another number is reported.
    ///
    /// # Errors
    /// The numbers, if they are not all of this type.
    #[doc(hidden)]
    fn list_from_numbers(numbers: Numbers, _binder: &mut Binder<'_>) -> Result<Vec<Self>, Numbers> {
        Err(numbers)
    }
}
