//! The type of a record, for formats whose bytes do not say it.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::parts::Parts;
use crate::dtype::{DType, DTypeKind};

/// Gives the schema of a type. Not the schema itself, so that a recursive type has one.
pub type SchemaFn = fn() -> Schema;

/// The type of a record: what a decoder must know to read bytes that name nothing (bincode).
#[derive(Clone, Debug)]
pub enum Schema {
    /// A slot that is always nil: skipped fields, stateless types.
    Nil,
    /// The slot of a constant: nil, and before Burn 0.21 one for each of its parts.
    Constant(fn() -> Parts),
    /// A parameter or buffer: its id, then a tensor of elements of this dtype, where the type says which. A file has the same kind.
    Param(Option<DType>),
    /// A tensor: bytes, shape, dtype.
    Tensor(Option<DType>),
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

impl Schema {
    /// The dtype that all floats of a type have, where the type says it.
    pub(crate) fn float(schema: SchemaFn) -> Option<DType> {
        let mut floats = Vec::new();
        add_floats(schema, &mut BTreeSet::new(), &mut floats);
        match floats[..] {
            [float] => float,
            _ => None,
        }
    }
}

/// Adds the dtypes of a type's floats, each once, and nothing in the place of one that the type does not say.
fn add_floats(schema: SchemaFn, named: &mut BTreeSet<&'static str>, floats: &mut Vec<Option<DType>>) {
    match schema() {
        Schema::Nil | Schema::Constant(_) | Schema::Plain(_) => {}
        Schema::Param(dtype) | Schema::Tensor(dtype) => {
            if dtype.is_none_or(|dtype| dtype.kind() == DTypeKind::Float) && !floats.contains(&dtype) {
                floats.push(dtype);
            }
        }
        Schema::Option(inner) | Schema::Vec(inner) | Schema::Array(inner, _) | Schema::Map(inner) => {
            add_floats(inner, named, floats);
        }
        Schema::Tuple(parts) => parts.into_iter().for_each(|part| add_floats(part, named, floats)),
        Schema::Struct { type_name, fields: parts } | Schema::Enum { type_name, variants: parts } => {
            if named.insert(type_name) {
                for (_, part) in parts {
                    add_floats(part, named, floats);
                }
            }
        }
    }
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
