//! The parameters of a record of Burn's own in bincode, found without the type that tells where they are.
//!
//! Nothing in such a file is named or marked; but a parameter begins with its id, a text of one length whose every character is one of
//! a few, and a tensor follows whose shape, dtype and bytes must agree. A text of that form and no tensor behind it is taken for a
//! parameter that was damaged: it is an error, not skipped.

use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::de::DeserializeSeed;

use crate::codec::bincode::Decoder;
use crate::codec::input::{Input, SourceInput};
use crate::codec::slot::{BlobSlot, ErrorSlot};
use crate::error::{Error, Result};
use crate::limits::Budget;
use crate::record::{FileTensor, Item, ParamId, Schema};
use crate::recorder::decode::{Context, Lazy, TypedItem, Typing};
use crate::recorder::metadata::{Era, RecordMetadata};
use crate::recorder::stored_schema::StoredSchema;
use crate::source::Source;

/// Characters of an id of Burn since 0.14, and of one before.
const BASE32_LEN: usize = 13;
const UUID_LEN: usize = 36;

/// The parameters from the byte at `start` on, in their order, left where they are.
///
/// # Errors
/// A parameter's id with no tensor behind it, at its bytes.
pub(super) fn parameters(
    source: &Arc<dyn Source>,
    start: u64,
    metadata: &RecordMetadata,
    budget: &Budget,
) -> Result<Vec<FileTensor>> {
    let id_len = if metadata.era() == Era::Elements { UUID_LEN } else { BASE32_LEN };
    let lazy = Lazy::default();
    lazy.know(metadata.precision());
    let mut found = Vec::new();
    let mut piece = Vec::new();
    let mut at = start;
    loop {
        piece.resize(usize::try_from(source.len() - at).unwrap_or(usize::MAX).min(PIECE), 0);
        source.read_at(at, &mut piece)?;
        let place = piece.windows(1 + id_len).position(is_id);
        let Some(place) = place else {
            if at + piece.len() as u64 == source.len() {
                return Ok(found);
            }
            // What may be the beginning of an id is looked at once more.
            at += (piece.len() - id_len) as u64;
            continue;
        };
        let (tensor, end) = parameter(source, at + place as u64, metadata, &lazy, budget)?;
        budget.check_tensors(found.len() as u64 + 1)?;
        found.push(tensor);
        at = end;
    }
}

/// Bytes that are looked through at a time.
const PIECE: usize = 16 << 10;

/// Whether these are the length of an id and an id.
fn is_id(bytes: &[u8]) -> bool {
    let [len, id @ ..] = bytes else { return false };
    usize::from(*len) == id.len() && core::str::from_utf8(id).is_ok_and(|text| ParamId::parse(text).is_ok())
}

/// The parameter at `at`, and where it ends.
fn parameter(
    source: &Arc<dyn Source>,
    at: u64,
    metadata: &RecordMetadata,
    lazy: &Lazy,
    budget: &Budget,
) -> Result<(FileTensor, u64)> {
    let broken = |cause: &dyn core::fmt::Display| {
        let what = alloc::format!("a parameter's id, and no tensor behind it: {cause}");
        Error::corrupt(what).at(at..source.len())
    };
    let mut input = SourceInput::at(Arc::clone(source), at);
    let (blobs, errors) = (BlobSlot::default(), ErrorSlot::default());
    let (era, precision) = (metadata.era(), metadata.precision());
    let context = Context { blobs: &blobs, errors: &errors, budget, hint: precision.float, lazy: Some(lazy) };
    let schema = StoredSchema::of(|| Schema::Param(None));
    let typing = Typing { schema: &schema, era, precision, context };
    let parameter = TypedItem { typing, node: schema.root() };
    let mut decoder = Decoder::new(&mut input, budget, Some(&blobs));
    let item = parameter.deserialize(&mut decoder).map_err(|error| broken(&errors.recover(error)))?;
    let Item::Tensor(tensor) = item else { return Err(broken(&"something else")) };
    Ok((tensor, input.position()))
}
