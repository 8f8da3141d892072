//! What the decoders share: where they are, how deep, what they may still do; and the elements of sequences and maps.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::input::Input;
use super::slot::{BlobSlot, Hint};
use crate::bytes::Bytes;
use crate::error::{Error, Result};
use crate::limits::Budget;

/// The state of a decoder.
pub(super) struct State<'a> {
    pub(super) input: &'a mut dyn Input,
    budget: &'a Budget,
    blobs: Option<&'a BlobSlot>,
    depth: u64,
}

impl<'a> State<'a> {
    pub(super) fn new(input: &'a mut dyn Input, budget: &'a Budget, blobs: Option<&'a BlobSlot>) -> Self {
        Self { input, budget, blobs, depth: 0 }
    }

    /// Adds the bytes from `start` to here as the place of an error that has none.
    pub(super) fn located<T>(&self, start: u64, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.at(start..self.input.position()))
    }

    /// Tells a visitor, through the slot, that the map or tuple it is given next begins at `start`.
    pub(super) fn begin(&self, start: u64) {
        if let Some(slot) = self.blobs {
            slot.begin(start);
        }
    }

    /// The text of the next `len` bytes.
    pub(super) fn read_text(&mut self, len: u64) -> Result<String> {
        String::from_utf8(self.input.read_vec(len)?).map_err(|_| Error::corrupt("text is not UTF-8"))
    }

    /// The next `len` bytes. They are really there, and so are charged when they are read.
    fn read_blob(&mut self, len: u64, hint: Hint) -> Result<Bytes> {
        match hint {
            Hint::Elements(dtype) => {
                let blob = self.input.read_blob(len, dtype)?;
                self.budget.charge_held(len)?;
                Ok(blob)
            }
            Hint::Halves => {
                let blob = self.input.read_halves(len)?;
                self.budget.charge_held(len.saturating_mul(2))?;
                Ok(blob)
            }
        }
    }

    /// Gives the visitor the next `len` bytes: through the slot if that is asked for, as a `Vec<u8>` if not.
    pub(super) fn visit_blob<'de, V: Visitor<'de>>(&mut self, len: u64, visitor: V) -> Result<V::Value> {
        let request = self.blobs.and_then(|slot| slot.take_request().map(|hint| (slot, hint)));
        let start = self.input.position();
        let result = match request {
            Some((slot, hint)) => self.read_blob(len, hint).and_then(|blob| {
                slot.park(blob);
                visitor.visit_unit()
            }),
            None => self.input.read_vec(len).and_then(|bytes: Vec<u8>| visitor.visit_byte_buf(bytes)),
        };
        self.located(start, result)
    }
}

/// A decoder: its state, and `&mut Self` is a serde deserializer.
pub(super) trait Decode<'a> {
    /// Whether there are values that take no byte.
    const BYTELESS: bool;

    fn state(&mut self) -> &mut State<'a>;

    /// Runs `inner` one level deeper. Every level that serde knows counts, also an option and a newtype: a recursive type may be made
    /// of these alone and then takes no bytes for a level.
    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let state = self.state();
        let here = state.input.position();
        state.budget.check_depth(state.depth.saturating_add(1)).map_err(|error| error.at(here..here))?;
        state.depth += 1;
        let result = inner(self);
        let state = self.state();
        state.depth -= 1;
        state.located(here, result)
    }

    /// Gives the visitor `len` elements, and sees that it takes them all.
    fn sequence<'de, V: Visitor<'de>>(&mut self, len: u64, visitor: V) -> Result<V::Value>
    where
        Self: Sized,
        for<'d> &'d mut Self: Deserializer<'de, Error = Error>,
    {
        self.nested(|decoder| {
            let mut elements = Elements::new(decoder, len);
            let value = visitor.visit_seq(&mut elements)?;
            elements.finish()?;
            Ok(value)
        })
    }

    /// Gives the visitor `len` entries, and sees that it takes them all.
    fn map<'de, V: Visitor<'de>>(&mut self, len: u64, visitor: V) -> Result<V::Value>
    where
        Self: Sized,
        for<'d> &'d mut Self: Deserializer<'de, Error = Error>,
    {
        self.nested(|decoder| {
            let mut elements = Elements::new(decoder, len);
            let value = visitor.visit_map(&mut elements)?;
            elements.finish()?;
            Ok(value)
        })
    }
}

/// The elements of a sequence, or the entries of a map, of a length that the file states.
struct Elements<'d, D> {
    decoder: &'d mut D,
    left: u64,
}

/// What a visitor may reserve on the word of the file.
const MAX_SIZE_HINT: u64 = 4096;

impl<'a, 'd, D: Decode<'a>> Elements<'d, D> {
    fn new(decoder: &'d mut D, len: u64) -> Self {
        Self { decoder, left: len }
    }

    /// Elements that a visitor leaves would be read as what follows the sequence.
    fn finish(self) -> Result<()> {
        match self.left {
            0 => Ok(()),
            left => Err(Error::corrupt(format!("{left} elements more than there should be"))),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        usize::try_from(self.left.min(MAX_SIZE_HINT)).ok()
    }

    /// Decodes with `read`, and charges an object if that took no byte: elements without bytes, such as units, let a few bytes ask
    /// for any number of steps.
    fn charged<T>(&mut self, read: impl FnOnce(&mut D) -> Result<T>) -> Result<T> {
        if !D::BYTELESS {
            return read(self.decoder);
        }
        let start = self.decoder.state().input.position();
        let value = read(self.decoder)?;
        let state = self.decoder.state();
        if state.input.position() == start {
            state.budget.charge_objects(1).map_err(|error| error.at(start..start))?;
        }
        Ok(value)
    }
}

impl<'de, 'a, D: Decode<'a>> SeqAccess<'de> for &mut Elements<'_, D>
where
    for<'d> &'d mut D: Deserializer<'de, Error = Error>,
{
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = left;
        self.charged(|decoder| seed.deserialize(decoder)).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Elements::size_hint(self)
    }
}

impl<'de, 'a, D: Decode<'a>> MapAccess<'de> for &mut Elements<'_, D>
where
    for<'d> &'d mut D: Deserializer<'de, Error = Error>,
{
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = left;
        self.charged(|decoder| seed.deserialize(decoder)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        seed.deserialize(&mut *self.decoder)
    }

    fn size_hint(&self) -> Option<usize> {
        Elements::size_hint(self)
    }
}
