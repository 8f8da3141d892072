//! The three named parts of a record: metadata, item, and the empty struct behind them.

use alloc::string::String;
use core::fmt;
#[cfg(feature = "json")]
use core::marker::PhantomData;

use serde::Deserializer;
use serde::de::{self, DeserializeSeed, MapAccess, Visitor};

use super::any::AnyItem;
use super::context::Context;
#[cfg(feature = "json")]
use crate::codec::charged::Meter;
use crate::error::{Error, ErrorKind};
use crate::record::Item;
#[cfg(feature = "json")]
use crate::recorder::json_trailer::JsonTrailer;
use crate::recorder::metadata::RecordMetadata;

/// The parts of a record in a format that names them.
pub(in crate::recorder) struct RecordParts {
    pub(in crate::recorder) metadata: RecordMetadata,
    pub(in crate::recorder) item: Item,
    /// What a JSON file of ours holds beside them.
    #[cfg(feature = "json")]
    pub(in crate::recorder) trailer: Option<JsonTrailer>,
}

/// Reads a record whose parts are named.
pub(in crate::recorder) struct NamedRecord<'a>(pub(in crate::recorder) Context<'a>);

impl<'de> DeserializeSeed<'de> for NamedRecord<'_> {
    type Value = RecordParts;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<RecordParts, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for NamedRecord<'_> {
    type Value = RecordParts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record with metadata and an item")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RecordParts, A::Error> {
        let mut context = self.0.deeper()?;
        let (mut metadata, mut item, mut end) = (None, None, None);
        #[cfg(feature = "json")]
        let mut trailer = None;
        while let Some(name) = map.next_key::<String>()? {
            let twice = match name.as_str() {
                "metadata" => {
                    let read: RecordMetadata = map.next_value()?;
                    context = context.of_floats(read.precision().float);
                    // Before the item, so that a layout that nobody knows is not read.
                    let known = context.lazy.map_or_else(|| read.era().map(drop), |lazy| lazy.know(&read));
                    known.map_err(|error| -> A::Error { de::Error::custom(context.errors.park(error)) })?;
                    metadata.replace(read).is_some()
                }
                "item" => item.replace(map.next_value_seed(AnyItem(context))?).is_some(),
                "_b" => end.replace(map.next_value_seed(AnyItem(context))?).is_some(),
                #[cfg(feature = "json")]
                JsonTrailer::KEY => {
                    let meter = Meter::new(context.budget, context.errors);
                    trailer.replace(map.next_value_seed(meter.over(PhantomData))?).is_some()
                }
                other if metadata.is_none() && item.is_none() => {
                    let found = alloc::format!("data that begins with the part `{other}`");
                    let error = Error::new(ErrorKind::WrongFormat { expected: "record", found });
                    return Err(de::Error::custom(context.errors.park(error)));
                }
                other => return Err(de::Error::custom(alloc::format!("a record has no part `{other}`"))),
            };
            if twice {
                return Err(de::Error::custom(alloc::format!("the part `{name}` is there twice")));
            }
        }
        match end {
            None | Some(Item::Nil) => {}
            Some(Item::Seq(items)) if items.is_empty() => {}
            Some(Item::Map(entries)) if entries.is_empty() => {}
            Some(_) => return Err(de::Error::custom("the part `_b` holds something")),
        }
        let metadata = metadata.ok_or_else(|| de::Error::missing_field("metadata"))?;
        let item = item.ok_or_else(|| de::Error::missing_field("item"))?;
        Ok(RecordParts {
            metadata,
            item,
            #[cfg(feature = "json")]
            trailer,
        })
    }
}
