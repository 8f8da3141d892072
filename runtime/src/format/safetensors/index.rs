//! The index of a set of shards: `model.safetensors.index.json`.
//!
//! An object of two: `weight_map` maps each tensor's name to the file that holds it, `metadata` has `total_size` (bytes of all
//! tensors) and text. Sets of ours have two more entries there, each of which demands the other: [`SHARDS_KEY`] maps each shard to
//! the digest of its header, so that shards of two saves do not pass as one set, and [`INDEX_KEY`] is the digest of the index.

use alloc::borrow::Cow;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::marker::PhantomData;

use serde::de::{Error as _, MapAccess};
use serde_json::Value as Json;

use super::json::{self, Entry, Object, TakeEntry, Unique};
use crate::error::{Error, Result};
use crate::format::flat::digest::{self, Digest, HeaderHasher};

const METADATA: &str = "metadata";
const WEIGHT_MAP: &str = "weight_map";
const TOTAL_SIZE: &str = "total_size";
const INDEX_KEY: &str = "vellum.xxh3-128.index";
const SHARDS_KEY: &str = "vellum.xxh3-128.shards";

/// What an index says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Index {
    /// Text as it is, other values as their JSON; without what is ours and without the total size.
    pub(super) metadata: BTreeMap<String, String>,
    /// Bytes of all tensors as the index states them, if it does: some writers count tied weights twice, so it is not relied on.
    pub(super) total_size: Option<u64>,
    /// Tensor to shard.
    pub(super) weight_map: BTreeMap<String, String>,
    /// Shard to the digest of its header.
    pub(super) shards: Option<BTreeMap<String, Digest>>,
}

#[derive(Default)]
struct Raw {
    metadata: Option<BTreeMap<String, Json>>,
    weight_map: Option<BTreeMap<String, String>>,
}

impl<'de> TakeEntry<'de> for Raw {
    fn entry<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        value: Entry<'_, A>,
    ) -> core::result::Result<(), A::Error> {
        match &*key {
            METADATA => json::set(&mut self.metadata, &key, value.seed(Unique("an object", PhantomData))?),
            WEIGHT_MAP => json::set(&mut self.weight_map, &key, value.seed(Unique("an object of names", PhantomData))?),
            // A misread key would lose the digests with the metadata.
            _ => Err(A::Error::custom(format_args!("an index has no `{key}`"))),
        }
    }
}

/// The names of the shards that an index names.
///
/// # Errors
/// As [`Index::parse`].
pub(crate) fn shard_names(bytes: &[u8]) -> Result<BTreeSet<String>> {
    Ok(Index::parse(bytes)?.weight_map.into_values().collect())
}

impl Index {
    /// Reads an index.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt); [`ErrorKind::Digest`](crate::ErrorKind::Digest) if it states another digest
    /// than its own.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        let raw = json::parse("the index", bytes, Object::new("an object with weight_map", Raw::default()))?;
        let weight_map = raw.weight_map.ok_or_else(|| Error::corrupt("the index has no `weight_map`"))?;
        let mut metadata = raw.metadata.unwrap_or_default();
        let total_size = metadata.get(TOTAL_SIZE).and_then(Json::as_u64);
        if total_size.is_some() {
            metadata.remove(TOTAL_SIZE);
        }
        let (stated, shards) = match (metadata.remove(INDEX_KEY), metadata.remove(SHARDS_KEY)) {
            (None, None) => (None, None),
            (Some(stated), Some(shards)) => (Some(parse_digest(&stated)?), Some(parse_shards(&shards)?)),
            _ => return Err(Error::corrupt(format!("the index has one of `{INDEX_KEY}` and `{SHARDS_KEY}`"))),
        };
        let text = |value| if let Json::String(text) = value { text } else { value.to_string() };
        let metadata = metadata.into_iter().map(|(key, value)| (key, text(value))).collect();
        let index = Self { metadata, total_size, weight_map, shards };
        if let Some(stated) = stated {
            digest::check(stated, index.digest())?;
        }
        Ok(index)
    }

    /// The index as JSON, keys in order.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.push(b'{');
        json::put_string(METADATA, &mut out);
        out.push(b':');
        let mut fields: BTreeMap<&str, Vec<u8>> =
            self.metadata.iter().map(|(key, value)| (key.as_str(), quoted(value))).collect();
        if let Some(total_size) = self.total_size {
            fields.insert(TOTAL_SIZE, total_size.to_string().into_bytes());
        }
        if let Some(shards) = &self.shards {
            let mut object = Vec::new();
            json::put_object(shards, &mut object, |digest, out| json::put_string(&digest::hex(*digest), out));
            fields.insert(SHARDS_KEY, object);
            fields.insert(INDEX_KEY, quoted(&digest::hex(self.digest())));
        }
        json::put_object(fields, &mut out, |value, out| out.extend_from_slice(&value));
        out.push(b',');
        json::put_string(WEIGHT_MAP, &mut out);
        out.push(b':');
        json::put_object(&self.weight_map, &mut out, |shard, out| json::put_string(shard, out));
        out.extend_from_slice(b"}\n");
        out
    }

    fn digest(&self) -> Digest {
        let mut hasher = HeaderHasher::new("safetensors index");
        hasher.metadata(&self.metadata);
        hasher.number(u64::from(self.total_size.is_some()));
        hasher.number(self.total_size.unwrap_or_default());
        hasher.metadata(&self.weight_map);
        let shards = self.shards.iter().flatten();
        hasher.metadata(&shards.map(|(shard, digest)| (shard.clone(), digest::hex(*digest))).collect());
        hasher.finish()
    }
}

