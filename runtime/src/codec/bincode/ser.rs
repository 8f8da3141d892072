//! Encoding, by the bincode crate.

use alloc::format;
use alloc::vec::Vec;

use bincode::config;
use serde::Serialize;

use crate::codec::output::Output;
use crate::codec::pieces::PieceSlot;
use crate::error::{Error, ErrorKind, Result};
use crate::source::Sink;

/// Writes `value` to `sink` as Burn's `.bin` files have it; blobs of `pieces` as they are made.
///
/// # Errors
/// Those of `sink`; [`ErrorKind::Unrepresentable`] for a sequence that does not know its length and what the value's own `Serialize`
/// refuses. Part of the value may have been written then.
pub(crate) fn encode<T: Serialize + ?Sized>(
    value: &T,
    sink: &mut dyn Sink,
    pieces: Option<&PieceSlot<'_>>,
) -> Result<()> {
    let mut output = Output::new(sink, pieces);
    let encoded = bincode::serde::encode_into_writer(value, &mut output, config::standard());
    output
        .finish(encoded, |error| Error::new(ErrorKind::Unrepresentable { format: "bincode", what: format!("{error}") }))
}

/// As [`encode`], into memory.
pub(crate) fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    encode(value, &mut bytes, None)?;
    Ok(bytes)
}
