//! Burn's bincode.

use serde::Deserialize;
use serde::de::DeserializeSeed;

use super::sealed::Encode;
use super::{Encoding, Reading, Slots, Writing, bad_head, loaded, read_rest};
use crate::codec::bincode;
use crate::codec::digest::Digesting;
use crate::codec::input::Input;
use crate::error::Result;
use crate::limits::Budget;
use crate::record::{Item, Loaded, Schema};
use crate::recorder::decode::{TypedItem, Typing};
use crate::recorder::metadata::RecordMetadata;
use crate::recorder::stored_schema::StoredSchema;
use crate::recorder::trailer::DigestingSink;
use crate::source::Sink;

/// Burn's bincode: `bincode::config::standard()`, fields in the order of their declaration, nothing named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bin;

impl Encoding for Bin {}

/// The name of the float type: its length, then `f32`, `half::binary16::f16`, or what another the settings have.
pub(super) fn begins(start: &[u8]) -> bool {
    // The shortest is `i8`; of longer ones than these the first byte is no length.
    let Some((&len @ 2..=250, name)) = start.split_first() else { return false };
    let name = name.get(..usize::from(len)).unwrap_or(name);
    let in_path = |byte: &u8| byte.is_ascii_alphanumeric() || b"_:<>".contains(byte);
    name.first().is_some_and(|byte| byte.is_ascii_lowercase() || *byte == b'_') && name.iter().all(in_path)
}

impl Encode for Bin {
    const NAME: &'static str = "bincode record";
    const BYTES_RECORDER: &'static str = "BinBytesRecorder";
    const FILE_RECORDERS: [(&'static str, &'static str); 2] =
        [("BinFileRecorder", "bin"), ("BinGzFileRecorder", "bin.gz")];

    fn begins(start: &[u8]) -> bool {
        begins(start)
    }

    fn write(writing: &Writing<'_>, sink: &mut dyn Sink) -> Result<()> {
        writing.encode(|record, contents| {
            let mut sink = DigestingSink::new(sink);
            bincode::encode(record, &mut sink, Some(record.pieces()))?;
            contents.write(&mut sink)
        })
    }

    fn read(reading: &Reading<'_>, input: &mut dyn Input) -> Result<(RecordMetadata, Loaded)> {
        let budget = reading.budget;
        let slots = Slots::default();
        let mut input = Digesting::new(input);
        let mut decoder = bincode::Decoder::new(&mut input, budget, Some(&slots.blobs));
        let metadata = RecordMetadata::deserialize(&mut decoder).map_err(|error| bad_head(Self::NAME, error))?;
        let era = metadata.era()?;
        let own = StoredSchema::of_era(reading.schema, era);
        // A file of ours whose fields are others than the type's is read by its own schema, and they are then matched by name.
        let stored = match metadata.schema() {
            Some(digest) if digest != own.digest()? => (reading.peek)()?,
            _ => None,
        };
        let schema = stored.as_ref().unwrap_or(&own);
        let precision = metadata.precision();
        let context = slots.context(reading).of_floats(precision.float);
        if let Some(lazy) = reading.lazy {
            lazy.know(&metadata)?;
        }
        let typing = Typing { schema, era, precision, context };
        let item = TypedItem { typing, node: schema.root() }.deserialize(&mut decoder);
        let item = item.map_err(|error| slots.errors.recover(error))?;
        let contents = read_rest(input, budget)?;
        loaded(metadata, item, contents, budget)
    }

    fn read_tensor(metadata: &RecordMetadata, budget: &Budget, input: &mut dyn Input) -> Result<Item> {
        let slots = Slots::default();
        let schema = StoredSchema::of(|| Schema::Tensor(None));
        let precision = metadata.precision();
        let context = slots.context(&Reading::of_tensor(budget)).of_floats(precision.float);
        let typing = Typing { schema: &schema, era: metadata.era()?, precision, context };
        let mut decoder = bincode::Decoder::new(input, budget, Some(&slots.blobs));
        let item = TypedItem { typing, node: schema.root() }.deserialize(&mut decoder);
        item.map_err(|error| slots.errors.recover(error))
    }
}
