//! Any item of a format that names what it holds.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::Deserializer;
use serde::de::{self, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};

use super::context::Context;
use super::list::{List, Scalar, fit};
use crate::limits::put;
use crate::record::{FileTensor, Item};
use crate::value::{Value, widen};

/// Reads any item.
#[derive(Clone, Copy)]
pub(in crate::recorder) struct AnyItem<'a>(pub(in crate::recorder) Context<'a>);

impl AnyItem<'_> {
    /// Charges one node of the tree.
    fn charge<E: de::Error>(&self) -> Result<(), E> {
        self.0.charge_node(0)
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
        Ok(Item::Value(Value::Float(widen(x))))
    }

    fn visit_f64<E: de::Error>(self, x: f64) -> Result<Item, E> {
        Ok(Item::Value(Value::Float(x)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Item, E> {
        self.0.charge_bytes(text.len())?;
        Ok(Item::Value(Value::Str(text.to_string())))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Item, E> {
        self.0.charge_bytes(text.len())?;
        Ok(Item::Value(Value::Str(text)))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Item, E> {
        Ok(Item::Blob(bytes.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Item, A::Error> {
        self.charge()?;
        let inner = Self(self.0.deeper()?);
        let mut list = List::default();
        while let Some(element) = seq.next_element_seed(Element(inner))? {
            list.push(element, self.0.budget).map_err(|error| A::Error::custom(self.0.errors.park(error)))?;
        }
        Ok(list.finish())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
        let start = self.0.blobs.start();
        self.charge()?;
        let inner = Self(self.0.deeper()?);
        let mut entries: Vec<(String, Item)> = Vec::new();
        let (mut names, mut bytes_of_names) = (BTreeSet::new(), 0);
        while let Some(name) = map.next_key::<String>()? {
            // The name is in the list and in the set.
            let in_set = name.len() + size_of::<String>();
            self.0.charge_named(&name, name.len() + in_set)?;
            bytes_of_names += in_set;
            if !names.insert(name.clone()) {
                return Err(de::Error::custom(alloc::format!("the name `{name}` is there twice")));
            }
            let entry = (name, map.next_value_seed(inner)?);
            put(&mut entries, entry, self.0.budget).map_err(|error| A::Error::custom(self.0.errors.park(error)))?;
        }
        self.0.budget.refund_held(bytes_of_names as u64);
        let park = |error| A::Error::custom(self.0.errors.park(error));
        if FileTensor::has_parts(&entries) {
            self.0.count_tensor()?;
        }
        // A tensor takes less than its parts take. What is wrong with one is told when its path is known.
        let item = if FileTensor::is_sound(&entries) {
            let parts = entries.capacity() * size_of::<(String, Item)>();
            self.0.budget.refund_held(parts as u64);
            self.0.charge_tensor()?;
            FileTensor::recognise(Item::Map(entries), false).map_err(park)?.map_or_else(|item| item, Item::from)
        } else {
            fit(&mut entries, self.0.budget);
            Item::Map(entries)
        };
        match self.0.lazy {
            Some(lazy) => lazy.leave(start, item, self.0.budget).map_err(park),
            None => Ok(item),
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
