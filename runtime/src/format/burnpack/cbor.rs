//! CBOR as a header holds it: definite and indefinite lengths, bounded depth, every error an error of the file.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use minicbor::data::Type;
use minicbor::decode::Decoder;

use crate::error::{Error, Result};
use crate::limits::Budget;

/// A cursor over CBOR.
pub(super) struct Cbor<'b> {
    decoder: Decoder<'b>,
    budget: &'b Budget,
    depth: u64,
}

fn check<T>(read: core::result::Result<T, minicbor::decode::Error>) -> Result<T> {
    read.map_err(|error| Error::corrupt(format!("the CBOR header: {error}")))
}

impl<'b> Cbor<'b> {
    pub(super) fn new(bytes: &'b [u8], budget: &'b Budget) -> Self {
        Self { decoder: Decoder::new(bytes), budget, depth: 0 }
    }

    /// Where the cursor is.
    pub(super) fn position(&self) -> usize {
        self.decoder.position()
    }

    /// What comes next.
    pub(super) fn kind(&self) -> Result<Type> {
        check(self.decoder.datatype())
    }

    pub(super) fn bool(&mut self) -> Result<bool> {
        check(self.decoder.bool())
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        check(self.decoder.u64())
    }

    pub(super) fn i64(&mut self) -> Result<i64> {
        check(self.decoder.i64())
    }

    /// A float of any width.
    pub(super) fn f64(&mut self) -> Result<f64> {
        check(self.decoder.f64())
    }

    pub(super) fn null(&mut self) -> Result<()> {
        check(self.decoder.null())
    }

    /// Text: borrowed where it is in one piece.
    pub(super) fn text(&mut self) -> Result<Cow<'b, str>> {
        /// The head of text in pieces.
        const PIECES: u8 = 0x7f;

        if self.decoder.input().get(self.position()) != Some(&PIECES) {
            return check(self.decoder.str()).map(Cow::Borrowed);
        }
        let mut text = String::new();
        for piece in check(self.decoder.str_iter())? {
            text.push_str(check(piece)?);
        }
        Ok(Cow::Owned(text))
    }

    /// A map with text for keys: `take` gets each key and reads its value.
    pub(super) fn map(&mut self, mut take: impl FnMut(&mut Self, Cow<'b, str>) -> Result<()>) -> Result<()> {
        let entries = check(self.decoder.map())?;
        self.items(entries, |cbor| {
            let key = cbor.text()?;
            take(cbor, key)
        })
    }

    /// An array: `take` reads each item.
    pub(super) fn array(&mut self, take: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        let items = check(self.decoder.array())?;
        self.items(items, take)
    }

    /// Passes over one value, whatever it is.
    pub(super) fn skip(&mut self) -> Result<()> {
        match self.kind()? {
            Type::Array | Type::ArrayIndef => self.array(Self::skip),
            Type::Map | Type::MapIndef => {
                let entries = check(self.decoder.map())?;
                self.items(entries, |cbor| cbor.skip().and_then(|()| cbor.skip()))
            }
            Type::Tag => {
                check(self.decoder.tag())?;
                self.nested(Self::skip)
            }
            Type::Break => Err(Error::corrupt("the CBOR header: a break that ends nothing")),
            // No items inside: passed over without a stack.
            _ => check(self.decoder.skip()),
        }
    }

    /// Reads as many items as `count` says, or up to a break.
    fn items(&mut self, count: Option<u64>, mut take: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.nested(|cbor| {
            if let Some(count) = count {
                // A false count ends at the first item that is not there: nothing is allocated for it.
                return (0..count).try_for_each(|_| take(cbor));
            }
            while cbor.kind()? != Type::Break {
                take(cbor)?;
            }
            cbor.decoder.set_position(cbor.position() + 1);
            Ok(())
        })
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.depth += 1;
        self.budget.check_depth(self.depth)?;
        read(self)?;
        self.depth -= 1;
        Ok(())
    }
}

/// Sets `slot`, once: two readers of a key that comes twice would see two files.
pub(super) fn set<T>(slot: &mut Option<T>, key: &str, value: T) -> Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::corrupt(format!("the key `{key}` comes twice"))),
    }
}

/// Writes CBOR with definite lengths and the shortest heads, as Burn's encoder does.
#[derive(Default)]
pub(super) struct CborOut(pub(super) Vec<u8>);

