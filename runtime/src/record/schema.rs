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
    /// A slot that is always nil: skipped fields.
    Nil,
    /// The slot of a stateless type of this full name, which is nil.
    Stateless(&'static str),
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
        /// The type's full name. Another type can have the same: two blocks of one function, two versions of one crate.
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
fn add_floats(schema: SchemaFn, seen: &mut BTreeSet<usize>, floats: &mut Vec<Option<DType>>) {
    if !seen.insert(schema as usize) {
        return;
    }
    match schema() {
        Schema::Nil | Schema::Stateless(_) | Schema::Constant(_) | Schema::Plain(_) => {}
        Schema::Param(dtype) | Schema::Tensor(dtype) => {
            if dtype.is_none_or(|dtype| dtype.kind() == DTypeKind::Float) && !floats.contains(&dtype) {
                floats.push(dtype);
            }
        }
        Schema::Option(inner) | Schema::Vec(inner) | Schema::Array(inner, _) | Schema::Map(inner) => {
            add_floats(inner, seen, floats);
        }
        Schema::Tuple(parts) => parts.into_iter().for_each(|part| add_floats(part, seen, floats)),
        Schema::Struct { fields: parts, .. } | Schema::Enum { variants: parts, .. } => {
            for (_, part) in parts {
                add_floats(part, seen, floats);
            }
        }
    }
}

/// Whether two types are the same, as far as a file can tell: of one name, of the same parts. Two functions can have that of one type, where
/// the compiler made it twice.
pub(crate) fn is_same(a: SchemaFn, b: SchemaFn) -> bool {
    same(a, b, &mut BTreeSet::new())
}

/// The same, if the pairs of `assumed` are: one that holds itself is compared once.
fn same(a: SchemaFn, b: SchemaFn, assumed: &mut BTreeSet<(usize, usize)>) -> bool {
    if a as usize == b as usize || !assumed.insert((a as usize, b as usize)) {
        return true;
    }
    let mut all = |a: &[(&str, SchemaFn)], b: &[(&str, SchemaFn)]| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same(a.1, b.1, assumed))
    };
    match (a(), b()) {
        (Schema::Nil, Schema::Nil) => true,
        (Schema::Stateless(a), Schema::Stateless(b)) => a == b,
        (Schema::Constant(a), Schema::Constant(b)) => a() == b(),
        (Schema::Param(a), Schema::Param(b)) | (Schema::Tensor(a), Schema::Tensor(b)) => a == b,
        (Schema::Plain(a), Schema::Plain(b)) => a == b,
        (Schema::Option(a), Schema::Option(b))
        | (Schema::Vec(a), Schema::Vec(b))
        | (Schema::Map(a), Schema::Map(b)) => same(a, b, assumed),
        (Schema::Array(a, a_len), Schema::Array(b, b_len)) => a_len == b_len && same(a, b, assumed),
        (Schema::Tuple(a), Schema::Tuple(b)) => {
            a.len() == b.len() && a.into_iter().zip(b).all(|(a, b)| same(a, b, assumed))
        }
        (Schema::Struct { type_name: a_name, fields: a }, Schema::Struct { type_name: b_name, fields: b })
        | (Schema::Enum { type_name: a_name, variants: a }, Schema::Enum { type_name: b_name, variants: b }) => {
            a_name == b_name && all(&a, &b)
        }
        _ => false,
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
