//! Burn's MessagePack.

use serde::de::DeserializeSeed;

use super::sealed::Encode;
use super::{Encoding, Reading, Slots, Writing, loaded, read_rest};
use crate::codec::digest::Digesting;
use crate::codec::input::Input;
use crate::codec::msgpack;
use crate::error::Result;
use crate::limits::Budget;
use crate::record::{Item, Loaded};
use crate::recorder::decode::{AnyItem, NamedRecord};
use crate::recorder::metadata::RecordMetadata;
use crate::recorder::trailer::DigestingSink;
use crate::source::Sink;

/// Burn's MessagePack: fields by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NamedMpk;

impl Encoding for NamedMpk {}

impl Encode for NamedMpk {
    const NAME: &'static str = "MessagePack record";
    const BYTES_RECORDER: &'static str = "NamedMpkBytesRecorder";
    const FILE_RECORDERS: [(&'static str, &'static str); 2] =
        [("NamedMpkFileRecorder", "mpk"), ("NamedMpkGzFileRecorder", "mpk.gz")];

    /// A map.
    fn begins(start: &[u8]) -> bool {
        matches!(start, [0x80..=0x8f | 0xde | 0xdf, ..])
    }

    fn write(writing: &Writing<'_>, sink: &mut dyn Sink) -> Result<()> {
        writing.encode(|record, contents| {
            let mut sink = DigestingSink::new(sink);
            msgpack::encode_named(record, &mut sink, Some(record.pieces()))?;
            contents.write(&mut sink)
        })
    }

    fn read(reading: &Reading<'_>, input: &mut dyn Input) -> Result<(RecordMetadata, Loaded)> {
        let slots = Slots::default();
        let mut input = Digesting::new(input);
        let mut decoder = msgpack::Decoder::new(&mut input, reading.budget, Some(&slots.blobs));
        let parts = NamedRecord(slots.context(reading)).deserialize(&mut decoder);
        let parts = parts.map_err(|error| slots.errors.recover(error))?;
        let contents = read_rest(input, reading.budget)?;
        loaded(parts.metadata, parts.item, contents, reading.budget)
    }

    fn read_tensor(metadata: &RecordMetadata, budget: &Budget, input: &mut dyn Input) -> Result<Item> {
        let slots = Slots::default();
        let mut decoder = msgpack::Decoder::new(input, budget, Some(&slots.blobs));
        let item = AnyItem(slots.context(&Reading::of_tensor(budget)).of_floats(metadata.precision().float));
        item.deserialize(&mut decoder).map_err(|error| slots.errors.recover(error))
    }
}
