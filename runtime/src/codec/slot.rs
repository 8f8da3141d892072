//! What serde's traits cannot carry, passed beside them: blobs that are not a `Vec<u8>`, and errors that are not text.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::fmt;

use serde::Deserializer;
use serde::de::{self, DeserializeSeed, SeqAccess, Visitor};

use crate::bytes::Bytes;
use crate::dtype::DType;
use crate::error::Error;

/// What a blob is expected to be: only for its memory, since what it is is often stated behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    /// Elements of a dtype: in memory for those they become an array without a copy.
    Elements(DType),
    /// Floats of two bytes that are to be `F32`: they become that where they are ([`Input::read_halves`](super::input::Input::read_halves)).
    Halves,
}

impl Hint {
    /// The hint for elements of `stored` that become `wanted`, if that is known.
    pub(crate) fn new(stored: DType, wanted: Option<DType>) -> Self {
        match (stored, wanted) {
            (DType::F16 | DType::BF16, Some(DType::F32)) => Self::Halves,
            _ => Self::Elements(stored),
        }
    }
}

/// Carries one blob at a time from a decoder to the [`BlobSeed`] that asks for it.
///
/// A serde visitor can be given bytes only as a `&[u8]` or a `Vec<u8>`, which is a copy and the wrong alignment. So the seed leaves
/// a request in the slot just before it calls `deserialize_byte_buf`; a decoder that was given the same slot answers by parking the
/// bytes here and visiting a unit. Ordinary types leave no request, so the same decoder gives them bytes as any other would.
///
/// A decoder also leaves here where the map or tuple begins that it gives a visitor, which serde does not say either.
#[derive(Default)]
pub(crate) struct BlobSlot {
    request: Cell<Option<Hint>>,
    blob: Cell<Option<Bytes>>,
    start: Cell<u64>,
}

impl BlobSlot {
    #[cfg(any(feature = "mpk", feature = "json"))]
    /// Asks for the next blob, if the next value is one.
    pub(crate) fn ask(&self, hint: Hint) {
        self.request.set(Some(hint));
    }

    #[cfg(any(feature = "mpk", feature = "json"))]
    /// The blob that was parked since it was asked for.
    pub(crate) fn take(&self) -> Option<Bytes> {
        self.blob.take()
    }

    /// What the blob is expected to be, if one was asked for since the last call.
    pub(super) fn take_request(&self) -> Option<Hint> {
        self.request.take()
    }

    /// Says where the map or tuple begins that a visitor is given next.
    pub(super) fn begin(&self, start: u64) {
        self.start.set(start);
    }

    /// Where the map or tuple begins that a visitor was just given.
    pub(crate) fn start(&self) -> u64 {
        self.start.get()
    }

    /// Leaves the blob for the seed that asked.
    pub(super) fn park(&self, blob: Bytes) {
        self.blob.set(Some(blob));
    }
}

/// Decodes bytes as [`Bytes`], typed for elements of `hint` where the decoder can and of `u8` where not.
///
/// Works with every deserializer; those of this crate that share the slot read the bytes to where they stay. A sequence of integers
/// from 0 to 255, as JSON has it, is bytes too.
#[derive(Clone, Copy)]
pub(crate) struct BlobSeed<'a> {
    /// The slot that the decoder has.
    pub(crate) slot: &'a BlobSlot,
    pub(crate) hint: Hint,
}

impl<'de> DeserializeSeed<'de> for BlobSeed<'_> {
    type Value = Bytes;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Bytes, D::Error> {
        self.slot.request.set(Some(self.hint));
        let result = deserializer.deserialize_byte_buf(BlobVisitor(self.slot));
        // A deserializer that knows nothing of slots has left the request, and it must not reach the next bytes.
        self.slot.request.set(None);
        result
    }
}

struct BlobVisitor<'a>(&'a BlobSlot);

impl<'de> Visitor<'de> for BlobVisitor<'_> {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Bytes, E> {
        self.0.blob.take().ok_or_else(|| E::invalid_type(de::Unexpected::Unit, &self))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(Bytes::from(bytes.to_vec()))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(Bytes::from(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Bytes, A::Error> {
        self.0.request.set(None);
        let mut bytes = Vec::new();
        while let Some(byte) = seq.next_element::<u8>()? {
            bytes.push(byte);
        }
        Ok(Bytes::from(bytes))
    }
}

/// Carries a typed error past an encoder or decoder whose own error type keeps only text.
#[derive(Default)]
pub(crate) struct ErrorSlot(RefCell<Option<Error>>);

impl ErrorSlot {
    /// Keeps `error`, and gives the text for the `custom` of the encoder's error type, which must be returned at once.
    /// Where several are parked, the first is the cause of the others.
    pub(crate) fn park(&self, error: Error) -> String {
        let text = error.to_string();
        self.0.borrow_mut().get_or_insert(error);
        text
    }

    /// The error that was parked, with the place that `error` knows; or `error`.
    pub(crate) fn recover(&self, error: Error) -> Error {
        match (self.0.take(), error.byte_range()) {
            (Some(parked), Some(range)) => parked.at(range),
            (Some(parked), None) => parked,
            (None, _) => error,
        }
    }
}
