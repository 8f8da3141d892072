//! JSON, by serde_json.
//!
//! Floats are written with as many digits as it takes to read the same bits again, and read so. Burn's files have bytes as arrays of
//! integers; [`BlobSeed`](super::slot::BlobSeed) reads these too.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use std::io;

use serde::Serialize;
use serde::de::DeserializeSeed;
use serde_json::error::Category;
use serde_json::ser::{CompactFormatter, PrettyFormatter, Serializer};

use super::brief::Brief;
use super::checked::{Check, Checked};
use super::input::{Input, truncated};
use super::output::Output;
use super::slot::{BlobSlot, ErrorSlot};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Budget;
use crate::source::Sink;

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// No blanks.
    Compact,
    /// A line for each value, two spaces a level.
    Pretty,
}

/// Levels that serde_json reads: one fewer than its `recursion_limit` is.
const MAX_DEPTH: u32 = 127;

/// What JSON cannot say, and serde_json writes as `null` or would not read again.
enum Readable {}

impl Check for Readable {
    fn depth(levels: u32) -> Result<(), String> {
        if levels <= MAX_DEPTH {
            Ok(())
        } else {
            Err(format!("more than {MAX_DEPTH} levels of nesting, which its readers refuse"))
        }
    }

    fn float(value: f64) -> Result<(), String> {
        if value.is_finite() { Ok(()) } else { Err(format!("the number {value}, for which it has no form")) }
    }
}

/// Writes `value` to `sink`, without a line end behind it.
///
/// # Errors
/// Those of `sink`; [`ErrorKind::Unrepresentable`] for a float that is not finite, more than 127
/// levels of nesting, a map's key that is not text, a bool or an integer,
/// and what the value's own `Serialize` refuses. Part of the value may have been written then.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T, layout: Layout, sink: &mut dyn Sink) -> Result<()> {
    let value = Checked::<_, Readable>::new(value);
    let mut output = Output::new(sink, None);
    let encoded = match layout {
        Layout::Compact => value.serialize(&mut Serializer::with_formatter(&mut output, CompactFormatter)),
        Layout::Pretty => value.serialize(&mut Serializer::with_formatter(&mut output, PrettyFormatter::new())),
    };
    output.finish(encoded, |error| Error::new(ErrorKind::Unrepresentable { format: "JSON", what: format!("{error}") }))
}

/// Decodes the one value that `text` holds; only blanks may be around it.
///
/// An input is read whole before ([`Input::read_to_end`](super::input::Input::read_to_end)): parsing a stream takes a third more time or
/// half more and loses the place of errors. The text is charged as long as it is there, and with it stays what is made of it within the
/// promise: the text of a tensor is at least twice as long as the tensor. What serde_json takes beside it is [`Scratch`]'s.
///
/// Nesting is bounded by serde_json at 127 levels, whatever [`Limits::max_depth`](crate::Limits::max_depth) is.
///
/// # Errors
/// [`ErrorKind::Truncated`] if the text ends inside the value, [`ErrorKind::Refused`] if it is nested too deeply,
/// [`ErrorKind::Corrupt`] for all else, with the line, the column and the byte. Errors that a visitor makes are text here:
/// [`ErrorSlot`](super::slot::ErrorSlot) keeps them whole.
pub(crate) fn decode<'de, S: DeserializeSeed<'de>>(text: &'de [u8], seed: S) -> Result<S::Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = seed.deserialize(Brief(&mut deserializer)).map_err(|error| located(text, &error))?;
    deserializer.end().map_err(|error| located(text, &error))?;
    Ok(value)
}

/// Decodes the one value that `input` holds, as [`decode`] does, with no more of the text in memory than a piece; `seen` gets all of it in
/// order. The slots are those of the seed: one is told where maps begin, the other keeps an error of the input.
///
/// # Errors
/// As [`decode`], at the byte that was read last.
pub(crate) fn decode_stream<'de, S: DeserializeSeed<'de>>(
    input: &mut dyn Input,
    (blobs, errors): (&BlobSlot, &ErrorSlot),
    seen: &mut dyn FnMut(&[u8]) -> Result<()>,
    seed: S,
) -> Result<S::Value> {
    let mut pieces = Pieces::new(input, blobs, errors, seen);
    let mut deserializer = serde_json::Deserializer::from_reader(&mut pieces);
    let value = seed.deserialize(Brief(&mut deserializer)).and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| at_end_of(pieces.position(), &error))
}