/// The kinds of a CBOR item: the upper three bits of its head.
#[derive(Clone, Copy)]
enum Major {
    Unsigned = 0,
    Negative = 1,
    Text = 3,
    Array = 4,
    Map = 5,
}

impl CborOut {
    fn head(&mut self, major: Major, number: u64) {
        let bytes = number.to_be_bytes();
        let (info, width) = match number {
            0..24 => (bytes[7], 0),
            24..=0xff => (24, 1),
            0x100..=0xffff => (25, 2),
            0x1_0000..=0xffff_ffff => (26, 4),
            _ => (27, 8),
        };
        self.0.push((major as u8) << 5 | info);
        self.0.extend_from_slice(&bytes[8 - width..]);
    }

    /// The head of a map of `entries`, whose keys and values follow.
    pub(super) fn map(&mut self, entries: usize) {
        self.head(Major::Map, entries as u64);
    }

    /// The head of an array of `items`, which follow.
    pub(super) fn array(&mut self, items: usize) {
        self.head(Major::Array, items as u64);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.head(Major::Text, text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn u64(&mut self, number: u64) {
        self.head(Major::Unsigned, number);
    }

    pub(super) fn i64(&mut self, number: i64) {
        if number < 0 {
            // -1 - n, which is what the complement is.
            self.head(Major::Negative, (!number).cast_unsigned());
        } else {
            self.head(Major::Unsigned, number.unsigned_abs());
        }
    }

    pub(super) fn f64(&mut self, number: f64) {
        self.0.push(0xfb);
        self.0.extend_from_slice(&number.to_bits().to_be_bytes());
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.0.push(0xf4 | u8::from(value));
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::limits::Limits;

    fn skip(bytes: &[u8]) -> Result<usize> {
        let budget = Budget::new(Limits::default(), bytes.len() as u64);
        let mut cbor = Cbor::new(bytes, &budget);
        cbor.skip()?;
        Ok(cbor.position())
    }

    #[test]
    fn every_kind_of_value_can_be_passed_over() {
        for bytes in [
            &[0x18, 0xff][..],
            &[0x39, 1, 0],
            &[0x5f, 0x41, 0, 0xff],
            &[0x7f, 0x61, b'a', 0xff],
            &[0x82, 0x80, 0x9f, 0x01, 0xff],
            &[0xbf, 0x01, 0xa0, 0xff],
            &[0xc1, 0x00],
            &[0xf9, 0, 0],
            &[0xfa, 0, 0, 0, 0],
            &[0xf7],
            &[0xf8, 0x20],
        ] {
            assert_eq!(skip(bytes).unwrap(), bytes.len(), "{bytes:02x?}");
        }
    }

    #[test]
    fn depth_is_bounded_and_breaks_end_something() {
        assert!(skip(&[0xff]).is_err() && skip(&[0x82, 0x01, 0xff]).is_err());
        for opening in [0x81, 0x9f, 0xc1] {
            let error = skip(&vec![opening; 100_000]).unwrap_err();
            assert!(error.to_string().contains("max_depth"), "{error}");
        }
        assert!(skip(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).is_err());
    }

    #[test]
    fn what_is_written_is_read() {
        let mut out = CborOut::default();
        out.map(1);
        out.text("k");
        let numbers = [0, 23, 24, 255, 256, 65_535, 65_536, u64::from(u32::MAX), 1 << 32, u64::MAX];
        let signed = [0, -1, -24, -25, i64::MIN, i64::MAX];
        out.array(numbers.len() + signed.len() + 2);
        for number in numbers {
            out.u64(number);
        }
        for number in signed {
            out.i64(number);
        }
        out.f64(-0.0);
        out.bool(true);

        let budget = Budget::new(Limits::default(), 0);
        let mut cbor = Cbor::new(&out.0, &budget);
        let mut index = 0;
        cbor.map(|cbor, key| {
            assert_eq!(key, "k");
            cbor.array(|cbor| {
                match index {
                    0..10 => assert_eq!(cbor.u64()?, numbers[index]),
                    10..16 => assert_eq!(cbor.i64()?, signed[index - 10]),
                    16 => assert_eq!(cbor.f64()?.to_bits(), (-0.0f64).to_bits()),
                    _ => assert!(cbor.bool()?),
                }
                index += 1;
                Ok(())
            })
        })
        .unwrap();
        assert_eq!((index, cbor.position()), (18, out.0.len()));
    }
}
