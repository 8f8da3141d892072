//! What is ours in a JSON file: its last key, with the digest as the last text in it.
//!
//! The digest is of the whole file as it was with zeros for the digest's digits.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::trailer::{Contents, DigestingSink, check_digest};
use crate::error::{Error, Result};
use crate::source::Sink;

/// The last key of a JSON file of ours.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct JsonTrailer<C = Contents> {
    pub(super) contents: C,
    /// In hexadecimal. The last text in the file.
    digest: String,
}

impl JsonTrailer {
    pub(super) const KEY: &'static str = "vellum";
    /// Digits of the digest.
    const DIGITS: usize = 2 * size_of::<u128>();
    /// What can stand from the digest's first digit to the end of the file, in either layout.
    const TAIL: usize = Self::DIGITS + 16;

    /// Checks the digest of the file whose text went into `text`.
    ///
    /// # Errors
    /// Another digest, or none at the end of the text.
    pub(super) fn check(&self, mut text: JsonSink<'_>) -> Result<()> {
        let digits = self.digest.as_bytes();
        let place = text.tail.windows(Self::DIGITS).rposition(|window| window == digits);
        let Some(stated) = place.and_then(|start| text.tail.get_mut(start..start + Self::DIGITS)) else {
            return Err(Error::corrupt("the digest is not at the end of the file"));
        };
        stated.fill(b'0');
        // As text: another spelling of the same number is a changed file too.
        check_digest(&self.digest, text.sink.digest_with(&text.tail))
    }
}

impl<'a> JsonTrailer<&'a Contents> {
    /// The trailer before the digest is known.
    pub(super) fn new(contents: &'a Contents) -> Self {
        Self { contents, digest: "0".repeat(JsonTrailer::DIGITS) }
    }
}

/// A sink for JSON text, written or read: it holds the end of the text back until the digest of all of it is known.
pub(super) struct JsonSink<'a> {
    sink: DigestingSink<'a>,
    tail: Vec<u8>,
}

impl<'a> JsonSink<'a> {
    pub(super) fn new(sink: &'a mut dyn Sink) -> Self {
        Self { sink: DigestingSink::new(sink), tail: Vec::new() }
    }

    /// Writes the end of the text, with the digest in the place of its zeros.
    pub(super) fn finish(mut self) -> Result<()> {
        let digest = format!("{:032x}", self.sink.digest_with(&self.tail));
        let zeros = [b'0'; JsonTrailer::DIGITS];
        let place = self.tail.windows(zeros.len()).rposition(|window| window == zeros);
        if let Some(digits) = place.and_then(|start| self.tail.get_mut(start..start + zeros.len())) {
            digits.copy_from_slice(digest.as_bytes());
        }
        self.sink.put(&self.tail)
    }
}

impl Sink for JsonSink<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.tail.extend_from_slice(bytes);
        let ready = self.tail.len().saturating_sub(JsonTrailer::TAIL);
        let held = self.tail.split_off(ready);
        let ready = core::mem::replace(&mut self.tail, held);
        self.sink.put(&ready)
    }
}
