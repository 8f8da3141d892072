//! The schema of a record in a form that a file can hold.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::codec::bincode;
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, Result};
use crate::record::{Parts, PlainType, Schema, SchemaFn, is_same};
use crate::recorder::decode::history;
use crate::recorder::metadata::Era;
use crate::xxh3::xxh3_64;

/// The types that have a name, with their numbers: one, but for types of one name.
type Named = BTreeMap<&'static str, Vec<(SchemaFn, u32)>>;

/// The type of a record: nodes that refer to each other by number, so that a recursive type is a finite list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredSchema {
    nodes: Vec<Node>,
    root: u32,
}

/// One type. The order of the variants is part of the format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Node {
    Nil,
    Param(Kind),
    Tensor(Kind),
    Plain(Type),
    Option(u32),
    Vec(u32),
    Array(u32, u64),
    Tuple(Vec<u32>),
    Map(u32),
    Struct(Vec<(String, u32)>),
    Enum(Vec<(String, u32)>),
}

/// The kind of a tensor's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Any,
    Float,
    Integer,
    Bool,
    Complex,
}

impl Kind {
    fn of(dtype: Option<DType>) -> Self {
        match dtype.map(DType::kind) {
            None => Self::Any,
            Some(DTypeKind::Float) => Self::Float,
            Some(DTypeKind::Integer) => Self::Integer,
            Some(DTypeKind::Bool) => Self::Bool,
            Some(DTypeKind::Complex) => Self::Complex,
        }
    }
}

/// The type of a plain value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Type {
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

impl From<PlainType> for Type {
    fn from(plain: PlainType) -> Self {
        match plain {
            PlainType::Unit => Self::Unit,
            PlainType::Bool => Self::Bool,
            PlainType::I8 => Self::I8,
            PlainType::I16 => Self::I16,
            PlainType::I32 => Self::I32,
            PlainType::I64 => Self::I64,
            PlainType::U8 => Self::U8,
            PlainType::U16 => Self::U16,
            PlainType::U32 => Self::U32,
            PlainType::U64 => Self::U64,
            PlainType::F32 => Self::F32,
            PlainType::F64 => Self::F64,
            PlainType::Char => Self::Char,
            PlainType::Str => Self::Str,
        }
    }
}

impl StoredSchema {
    /// The schema of a type.
    pub(crate) fn of(schema: SchemaFn) -> Self {
        Self::of_era(schema, Era::V21)
    }

    /// The schema that a type had in an era of Burn: its layers had other fields than they have.
    pub(crate) fn of_era(schema: SchemaFn, era: Era) -> Self {
        let mut own = Self::default();
        own.root = own.add(schema, era, &mut Named::new());
        own
    }

    /// The root's number.
    pub(crate) fn root(&self) -> u32 {
        self.root
    }

    /// All nodes, by their numbers.
    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node of this number.
    ///
    /// # Errors
    /// A number that the list has not: the file is corrupt.
    pub(crate) fn node(&self, number: u32) -> Result<&Node> {
        let node = usize::try_from(number).ok().and_then(|i| self.nodes.get(i));
        node.ok_or_else(|| Error::corrupt("the schema refers to a type that it does not list"))
    }

    /// About how many bytes of memory it takes.
    pub(crate) fn memory(&self) -> u64 {
        let of = |node: &Node| match node {
            Node::Tuple(parts) => size_of_val(parts.as_slice()),
            Node::Struct(parts) | Node::Enum(parts) => {
                size_of_val(parts.as_slice()) + parts.iter().map(|(name, _)| name.len()).sum::<usize>()
            }
            _ => 0,
        };
        // Lists have room for up to twice their elements.
        2 * self.nodes.iter().map(|node| (size_of::<Node>() + of(node)) as u64).sum::<u64>()
    }

    /// A digest of the schema: equal for equal types, whatever their Rust names are.
    ///
    /// # Errors
    /// None that a schema of a type can have.
    pub(crate) fn digest(&self) -> Result<u64> {
        Ok(xxh3_64(&bincode::to_vec(self)?))
    }

