//! Any item of a format that names what it holds.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::Deserializer;
use serde::de::{self, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};

use super::context::Context;
use crate::record::{Item, Numbers};
use crate::value::Value;

/// Reads any item.
#[derive(Clone, Copy)]
pub(in crate::recorder) struct AnyItem<'a>(pub(in crate::recorder) Context<'a>);

impl AnyItem<'_> {
    /// Charges one node of the tree.
    fn charge<E: de::Error>(&self) -> Result<(), E> {
        self.0.budget.charge_objects(1).map_err(|error| E::custom(self.0.errors.park(error)))
    }
}

impl<'de> DeserializeSeed<'de> for AnyItem<'_> {
    type Value = Item;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Item, D::Error> {
        self.0.blobs.ask(self.0.hint);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyItem<'_> {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item of a record")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Item, E> {
        Ok(self.0.blobs.take().map_or(Item::Nil, Item::Blob))
    }

    fn visit_none<E: de::Error>(self) -> Result<Item, E> {
        Ok(Item::Nil)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Item, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Item, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E: de::Error>(self, b: bool) -> Result<Item, E> {
        Ok(Item::Value(Value::Bool(b)))
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<Item, E> {
        Ok(Item::Value(Value::Int(n)))
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Item, E> {
        Ok(Item::Value(Value::from(n)))
    }

    fn visit_f32<E: de::Error>(self, x: f32) -> Result<Item, E> {
        Ok(Item::Value(Value::Float(x.into())))
    }

    fn visit_f64<E: de::Error>(self, x: f64) -> Result<Item, E> {
        Ok(Item::Value(Value::Float(x)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Item, E> {
        Ok(Item::Value(Value::Str(text.to_string())))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Item, E> {
        Ok(Item::Value(Value::Str(text)))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Item, E> {
        Ok(Item::Blob(bytes.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Item, A::Error> {
        self.charge()?;
        let mut list = List::Empty;
        while let Some(element) = seq.next_element_seed(Element(self))? {
            list.push(element);
        }
        Ok(list.finish())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
        let start = self.0.blobs.start();
        self.charge()?;
        let mut entries: Vec<(String, Item)> = Vec::new();
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            self.charge()?;
            if !names.insert(name.clone()) {
                return Err(de::Error::custom(alloc::format!("the name `{name}` is there twice")));
            }
            entries.push((name, map.next_value_seed(self)?));
        }
        let item = Item::Map(entries);
        match self.0.lazy {
            Some(lazy) => lazy.leave(start, item).map_err(|error| A::Error::custom(self.0.errors.park(error))),
            None => Ok(item),
        }
    }
}

/// An element of a list: numbers are kept as they are, so that a list of them can be packed.
enum Scalar {
    Bool(bool),
    Int(i64),
    UInt(u64),
    F32(f32),
    F64(f64),
    Other(Item),
}

impl Scalar {
    fn into_item(self) -> Item {
        match self {
            Self::Bool(b) => Item::Value(Value::Bool(b)),
            Self::Int(n) => Item::Value(Value::Int(n)),
            Self::UInt(n) => Item::Value(Value::from(n)),
            Self::F32(x) => Item::Value(Value::Float(x.into())),
            Self::F64(x) => Item::Value(Value::Float(x)),
            Self::Other(item) => item,
        }
    }
}

struct Element<'a>(AnyItem<'a>);

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = Scalar;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar, D::Error> {
        self.0.0.blobs.ask(self.0.0.hint);
        deserializer.deserialize_any(self)
    }
}

/// Passes on to [`AnyItem`] what is no number, and charges it there as a node of its own.
impl<'de> Visitor<'de> for Element<'_> {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_bool<E: de::Error>(self, b: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(b))
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<Scalar, E> {
        Ok(Scalar::Int(n))
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Scalar, E> {
        Ok(Scalar::UInt(n))
    }

    fn visit_f32<E: de::Error>(self, x: f32) -> Result<Scalar, E> {
        Ok(Scalar::F32(x))
    }

    fn visit_f64<E: de::Error>(self, x: f64) -> Result<Scalar, E> {
        Ok(Scalar::F64(x))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Scalar, E> {
        self.0.charge()?;
        self.0.visit_unit().map(Scalar::Other)
    }

    fn visit_none<E: de::Error>(self) -> Result<Scalar, E> {
        self.0.charge()?;
        self.0.visit_none().map(Scalar::Other)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar, D::Error> {
        self.0.visit_some(deserializer).map(Scalar::Other)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar, D::Error> {
        self.0.visit_newtype_struct(deserializer).map(Scalar::Other)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
        self.0.charge()?;
        self.0.visit_str(text).map(Scalar::Other)
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Scalar, E> {
        self.0.charge()?;
        self.0.visit_string(text).map(Scalar::Other)
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Scalar, E> {
        self.0.charge()?;
        self.0.visit_byte_buf(bytes).map(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Scalar, A::Error> {
        self.0.visit_seq(seq).map(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Scalar, A::Error> {
        self.0.visit_map(map).map(Scalar::Other)
    }
}

/// A list that stays packed for as long as all its elements are numbers of one sort. Integers begin as bytes, which the tensors of
/// JSON files are lists of.
enum List {
    Empty,
    Bool(Vec<bool>),
    Bytes(Vec<u8>),
    Int(Vec<i64>),
    UInt(Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Mixed(Vec<Item>),
}

impl List {
    fn push(&mut self, element: Scalar) {
        match (&mut *self, element) {
            (Self::Bool(list), Scalar::Bool(b)) => list.push(b),
            (Self::F32(list), Scalar::F32(x)) => list.push(x),
            (Self::F64(list), Scalar::F64(x)) => list.push(x),
            (Self::Bytes(list), Scalar::UInt(n)) if u8::try_from(n).is_ok() => {
                list.extend(u8::try_from(n).ok());
            }
            (Self::UInt(list), Scalar::UInt(n)) => list.push(n),
            (Self::Int(list), Scalar::Int(n)) => list.push(n),
            (Self::Int(list), Scalar::UInt(n)) if i64::try_from(n).is_ok() => list.extend(i64::try_from(n).ok()),
            (Self::Mixed(list), element) => list.push(element.into_item()),
            (Self::Empty, element) => *self = Self::first(element),
            (_, element) => {
                self.widen(&element);
                self.push(element);
            }
        }
    }

    fn first(element: Scalar) -> Self {
        match element {
            Scalar::Bool(b) => Self::Bool([b].into()),
            Scalar::UInt(n) => {
                u8::try_from(n).map_or_else(|_| Self::UInt([n].into()), |byte| Self::Bytes([byte].into()))
            }
            Scalar::Int(n) => Self::Int([n].into()),
            Scalar::F32(x) => Self::F32([x].into()),
            Scalar::F64(x) => Self::F64([x].into()),
            Scalar::Other(item) => Self::Mixed([item].into()),
        }
    }

    /// Makes room for an element that the list cannot take: integers widen to integers, everything else to items.
    fn widen(&mut self, element: &Scalar) {
        let list = core::mem::replace(self, Self::Empty);
        let signed = matches!(element, Scalar::Int(n) if *n < 0);
        let fits = |n: &u64| i64::try_from(*n).is_ok();
        *self = match (list, element) {
            (Self::Bytes(list), Scalar::Int(_)) => Self::Int(list.into_iter().map(i64::from).collect()),
            (Self::Bytes(list), Scalar::UInt(_)) => Self::UInt(list.into_iter().map(u64::from).collect()),
            (Self::UInt(list), Scalar::Int(_)) if signed && list.iter().all(fits) => {
                Self::Int(list.into_iter().filter_map(|n| i64::try_from(n).ok()).collect())
            }
            (list, _) => Self::Mixed(match list.finish() {
                Item::Seq(items) => items,
                Item::Numbers(numbers) => crate::record::plain::unpack(&numbers),
                _ => Vec::new(),
            }),
        };
    }

    fn finish(self) -> Item {
        Item::Numbers(match self {
            Self::Empty => return Item::Seq(Vec::new()),
            Self::Mixed(items) => return Item::Seq(items),
            Self::Bool(list) => Numbers::Bool(list),
            Self::Bytes(list) => Numbers::U8(list),
            Self::Int(list) => Numbers::I64(list),
            Self::UInt(list) => Numbers::U64(list),
            Self::F32(list) => Numbers::F32(list),
            Self::F64(list) => Numbers::F64(list),
        })
    }
}