/// Decodes the value that begins at the next byte of `input`, and looks at nothing behind it.
///
/// # Errors
/// As [`decode_stream`].
pub(crate) fn decode_one<'de, S: DeserializeSeed<'de>>(
    input: &mut dyn Input,
    (blobs, errors): (&BlobSlot, &ErrorSlot),
    seed: S,
) -> Result<S::Value> {
    let mut seen = |_: &[u8]| Ok(());
    let mut pieces = Pieces::new(input, blobs, errors, &mut seen);
    let value = seed.deserialize(Brief(&mut serde_json::Deserializer::from_reader(&mut pieces)));
    value.map_err(|error| at_end_of(pieces.position(), &error))
}

/// The room in which serde_json puts a text together: one that has escapes, and in a stream any. It grows with the longest, and is charged
/// before it does, until this is dropped.
pub(crate) struct Scratch<'a> {
    budget: &'a Budget,
    is_stream: bool,
    next: Next,
    /// Whether the text is put together.
    copied: bool,
    len: u64,
    charged: u64,
}

/// What the next byte is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    OutsideText,
    OfText,
    Escaped,
}

impl<'a> Scratch<'a> {
    pub(crate) fn new(budget: &'a Budget, is_stream: bool) -> Self {
        Self { budget, is_stream, next: Next::OutsideText, copied: false, len: 0, charged: 0 }
    }

    /// Charges what the next bytes of JSON take, which must not be decoded before.
    ///
    /// # Errors
    /// A limit.
    pub(crate) fn see(&mut self, mut json: &[u8]) -> Result<()> {
        loop {
            if self.next == Next::OutsideText {
                let Some(quote) = json.iter().position(|&byte| byte == b'"') else { return Ok(()) };
                json = &json[quote + 1..];
                (self.next, self.copied, self.len) = (Next::OfText, self.is_stream, 0);
            }
            let quote = json.iter().position(|&byte| {
                let is_escaped = self.next == Next::Escaped;
                self.next = if !is_escaped && byte == b'\\' { Next::Escaped } else { Next::OfText };
                self.copied |= self.next == Next::Escaped;
                !is_escaped && byte == b'"'
            });
            self.len += quote.unwrap_or(json.len()) as u64;
            if self.copied {
                self.charge()?;
            }
            let Some(quote) = quote else { return Ok(()) };
            json = &json[quote + 1..];
            self.next = Next::OutsideText;
        }
    }

    /// The room doubles, and the smaller one is there until the text stands in the larger.
    fn charge(&mut self) -> Result<()> {
        let room = self.len.saturating_mul(3);
        if room > self.charged {
            self.budget.charge_held(room - self.charged)?;
            self.charged = room;
        }
        Ok(())
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        self.budget.refund_held(self.charged);
    }
}

/// A text as serde_json takes it from a reader: byte by byte.
struct Pieces<'a> {
    input: &'a mut dyn Input,
    blobs: &'a BlobSlot,
    errors: &'a ErrorSlot,
    seen: &'a mut dyn FnMut(&[u8]) -> Result<()>,
    /// What was read and not yet taken is `piece[start..end]`.
    piece: Vec<u8>,
    start: usize,
    end: usize,
}

impl<'a> Pieces<'a> {
    const PIECE: usize = 16 << 10;

    fn new(
        input: &'a mut dyn Input,
        blobs: &'a BlobSlot,
        errors: &'a ErrorSlot,
        seen: &'a mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Self {
        Self { input, blobs, errors, seen, piece: vec![0; Self::PIECE], start: 0, end: 0 }
    }

    /// Where the next byte is.
    fn position(&self) -> u64 {
        self.input.position() - (self.end - self.start) as u64
    }

    fn fill(&mut self) -> Result<()> {
        self.end = self.input.read_some(&mut self.piece)?;
        self.start = 0;
        (self.seen)(&self.piece[..self.end])
    }
}

