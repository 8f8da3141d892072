//! What a record is in a file: names, lists and tensors, before they are known to fit a type.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::file_tensor::FileTensor;
use super::numbers::Numbers;
use super::tree::Plain;
use crate::bytes::Bytes;
use crate::value::{Packed, Value, widen};

/// What a record is in a file, or would be: the common form of all recorders' formats and eras, and of typed records that are loaded
/// in place.
#[derive(Clone, Debug, Default)]
pub enum Item {
    /// Nothing: an absent option, a skipped field, a constant that the file has no value for.
    #[default]
    Nil,
    /// An option that is said to be absent, of a type for which there is nothing anyway.
    Absent,
    /// An option that is there, with what it holds, where that is [`Item::Nil`] itself or another of these: a stateless type, an option
    /// in an option.
    Some(Box<Item>),
    /// A number, a text, or a constant's value.
    Value(Value),
    /// A constant's value as the file has it: a long one would take many times its bytes as a tree.
    Packed(Packed),
    /// Bytes, read to where they stay.
    Blob(Bytes),
    /// A list of numbers.
    Numbers(Numbers),
    /// A list.
    Seq(Vec<Item>),
    /// Fields by name, entries of a map by key, or one variant by name.
    Map(Vec<(String, Item)>),
    /// A parameter or a plain tensor: of a typed record, or of a file whose bytes alone do not say what they are. Files that name what
    /// they hold have a [`Item::Map`] here, which [`FileTensor::recognise`] knows.
    Tensor(Box<FileTensor>),
}

impl From<FileTensor> for Item {
    fn from(tensor: FileTensor) -> Self {
        Self::Tensor(Box::new(tensor))
    }
}

impl Item {
    /// An option that is there and holds this.
    pub(crate) fn some(self) -> Self {
        match self {
            Self::Nil | Self::Absent | Self::Some(_) => Self::Some(Box::new(self)),
            item => item,
        }
    }

    /// What an option holds that is there.
    pub(crate) fn inside(self) -> Self {
        match self {
            Self::Some(item) => *item,
            item => item,
        }
    }

    /// Whether this is the slot of something that is not saved: nil, or as many of them as it had parts.
    pub(crate) fn is_slot(&self) -> bool {
        match self {
            Self::Nil => true,
            Self::Seq(items) => items.iter().all(Self::is_slot),
            Self::Numbers(numbers) => numbers.is_empty(),
            _ => false,
        }
    }

    /// Whether this is the slot of a constant without a value. Before Burn 0.21 it had the form of the constant: that of an option which is
    /// there has one inside.
    pub(crate) fn is_constant_slot(&self) -> bool {
        match self {
            Self::Some(item) => item.is_constant_slot(),
            Self::Seq(items) => items.iter().all(Self::is_constant_slot),
            item => item.is_nothing(),
        }
    }

    /// Whether there is nothing in this that could be lost.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::Absent) || self.is_slot()
    }

    /// Bytes of memory that are charged for its parts and for boxes, without what is in these.
    pub(crate) fn memory_around(&self) -> usize {
        match self {
            Self::Tensor(_) => size_of::<FileTensor>(),
            Self::Map(entries) => {
                size_of_val(entries.as_slice()) + entries.iter().map(|(_, item)| item.memory_around()).sum::<usize>()
            }
            _ => 0,
        }
    }

    /// What this is, for a message.
    pub(crate) fn form(&self) -> &'static str {
        match self {
            Self::Nil => "nothing",
            Self::Absent => "an absent option",
            Self::Some(_) => "an optional part",
            Self::Value(Value::Bool(_)) => "a truth value",
            Self::Value(Value::Int(_) | Value::UInt(_)) => "an integer",
            Self::Value(Value::Float(_)) => "a number",
            Self::Value(Value::Str(_)) => "a text",
            Self::Value(_) | Self::Packed(_) => "a value",
            Self::Blob(_) => "bytes",
            Self::Numbers(_) => "a list of numbers",
            Self::Seq(_) => "a list",
            Self::Map(entries) => FileTensor::form_of(entries).unwrap_or("named fields"),
            Self::Tensor(tensor) if tensor.id.is_some() => "a parameter",
            Self::Tensor(_) => "a tensor",
        }
    }
}

/// The fields of an instance norm, which in Burn 0.13 was a group norm and had its fields in one of this name. `known` are the names of the type's
/// fields, older ones too: another type is left as it is.
pub(crate) fn within_group_norm<'a>(
    mut entries: Vec<(String, Item)>,
    known: impl Iterator<Item = &'a str>,
) -> Vec<(String, Item)> {
    const OUTER: &str = "group_norm";
    const INNER: [&str; 5] = ["gamma", "beta", "num_channels", "epsilon", "affine"];
    let is_norm = known.eq(INNER);
    match entries.as_mut_slice() {
        [(name, Item::Map(inner))] if is_norm && name == OUTER => core::mem::take(inner),
        _ => entries,
    }
}

impl From<Plain> for Item {
    fn from(plain: Plain) -> Self {
        Self::Value(match plain {
            Plain::Unit => return Self::Nil,
            Plain::Bool(b) => Value::Bool(b),
            Plain::I8(n) => Value::Int(n.into()),
            Plain::I16(n) => Value::Int(n.into()),
            Plain::I32(n) => Value::Int(n.into()),
            Plain::I64(n) => Value::Int(n),
            Plain::U8(n) => Value::Int(n.into()),
            Plain::U16(n) => Value::Int(n.into()),
            Plain::U32(n) => Value::Int(n.into()),
            Plain::U64(n) => Value::from(n),
            Plain::F32(x) => Value::Float(widen(x)),
            Plain::F64(x) => Value::Float(x),
            Plain::Char(c) => Value::Str(c.into()),
            Plain::Str(text) => Value::Str(text),
        })
    }
}
