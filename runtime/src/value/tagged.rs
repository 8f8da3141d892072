//! A value's own serialised form: the variant is named, so that every encoding keeps it.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::Value;
use super::float::Float;

/// What is written: the variants and names of [`Value`], borrowed.
#[derive(serde::Serialize)]
#[serde(rename = "Value")]
enum Borrowed<'a> {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(Float),
    Str(&'a str),
    Bytes(Raw<&'a [u8]>),
    List(&'a [Value]),
    Map(Entries<&'a [(String, Value)]>),
    Object { class: &'a str, fields: Entries<&'a [(String, Value)]> },
    Tensor(u64),
}

/// What is read: as [`Borrowed`], in the same order.
#[derive(serde::Deserialize)]
#[serde(rename = "Value", deny_unknown_fields)]
enum Owned {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(Float),
    Str(String),
    Bytes(Raw<Vec<u8>>),
    List(Vec<Value>),
    Map(Entries<Vec<(String, Value)>>),
    Object { class: String, fields: Entries<Vec<(String, Value)>> },
    Tensor(u64),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => Borrowed::Null,
            Self::Bool(value) => Borrowed::Bool(*value),
            Self::Int(value) => Borrowed::Int(*value),
            Self::UInt(value) => Borrowed::UInt(*value),
            Self::Float(value) => Borrowed::Float(Float(*value)),
            Self::Str(text) => Borrowed::Str(text),
            Self::Bytes(bytes) => Borrowed::Bytes(Raw(bytes)),
            Self::List(items) => Borrowed::List(items),
            Self::Map(entries) => Borrowed::Map(Entries(entries)),
            Self::Object { class, fields } => Borrowed::Object { class, fields: Entries(fields) },
            Self::Tensor(index) => Borrowed::Tensor(*index as u64),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Owned::deserialize(deserializer)? {
            Owned::Null => Self::Null,
            Owned::Bool(value) => Self::Bool(value),
            Owned::Int(value) => Self::Int(value),
            Owned::UInt(value) => Self::UInt(value),
            Owned::Float(Float(value)) => Self::Float(value),
            Owned::Str(text) => Self::Str(text),
            Owned::Bytes(Raw(bytes)) => Self::Bytes(bytes),
            Owned::List(items) => Self::List(items),
            Owned::Map(Entries(entries)) => Self::Map(entries),
            Owned::Object { class, fields: Entries(fields) } => Self::Object { class, fields },
            Owned::Tensor(index) => Self::Tensor(usize::try_from(index).map_err(de::Error::custom)?),
        })
    }
}

/// Entries as a map, in their order.
struct Entries<T>(T);

impl Serialize for Entries<&[(String, Value)]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<'de> Deserialize<'de> for Entries<Vec<(String, Value)>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries<Vec<(String, Value)>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                match duplicate(&entries) {
                    None => Ok(Entries(entries)),
                    Some(key) => Err(de::Error::custom(format_args!("duplicate key `{key}`"))),
                }
            }
        }

        deserializer.deserialize_map(EntriesVisitor)
    }
}

/// A key that is there twice.
pub(super) fn duplicate(entries: &[(String, Value)]) -> Option<&str> {
    let mut seen = BTreeSet::new();
    entries.iter().map(|(key, _)| key.as_str()).find(|&key| !seen.insert(key))
}

/// Bytes, which serde would take for a sequence of integers.
struct Raw<T>(T);

impl Serialize for Raw<&[u8]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de> Deserialize<'de> for Raw<Vec<u8>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawVisitor;

        impl<'de> Visitor<'de> for RawVisitor {
            type Value = Raw<Vec<u8>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Raw(bytes.to_vec()))
            }

            fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Self::Value, E> {
                Ok(Raw(bytes))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = seq.next_element()? {
                    bytes.push(byte);
                }
                Ok(Raw(bytes))
            }
        }

        deserializer.deserialize_byte_buf(RawVisitor)
    }
}