    fn add(&mut self, of: SchemaFn, era: Era, named: &mut Named) -> u32 {
        let schema = of();
        if let Schema::Struct { type_name, .. } | Schema::Enum { type_name, .. } = &schema
            && let Some((_, number)) =
                named.get(type_name).and_then(|all| all.iter().find(|(own, _)| is_same(*own, of)))
        {
            return *number;
        }
        // The place is taken before the parts are added, so that they can refer to it.
        let number = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node::Nil);
        let node = match schema {
            Schema::Nil => nil(era),
            Schema::Stateless(type_name) => match history::slots_in(era, type_name) {
                1 => nil(era),
                slots => Node::Tuple((0..slots).map(|_| self.push(nil(era))).collect()),
            },
            Schema::Constant(parts) if era < Era::V21 => self.parts(&parts(), era),
            Schema::Constant(_) => Node::Nil,
            Schema::Param(dtype) => Node::Param(Kind::of(dtype)),
            Schema::Tensor(dtype) => Node::Tensor(Kind::of(dtype)),
            Schema::Plain(plain) => Node::Plain(plain.into()),
            Schema::Option(inner) => Node::Option(self.add(inner, era, named)),
            Schema::Vec(inner) => Node::Vec(self.add(inner, era, named)),
            Schema::Array(inner, _) if era < Era::V12 => Node::Vec(self.add(inner, era, named)),
            Schema::Array(inner, len) => Node::Array(self.add(inner, era, named), len as u64),
            Schema::Tuple(inner) => Node::Tuple(inner.into_iter().map(|part| self.add(part, era, named)).collect()),
            Schema::Map(inner) => Node::Map(self.add(inner, era, named)),
            Schema::Struct { type_name, fields } => {
                named.entry(type_name).or_default().push((of, number));
                Node::Struct(self.add_all(history::parts_in(era, type_name, fields), era, named))
            }
            Schema::Enum { type_name, variants } => {
                named.entry(type_name).or_default().push((of, number));
                Node::Enum(self.add_all(history::parts_in(era, type_name, variants), era, named))
            }
        };
        if let Some(place) = self.nodes.get_mut(number as usize) {
            *place = node;
        }
        number
    }

    /// The node of a constant's parts.
    fn parts(&mut self, parts: &Parts, era: Era) -> Node {
        match parts {
            Parts::One => nil(era),
            Parts::Option(inner) => Node::Option(self.add_parts(inner, era)),
            Parts::List(item) => Node::Vec(self.add_parts(item, era)),
            // An array: tuples were no modules then.
            Parts::Each(items) if era < Era::V12 => {
                Node::Vec(self.add_parts(items.first().unwrap_or(&Parts::One), era))
            }
            Parts::Each(items) => Node::Tuple(items.iter().map(|item| self.add_parts(item, era)).collect()),
        }
    }

    fn add_parts(&mut self, parts: &Parts, era: Era) -> u32 {
        let node = self.parts(parts, era);
        self.push(node)
    }

    fn push(&mut self, node: Node) -> u32 {
        self.nodes.push(node);
        u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX)
    }

    fn add_all(&mut self, parts: Vec<(&'static str, SchemaFn)>, era: Era, named: &mut Named) -> Vec<(String, u32)> {
        parts.into_iter().map(|(name, part)| (name.to_string(), self.add(part, era, named))).collect()
    }
}

/// An empty slot.
fn nil(era: Era) -> Node {
    if era < Era::V8 { Node::Tuple(Vec::new()) } else { Node::Nil }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn list() -> Schema {
        Schema::Struct { type_name: "list", fields: vec![("head", || Schema::Param(None)), ("tail", tail)] }
    }

    fn tail() -> Schema {
        Schema::Option(list)
    }

    #[test]
    fn a_recursive_type_is_a_finite_list() {
        let schema = StoredSchema::of(list);
        assert_eq!(schema.nodes.len(), 3);
        assert_eq!(schema.node(2).unwrap(), &Node::Option(0));
        assert!(schema.node(3).is_err());
    }

    #[test]
    fn types_of_one_name_are_told_apart_by_what_they_are() {
        fn own() -> Schema {
            Schema::Struct { type_name: "own", fields: vec![("w", || Schema::Param(None)), ("next", again)] }
        }
        fn again() -> Schema {
            Schema::Option(other)
        }
        fn other() -> Schema {
            Schema::Struct { type_name: "own", fields: vec![("next", again), ("w", || Schema::Param(None))] }
        }
        fn twin() -> Schema {
            Schema::Struct {
                type_name: "own",
                fields: vec![("next", || Schema::Option(twin)), ("w", || Schema::Param(None))],
            }
        }
        let schema = StoredSchema::of(|| Schema::Tuple(vec![own, other, twin, own]));
        let Node::Tuple(parts) = schema.node(0).unwrap() else { panic!() };
        let names = |number: u32| match schema.node(number).unwrap() {
            Node::Struct(parts) => parts.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            parts.iter().map(|&part| names(part)).collect::<Vec<_>>(),
            [["w", "next"], ["next", "w"], ["next", "w"], ["w", "next"]]
        );
        assert_eq!((parts[1], parts[0]), (parts[2], parts[3]), "what is one type is there once");
    }

    #[test]
    fn the_digest_tells_types_apart_and_not_their_rust_names() {
        let renamed = || Schema::Struct { type_name: "other", fields: vec![("w", || Schema::Nil)] };
        let own = || Schema::Struct { type_name: "own", fields: vec![("w", || Schema::Nil)] };
        let longer = || Schema::Struct { type_name: "own", fields: vec![("w", || Schema::Nil), ("b", || Schema::Nil)] };
        let digest = |schema: SchemaFn| StoredSchema::of(schema).digest().unwrap();
        assert_eq!(digest(own), digest(renamed));
        assert_ne!(digest(own), digest(longer));
    }
}