impl io::Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.fill().map_err(|error| io::Error::other(self.errors.park(error)))?;
        }
        // A map begins at the last byte that was taken when a visitor is given it.
        self.blobs.begin(self.position());
        let taken = buffer.len().min(self.end - self.start);
        buffer[..taken].copy_from_slice(&self.piece[self.start..self.start + taken]);
        self.start += taken;
        Ok(taken)
    }
}

/// The error of serde_json in a text of which the bytes before `position` were taken.
fn at_end_of(position: u64, error: &serde_json::Error) -> Error {
    if error.classify() == Category::Eof {
        return truncated(position, 1, 0);
    }
    described(error).at(position.saturating_sub(1)..position)
}

/// The error of serde_json, at its byte.
fn located(text: &[u8], error: &serde_json::Error) -> Error {
    let len = text.len() as u64;
    if error.classify() == Category::Eof {
        return truncated(len, 1, 0);
    }
    // Lines count from one. The column is the number of bytes read from that line, so that the last of them is at fault.
    let line = text.split_inclusive(|&byte| byte == b'\n').take(error.line().saturating_sub(1));
    let end = (line.map(<[u8]>::len).sum::<usize>() + error.column()) as u64;
    let end = end.min(len);
    described(error).at(end.saturating_sub(1)..end)
}

/// What serde_json found wrong.
fn described(error: &serde_json::Error) -> Error {
    let what = format!("{error}");
    if what.starts_with("recursion limit exceeded") {
        Error::refused(format!("JSON nested more than {MAX_DEPTH} levels deep: {what}"))
    } else {
        Error::corrupt(what)
    }
}

#[cfg(test)]
mod tests {
    use alloc::boxed::Box;
    use alloc::collections::BTreeMap;
    use core::marker::PhantomData;

    use proptest::prelude::*;
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::codec::shapes::{Bits32, Bits64, Everything, everything, finite_float};
    use crate::codec::slot::{BlobSeed, Hint};
    use crate::dtype::DType;

    fn text<T: Serialize>(value: &T, layout: Layout) -> Result<Vec<u8>> {
        let mut sink = Vec::new();
        encode(value, layout, &mut sink)?;
        Ok(sink)
    }

    fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T> {
        decode(text, PhantomData)
    }

    /// What is charged at most for the scratch of a text, given in pieces of so many bytes.
    fn scratch(text: &str, is_stream: bool, piece: usize) -> u64 {
        let most = (0..200).find(|&most| {
            let limits = crate::Limits { record_grace_bytes: most, ..crate::Limits::default() };
            let budget = Budget::new(limits, 0);
            let mut scratch = Scratch::new(&budget, is_stream);
            text.as_bytes().chunks(piece).all(|piece| scratch.see(piece).is_ok())
        });
        most.unwrap()
    }

