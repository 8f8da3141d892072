//! The parameters of a record of Burn's own in bincode, found without the type that tells where they are.
//!
//! Nothing in such a file is named or marked; but a parameter begins with its id, a text of one length whose every character is one of
//! a few, and a tensor follows whose shape, dtype and bytes must agree. A text of that form and no tensor behind it is taken for a
//! parameter that was damaged: it is an error, not skipped.

use alloc::vec::Vec;

use serde::de::DeserializeSeed;

use crate::bytes::Bytes;
use crate::codec::bincode::Decoder;
use crate::codec::input::{Input, SourceInput};
use crate::codec::slot::{BlobSlot, ErrorSlot};
use crate::error::{Error, Result};
use crate::limits::Budget;
use crate::record::{FileTensor, Item, ParamId, Precision, Schema};
use crate::recorder::decode::{Context, TypedItem, Typing};
use crate::recorder::metadata::Era;
use crate::recorder::stored_schema::StoredSchema;

/// Characters of an id of Burn since 0.14, and of one before.
const BASE32_LEN: usize = 13;
const UUID_LEN: usize = 36;

/// The parameters in `bytes`, in their order.
///
/// # Errors
/// A parameter's id with no tensor behind it, at its bytes.
pub(super) fn parameters(bytes: &Bytes, era: Era, precision: Precision, budget: &Budget) -> Result<Vec<FileTensor>> {
    let id_len = if era == Era::Elements { UUID_LEN } else { BASE32_LEN };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() > id_len) {
        let begins = usize::from(rest[0]) == id_len;
        let text = rest.get(1..=id_len).and_then(|text| core::str::from_utf8(text).ok());
        if !(begins && text.is_some_and(|text| ParamId::parse(text).is_ok())) {
            at += 1;
            continue;
        }
        let (tensor, taken) = parameter(bytes, at, era, precision, budget)?;
        budget.check_tensors(found.len() as u64 + 1)?;
        found.push(tensor);
        at += taken;
    }
    Ok(found)
}

/// The parameter at `at`, and how many bytes it takes.
fn parameter(bytes: &Bytes, at: usize, era: Era, precision: Precision, budget: &Budget) -> Result<(FileTensor, usize)> {
    let broken = |cause: &dyn core::fmt::Display| {
        let what = alloc::format!("a parameter's id, and no tensor behind it: {cause}");
        Error::corrupt(what).at(at as u64..bytes.len() as u64)
    };
    let rest = bytes.slice(at..bytes.len()).ok_or_else(|| broken(&"the end"))?;
    let mut input = SourceInput::from_bytes(rest);
    let (blobs, errors) = (BlobSlot::default(), ErrorSlot::default());
    let context = Context { blobs: &blobs, errors: &errors, budget, hint: precision.float };
    let schema = StoredSchema::of(|| Schema::Param(None));
    let typing = Typing { schema: &schema, era, precision, context };
    let parameter = TypedItem { typing, node: schema.root() };
    let mut decoder = Decoder::new(&mut input, budget, Some(&blobs));
    let item = parameter.deserialize(&mut decoder).map_err(|error| broken(&errors.recover(error)))?;
    let Item::Tensor(tensor) = item else { return Err(broken(&"something else")) };
    // No more than the bytes there are.
    Ok((tensor, usize::try_from(input.position()).unwrap_or(usize::MAX)))
}
