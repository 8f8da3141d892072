//! The type of a record, for formats whose bytes do not say it.

use alloc::vec::Vec;

use super::parts::Parts;
use crate::dtype::DTypeKind;

/// Gives the schema of a type. Not the schema itself, so that a recursive type has one.
pub type SchemaFn = fn() -> Schema;

/// The type of a record: what a decoder must know to read bytes that name nothing (bincode).
#[derive(Clone, Debug)]
pub enum Schema {
    /// A slot that is always nil: skipped fields, stateless types.
    Nil,
    /// The slot of a constant: nil, and before Burn 0.21 one for each of its parts.
    Constant(fn() -> Parts),
    /// A parameter or buffer: its id, then a tensor of elements of this kind, where the type says which.
    Param(Option<DTypeKind>),
    /// A tensor: bytes, shape, dtype.
    Tensor(Option<DTypeKind>),
    /// A value of fixed width or a text.
    Plain(PlainType),
    /// Something that may be absent.
    Option(SchemaFn),
    /// A list whose length is in the data.
    Vec(SchemaFn),
    /// A list whose length is in the type.
    Array(SchemaFn, usize),
    /// One thing of each type.
    Tuple(Vec<SchemaFn>),
    /// Entries with text keys.
    Map(SchemaFn),
    /// Fields, in the order of declaration.
    Struct {
        /// The type's full name, which tells it from every other type of the program.
        type_name: &'static str,
        /// The fields' names in files, and their types.
        fields: Vec<(&'static str, SchemaFn)>,
    },
    /// One of several variants, in the order of declaration.
    Enum {
        /// The type's full name.
        type_name: &'static str,
        /// The variants' names, and the types of what they hold.
        variants: Vec<(&'static str, SchemaFn)>,
    },
}

/// The type of a [`Plain`](super::Plain) value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the type of its name")]
pub enum PlainType {
    Unit,
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
    Char,
    Str,
}