    #[test]
    fn the_longest_text_that_is_put_together_is_charged() {
        for piece in [1, 2, 3, 100] {
            assert_eq!(scratch(r#"{"abcdef": ["abc", 1]}"#, false, piece), 0);
            assert_eq!(scratch(r#"{"abcdef": ["abc", 1]}"#, true, piece), 18);
            assert_eq!(scratch(r#"{"abcdef": ["a\\\"c", "b"]}"#, false, piece), 18);
            assert_eq!(scratch(r#"["\\", "abcdefgh"]"#, false, piece), 6);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_serde_jsons_and_is_read(value in everything(finite_float())) {
            let pretty = text(&value, Layout::Pretty).unwrap();
            prop_assert_eq!(&pretty, &serde_json::to_vec_pretty(&value).unwrap());
            let compact = text(&value, Layout::Compact).unwrap();
            prop_assert_eq!(&compact, &serde_json::to_vec(&value).unwrap());
            prop_assert_eq!(&read::<Everything>(&pretty).unwrap(), &value);
            prop_assert_eq!(&read::<Everything>(&compact).unwrap(), &value);
        }

        #[test]
        fn floats_keep_their_bits((single, double) in finite_float()) {
            let text = text(&(single, double), Layout::Compact).unwrap();
            prop_assert_eq!(read::<(Bits32, Bits64)>(&text).unwrap(), (single, double));
        }

        #[test]
        fn every_truncation_is_told(value in everything(finite_float()), at: prop::sample::Index) {
            let text = text(&value, Layout::Compact).unwrap();
            let error = read::<Everything>(&text[..at.index(text.len())]).unwrap_err();
            prop_assert!(matches!(error.kind(), ErrorKind::Truncated { .. } | ErrorKind::Corrupt { .. }), "{}", error);
        }
    }

    #[test]
    fn a_float_that_json_cannot_say_is_refused_wherever_it_is() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let nested = BTreeMap::from([("a", vec![Some((1, value))])]);
            let error = text(&nested, Layout::Pretty).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Unrepresentable { format: "JSON", .. }), "{error}");
        }
        assert!(text(&f32::NAN, Layout::Compact).is_err());
    }

    #[test]
    fn an_error_is_at_its_byte() {
        let error = read::<Vec<u8>>(b"[\n  1,\n  2 x\n]").unwrap_err();
        assert_eq!(error.byte_range(), Some(11..12), "{error}");
        let error = read::<u8>(b"1 \n2").unwrap_err();
        assert_eq!(error.byte_range(), Some(3..4), "{error}");
        let error = read::<u8>(b"").unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Truncated { needed: 1, available: 0 }), "{error}");
    }

    #[test]
    fn nesting_is_bounded() {
        #[derive(Debug, Deserialize)]
        struct Chain(#[expect(dead_code, reason = "only its depth matters")] Vec<Chain>);
        let error = read::<Chain>(&vec![b'['; 100_000]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{error}");
        let error = read::<serde::de::IgnoredAny>(&vec![b'['; 100_000]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Refused { .. } | ErrorKind::Truncated { .. }), "{error}");
    }

    #[test]
    fn what_is_written_can_be_read_however_deep() {
        /// Levels of an array, and one of each kind of variant around the innermost.
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        enum Deep {
            End,
            Newtype(Box<Deep>),
            Tuple(u8, Box<Deep>),
            Struct { inner: Box<Deep> },
            List(Vec<Deep>),
        }
        let mut accepted = 0;
        for (levels, kind) in (20..130).flat_map(|levels| (0..4).map(move |kind| (levels, kind))) {
            let deep = (0..levels).fold(Deep::End, |inner, _| match kind {
                0 => Deep::Newtype(Box::new(inner)),
                1 => Deep::Tuple(1, Box::new(inner)),
                2 => Deep::Struct { inner: Box::new(inner) },
                _ => Deep::List(vec![inner]),
            });
            let unchecked = serde_json::to_vec(&deep).unwrap();
            match text(&deep, Layout::Compact) {
                Ok(text) => {
                    accepted += 1;
                    assert_eq!(read::<Deep>(&text).unwrap(), deep);
                }
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::Unrepresentable { format: "JSON", .. }), "{error}");
                    assert!(read::<Deep>(&unchecked).is_err(), "{levels} {kind}");
                }
            }
        }
        assert!(accepted > 100);
    }

    #[test]
    fn a_visitors_error_keeps_its_kind_through_the_slot() {
        struct Refusing<'a>(&'a ErrorSlot);
        impl<'de> DeserializeSeed<'de> for Refusing<'_> {
            type Value = ();
            fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> core::result::Result<(), D::Error> {
                u8::deserialize(deserializer)?;
                let error = Error::new(ErrorKind::UnknownDType { name: "F99".into() }).in_tensor("w");
                Err(serde::de::Error::custom(self.0.park(error)))
            }
        }
        let slot = ErrorSlot::default();
        let error = slot.recover(decode(b"7", Refusing(&slot)).unwrap_err());
        assert!(matches!(error.kind(), ErrorKind::UnknownDType { .. }), "{error}");
        assert_eq!(error.tensor(), Some("w"));
        let other = slot.recover(Error::corrupt("another"));
        assert!(matches!(other.kind(), ErrorKind::Corrupt { .. }), "{other}");
    }

    #[test]
    fn bytes_are_read_from_integers() {
        let slot = BlobSlot::default();
        let seed = BlobSeed { slot: &slot, hint: Hint::Elements(DType::F32) };
        assert_eq!(&*decode(b"[0, 255,7]", seed).unwrap(), [0, 255, 7]);
        for wrong in [&b"[256]"[..], b"[-1]", b"[1.0]", b"null", b"{}"] {
            assert!(decode(wrong, seed).is_err());
        }
    }
}