/// Refuses metadata with keys that are the index's own.
pub(super) fn check_keys(metadata: &BTreeMap<String, String>) -> Result<()> {
    match [TOTAL_SIZE, INDEX_KEY, SHARDS_KEY].into_iter().find(|&key| metadata.contains_key(key)) {
        Some(key) => Err(Error::argument(format!("the metadata key `{key}` is set by the writer"))),
        None => Ok(()),
    }
}

fn quoted(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    json::put_string(text, &mut out);
    out
}

fn parse_digest(value: &Json) -> Result<Digest> {
    let text = value.as_str().ok_or_else(|| Error::corrupt("a digest of the index is not text"))?;
    digest::parse(text)
}

fn parse_shards(value: &Json) -> Result<BTreeMap<String, Digest>> {
    let shards = value.as_object().ok_or_else(|| Error::corrupt(format!("`{SHARDS_KEY}` is not an object")))?;
    shards.iter().map(|(shard, digest)| Ok((shard.clone(), parse_digest(digest)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|&(key, value)| (key.to_string(), value.to_string())).collect()
    }

    #[test]
    fn an_index_comes_back_and_each_flipped_bit_of_it_is_found() {
        let index = Index {
            metadata: map(&[("format", "pt"), ("b", "a")]),
            total_size: Some(12),
            weight_map: map(&[("a", "x-1.safetensors"), ("c", "x-2.safetensors")]),
            shards: Some(BTreeMap::from([("x-1.safetensors".to_string(), 7), ("x-2.safetensors".to_string(), 9)])),
        };
        let bytes = index.encode();
        assert_eq!(Index::parse(&bytes).unwrap(), index);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Index::parse(&flipped).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn what_others_put_into_the_metadata_is_kept_as_text() {
        let index = br#"{"metadata":{"total_size":1.5e3,"total_parameters":3,"deep":{"a":[1]}},"weight_map":{}}"#;
        let index = Index::parse(index).unwrap();
        assert_eq!(
            index.metadata,
            map(&[("total_size", "1500.0"), ("total_parameters", "3"), ("deep", r#"{"a":[1]}"#)])
        );
        assert_eq!(index.total_size, None);
    }

    #[test]
    fn nothing_may_be_said_twice() {
        for index in [
            r#"{"weight_map":{"a":"x","a":"y"}}"#,
            r#"{"weight_map":{},"weight_map":{}}"#,
            r#"{"metadata":{"a":1,"a":2},"weight_map":{}}"#,
            r#"{"metadata":{}}"#,
            r#"{"weight_map":{"a":1}}"#,
        ] {
            assert!(Index::parse(index.as_bytes()).is_err(), "{index}");
        }
    }
}
