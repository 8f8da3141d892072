//! Encoding, by rmp-serde, which writes a wrong length for what is longer than the format can say: that is refused before.

use alloc::format;
use alloc::string::String;
#[cfg(test)]
use alloc::vec::Vec;

use serde::Serialize;

use crate::codec::checked::{Check, Checked};
use crate::codec::output::Output;
use crate::codec::pieces::PieceSlot;
use crate::error::{Error, ErrorKind, Result};
use crate::source::Sink;

/// What MessagePack cannot say and rmp-serde writes wrongly.
enum Lengths {}

impl Check for Lengths {
    fn length(len: usize) -> Result<(), String> {
        if u32::try_from(len).is_ok() {
            return Ok(());
        }
        Err(format!("{len} bytes, elements or entries in one value, and 4294967295 is the most that it can state"))
    }
}

/// Writes `value` to `sink`, structs as maps from their fields' names, as Burn's `.mpk` files have it; blobs of `pieces` as they are made.
///
/// # Errors
/// Those of `sink`; [`ErrorKind::Unrepresentable`] for text, bytes, sequences and maps that are too long, and what the value's own
/// `Serialize` refuses. Part of the value may have been written then, of the part that is refused nothing.
pub(crate) fn encode_named<T: Serialize + ?Sized>(
    value: &T,
    sink: &mut dyn Sink,
    pieces: Option<&PieceSlot<'_>>,
) -> Result<()> {
    let mut output = Output::new(sink, pieces);
    let encoded = rmp_serde::encode::write_named(&mut output, &Checked::<_, Lengths>::new(value));
    output.finish(encoded, |error| {
        Error::new(ErrorKind::Unrepresentable { format: "MessagePack", what: format!("{error}") })
    })
}

#[cfg(test)]
/// As [`encode_named`], into memory.
pub(crate) fn to_vec_named<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    encode_named(value, &mut bytes, None)?;
    Ok(bytes)
}
