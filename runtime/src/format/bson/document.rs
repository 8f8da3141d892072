//! Documents: elements with names. Binary data stay in the file.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::error::{Error, ErrorKind, Result};
use crate::format::input::Input;
use crate::limits::Budget;
use crate::source::Source;

/// An element's value.
#[derive(Debug)]
pub(super) enum Element {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    /// Where the bytes are.
    Binary(Range<u64>),
    List(Vec<Element>),
    Document(Vec<(String, Element)>),
}

impl Element {
    /// The element of a document that is named so.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Document(entries) => entries.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }
}

/// The kinds of elements, as the format numbers them.
mod kind {
    pub(super) const DOUBLE: u8 = 0x01;
    pub(super) const STRING: u8 = 0x02;
    pub(super) const DOCUMENT: u8 = 0x03;
    pub(super) const ARRAY: u8 = 0x04;
    pub(super) const BINARY: u8 = 0x05;
    pub(super) const BOOL: u8 = 0x08;
    pub(super) const NULL: u8 = 0x0a;
    pub(super) const INT32: u8 = 0x10;
    pub(super) const INT64: u8 = 0x12;
}

/// The entries of the document that is the whole of `source`.
pub(super) fn parse(source: &dyn Source, budget: &Budget) -> Result<Vec<(String, Element)>> {
    let mut parser = Parser { source, budget, input: Input::new(source, 0..source.len())? };
    let entries = parser.document(source.len(), 0)?;
    if parser.input.remaining() == 0 {
        return Ok(entries);
    }
    Err(Error::corrupt("bytes after the document").at(parser.input.position()..source.len()))
}

/// A place in the document, and what it may make.
struct Parser<'s> {
    source: &'s dyn Source,
    budget: &'s Budget,
    input: Input<'s>,
}

impl Parser<'_> {
    /// A length, which the format counts in a signed number of 32 bits.
    fn len(&mut self) -> Result<u64> {
        let at = self.input.position();
        let len = i32::from_le_bytes(self.input.array()?);
        u64::try_from(len).map_err(|_| Error::corrupt(format!("a length of {len}")).at(at..at + 4))
    }

    fn corrupt(&self, what: impl Into<String>) -> Error {
        Error::corrupt(what).at(self.input.position()..self.input.position().saturating_add(1))
    }

    fn key(&mut self) -> Result<String> {
        let mut key = Vec::new();
        loop {
            match self.input.array::<1>()? {
                [0] => break,
                [byte] => key.push(byte),
            }
            self.budget.check_name(key.len() as u64)?;
        }
        String::from_utf8(key).map_err(|_| self.corrupt("a key that is not UTF-8"))
    }

    /// The entries of a document that must end before `end`.
    fn document(&mut self, end: u64, depth: u64) -> Result<Vec<(String, Element)>> {
        self.budget.check_depth(depth)?;
        let start = self.input.position();
        let len = self.len()?;
        let stop = start + len;
        // Its own length and the zero at its end are part of it; past its parent it would hold the parent's bytes.
        if len < 5 || stop > end {
            let available = self.source.len();
            let cut = ErrorKind::Truncated { needed: stop, available };
            return Err(if stop > available { cut.into() } else { self.corrupt(format!("a document of {len} bytes")) });
        }
        let mut entries = Vec::new();
        let mut keys = BTreeSet::new();
        loop {
            let [kind] = self.input.array()?;
            if kind == 0 {
                break;
            }
            self.budget.charge_objects(1)?;
            let key = self.key()?;
            let value = self.element(kind, stop, depth)?;
            if !keys.insert(key.clone()) {
                return Err(self.corrupt(format!("two elements are named `{key}`")));
            }
            entries.push((key, value));
        }
        if self.input.position() != stop {
            return Err(self.corrupt(format!("a document that should end at {stop}")));
        }
        Ok(entries)
    }

    fn element(&mut self, kind: u8, end: u64, depth: u64) -> Result<Element> {
        Ok(match kind {
            kind::DOUBLE => Element::Double(f64::from_le_bytes(self.input.array()?)),
            kind::STRING => Element::Text(self.text()?),
            kind::DOCUMENT => Element::Document(self.document(end, depth + 1)?),
            kind::ARRAY => {
                let items = self.document(end, depth + 1)?;
                Element::List(items.into_iter().map(|(_, item)| item).collect())
            }
            kind::BINARY => {
                let len = self.len()?;
                // Its subtype says nothing that the tags do not.
                self.input.skip(1)?;
                let start = self.input.position();
                self.input.skip(len)?;
                Element::Binary(start..start + len)
            }
            kind::BOOL => match self.input.array()? {
                [0] => Element::Bool(false),
                [1] => Element::Bool(true),
                [other] => return Err(self.corrupt(format!("a truth value of {other}"))),
            },
            kind::NULL => Element::Null,
            kind::INT32 => Element::Int(i64::from(i32::from_le_bytes(self.input.array()?))),
            kind::INT64 => Element::Int(i64::from_le_bytes(self.input.array()?)),
            _ => return Err(Error::refused(format!("an element of kind {kind:#04x}, which BSON.jl does not write"))),
        })
    }

    /// A string: its length with the zero at its end.
    fn text(&mut self) -> Result<String> {
        let len = self.len()?;
        self.budget.check_header(len)?;
        let Some(before) = len.checked_sub(1) else { return Err(self.corrupt("a string without a zero at its end")) };
        let text = self.input.text(before, "a string")?;
        match self.input.u8()? {
            0 => Ok(text),
            _ => Err(self.corrupt("a string without a zero at its end")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Bytes;
    use crate::limits::Limits;

    fn parsed(bytes: &'static [u8]) -> Result<Vec<(String, Element)>> {
        parse(&Bytes::from_static(bytes), &Budget::new(Limits::default(), bytes.len() as u64))
    }

    #[test]
    fn the_example_of_the_specification_is_read() {
        let entries = parsed(b"\x16\0\0\0\x02hello\0\x06\0\0\0world\0\0").unwrap();
        assert_eq!(entries[0].0, "hello");
        assert_eq!(entries[0].1.text(), Some("world"));
    }

    #[test]
    fn lengths_that_lie_are_errors() {
        for bytes in [
            &b"\x04\0\0\0\0"[..],                     // shorter than an empty document
            b"\x06\0\0\0\0",                          // longer than the file
            b"\x05\0\0\0\0\0",                        // bytes after the document
            b"\xff\xff\xff\xff\0",                    // negative
            b"\x0d\0\0\0\x03a\0\x06\0\0\0\0\0",       // a document past its parent's end
            b"\x0f\0\0\0\x02a\0\x02\0\0\0xy\0\0",     // a string without its zero
            b"\x0e\0\0\0\x05a\0\xff\xff\xff\x7f\0\0", // a binary of 2 GiB
            b"\x0b\0\0\0\x0aa\0\x0aa\0\0",            // one key twice
        ] {
            assert!(parsed(bytes).is_err(), "{bytes:?}");
        }
    }
}
