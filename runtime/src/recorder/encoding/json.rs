//! Burn's JSON.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::sealed::Encode;
use super::{Encoding, Reading, Slots, Writing, loaded};
use crate::codec::input::Input;
use crate::codec::json::{self, Layout, Scratch};
use crate::error::Result;
use crate::limits::Budget;
use crate::record::{Item, Loaded};
use crate::recorder::decode::{AnyItem, NamedRecord};
use crate::recorder::encode::{self, PhantomData};
use crate::recorder::json_trailer::{JsonSink, JsonTrailer};
use crate::recorder::metadata::RecordMetadata;
use crate::recorder::trailer::Contents;
use crate::source::Sink;

/// Burn's JSON with a line for each value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrettyJson;

/// Burn's JSON without blanks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json;

impl Encoding for PrettyJson {}

impl Encoding for Json {}

impl Encode for PrettyJson {
    const NAME: &'static str = "JSON record";
    const BYTES_RECORDER: &'static str = "JsonBytesRecorder";
    const FILE_RECORDERS: [(&'static str, &'static str); 2] =
        [("PrettyJsonFileRecorder", "json"), ("PrettyJsonGzFileRecorder", "json.gz")];

    fn begins(start: &[u8]) -> bool {
        begins(start)
    }

    fn write(writing: &Writing<'_>, sink: &mut dyn Sink) -> Result<()> {
        write(writing, Layout::Pretty, sink)
    }

    fn read(reading: &Reading<'_>, input: &mut dyn Input) -> Result<(RecordMetadata, Loaded)> {
        read(reading, input)
    }

    fn read_tensor(metadata: &RecordMetadata, budget: &Budget, input: &mut dyn Input) -> Result<Item> {
        read_tensor(metadata, budget, input)
    }
}

impl Encode for Json {
    const NAME: &'static str = "JSON record";
    const BYTES_RECORDER: &'static str = "JsonBytesRecorder";
    const FILE_RECORDERS: [(&'static str, &'static str); 2] =
        [("JsonFileRecorder", "json"), ("JsonGzFileRecorder", "json.gz")];

    fn begins(start: &[u8]) -> bool {
        begins(start)
    }

    fn write(writing: &Writing<'_>, sink: &mut dyn Sink) -> Result<()> {
        write(writing, Layout::Compact, sink)
    }

    fn read(reading: &Reading<'_>, input: &mut dyn Input) -> Result<(RecordMetadata, Loaded)> {
        read(reading, input)
    }

    fn read_tensor(metadata: &RecordMetadata, budget: &Budget, input: &mut dyn Input) -> Result<Item> {
        read_tensor(metadata, budget, input)
    }
}

/// An object, perhaps behind blanks.
fn begins(start: &[u8]) -> bool {
    start.trim_ascii_start().first() == Some(&b'{')
}

/// A record with what is ours as its last key, which Burn's reader passes over.
struct WithTrailer<'r, 'c, 'a> {
    record: &'r encode::Record<'c, 'a>,
    trailer: &'r JsonTrailer<&'r Contents>,
}

impl Serialize for WithTrailer<'_, '_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut record = serializer.serialize_struct("BurnRecord", 4)?;
        record.serialize_field("metadata", self.record.metadata)?;
        record.serialize_field("item", &self.record.item())?;
        record.serialize_field("_b", &PhantomData)?;
        record.serialize_field(JsonTrailer::KEY, self.trailer)?;
        record.end()
    }
}

fn write(writing: &Writing<'_>, layout: Layout, sink: &mut dyn Sink) -> Result<()> {
    writing.encode(|record, contents| {
        let trailer = JsonTrailer::new(contents);
        let mut sink = JsonSink::new(sink);
        json::encode(&WithTrailer { record, trailer: &trailer }, layout, &mut sink)?;
        sink.finish()
    })
}

fn read(reading: &Reading<'_>, input: &mut dyn Input) -> Result<(RecordMetadata, Loaded)> {
    let slots = Slots::default();
    let record = NamedRecord(slots.context(reading));
    let mut nowhere = Nowhere;
    let mut digested = JsonSink::new(&mut nowhere);
    let parts = if reading.lazy.is_some() {
        let mut scratch = Scratch::new(reading.budget, true);
        let mut seen = |piece: &[u8]| scratch.see(piece).and_then(|()| digested.put(piece));
        json::decode_stream(input, slots.both(), &mut seen, record)
    } else {
        /// A part of the processor's cache.
        const PIECE: usize = 1 << 18;
        let text = input.read_to_end(reading.budget)?;
        let mut scratch = Scratch::new(reading.budget, false);
        scratch.see(&text)?;
        let parts = json::decode(&text, record).and_then(|parts| {
            if parts.trailer.is_some() {
                text.chunks(PIECE).try_for_each(|piece| digested.put(piece))?;
            }
            Ok(parts)
        });
        reading.budget.refund_held(text.len() as u64);
        parts
    };
    let parts = parts.map_err(|error| slots.errors.recover(error))?;
    if let Some(trailer) = &parts.trailer {
        trailer.check(digested)?;
    }
    let contents = parts.trailer.map(|trailer| trailer.contents);
    let (metadata, loaded) = loaded(parts.metadata, parts.item, contents, reading.budget)?;
    Ok((metadata, Loaded { decimal: true, ..loaded }))
}

/// A sink for what is only to be digested.
struct Nowhere;

impl Sink for Nowhere {
    fn put(&mut self, _bytes: &[u8]) -> Result<()> {
        Ok(())
    }
}

fn read_tensor(metadata: &RecordMetadata, budget: &Budget, input: &mut dyn Input) -> Result<Item> {
    let slots = Slots::default();
    let item = AnyItem(slots.context(&Reading::of_tensor(budget)).of_floats(metadata.precision().float));
    json::decode_one(input, slots.both(), item).map_err(|error| slots.errors.recover(error))
}
