//! Protobuf's wire format: tags, and what follows them.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::ops::Range;

use prost::Message;

use crate::error::{Error, Result};
use crate::format::input::Input;
use crate::limits::Budget;

/// Small messages of one list: an empty one takes two bytes of the file, and many times that in memory.
const MAX_LISTED: usize = 1 << 16;
/// The largest number that a field can have (`29` bits).
const MAX_FIELD: u64 = (1 << 29) - 1;

/// What follows a tag.
#[derive(Clone, Debug)]
pub(super) enum Wire {
    /// An integer of up to 64 bits.
    Varint(u64),
    /// Eight bytes at this range.
    Fixed64(Range<u64>),
    /// Text, bytes, a message or packed numbers at this range.
    Bytes(Range<u64>),
    /// Four bytes at this range.
    Fixed32(Range<u64>),
}

/// A field of a message.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) number: u32,
    pub(super) wire: Wire,
    /// The bytes behind its tag.
    pub(super) range: Range<u64>,
    /// Where its tag starts.
    start: u64,
}

/// The fields of the message at `range`, in order; their contents are passed over.
pub(super) fn fields(
    input: &mut Input<'_>,
    range: Range<u64>,
    budget: &Budget,
    mut visit: impl FnMut(&mut Input<'_>, Field) -> Result<()>,
) -> Result<()> {
    let mut position = range.start;
    while position < range.end {
        input.seek(position);
        budget.charge_objects(1)?;
        let field = field(input, &range)?;
        position = field.range.end;
        visit(input, field)?;
    }
    Ok(())
}

fn field(input: &mut Input<'_>, message: &Range<u64>) -> Result<Field> {
    let tag_start = input.position();
    let tag = varint(input)?;
    let number = u32::try_from(tag >> 3).ok().filter(|&number| number > 0 && u64::from(number) <= MAX_FIELD);
    let Some(number) = number else {
        return Err(Error::corrupt("a protobuf field has no number").at(tag_start..input.position()));
    };
    let start = input.position();
    let wire = match tag & 7 {
        0 => Wire::Varint(varint(input)?),
        1 => Wire::Fixed64(pass(input, 8)?),
        2 => {
            let len = varint(input)?;
            Wire::Bytes(pass(input, len)?)
        }
        5 => Wire::Fixed32(pass(input, 4)?),
        kind => {
            // Groups (3, 4) are of no version of ONNX; 6 and 7 of none of protobuf.
            let what = format!("protobuf field {number} has the wire type {kind}");
            return Err(Error::corrupt(what).at(tag_start..input.position()));
        }
    };
    // A field that ends behind its message would be read as part of two.
    if input.position() > message.end {
        return Err(Error::corrupt("a protobuf field is longer than its message").at(tag_start..input.position()));
    }
    Ok(Field { number, wire, range: start..input.position(), start: tag_start })
}

fn pass(input: &mut Input<'_>, len: u64) -> Result<Range<u64>> {
    let start = input.position();
    input.skip(len)?;
    Ok(start..input.position())
}

/// An integer in groups of seven bits, the lowest first; ten bytes at most.
pub(super) fn varint(input: &mut Input<'_>) -> Result<u64> {
    let start = input.position();
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = input.u8()?;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            break;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Error::corrupt("a protobuf integer has more than 64 bits").at(start..input.position()))
}

/// The packed integers at `range`.
pub(super) fn packed(
    input: &mut Input<'_>,
    range: &Range<u64>,
    mut visit: impl FnMut(u64) -> Result<()>,
) -> Result<()> {
    input.seek(range.start);
    while input.position() < range.end {
        let value = varint(input)?;
        // The last may have been taken from behind the field.
        if input.position() > range.end {
            return Err(Error::corrupt("a packed protobuf integer is longer than its field").at(range.clone()));
        }
        visit(value)?;
    }
    Ok(())
}

impl Field {
    /// Where its text, bytes or message is.
    pub(super) fn bytes(&self) -> Result<Range<u64>> {
        if let Wire::Bytes(range) = &self.wire { Ok(range.clone()) } else { Err(self.mismatch()) }
    }

    /// How many bytes there are behind its tag.
    pub(super) fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    pub(super) fn mismatch(&self) -> Error {
        Error::corrupt(format!("protobuf field {} is of another type than ONNX gives it", self.number))
            .at(self.range.clone())
    }
}

/// The fields of a message that are decoded together. What is not kept stays where it lies.
#[derive(Default)]
pub(super) struct Kept {
    /// The fields as they are in the file, one behind the other: a message of their own.
    bytes: Vec<u8>,
    once: Vec<u32>,
    /// How many messages are among them.
    listed: usize,
}

impl Kept {
    /// Keeps a number or a text of which a message has one. Of a field that is there twice readers take the last.
    pub(super) fn one(&mut self, input: &mut Input<'_>, field: &Field, budget: &Budget) -> Result<()> {
        if self.once.contains(&field.number) {
            return Err(
                Error::corrupt(format!("protobuf field {} is there twice", field.number)).at(field.range.clone())
            );
        }
        self.once.push(field.number);
        budget.check_name(field.len())?;
        self.many(input, field, budget)
    }

    /// Keeps a small message of a list.
    pub(super) fn listed(&mut self, input: &mut Input<'_>, field: &Field, budget: &Budget) -> Result<()> {
        self.listed += 1;
        if self.listed > MAX_LISTED {
            return Err(Error::refused(format!("a list of more than {MAX_LISTED} entries")).at(field.range.clone()));
        }
        self.many(input, field, budget)
    }

    /// Keeps numbers of which a message may have several.
    pub(super) fn many(&mut self, input: &mut Input<'_>, field: &Field, budget: &Budget) -> Result<()> {
        let len = field.range.end - field.start;
        budget.check_header((self.bytes.len() as u64).saturating_add(len))?;
        input.seek(field.start);
        self.bytes.extend(input.vec(len)?);
        Ok(())
    }

    /// The fields as the message that they are of, which lies at `range`.
    pub(super) fn decode<M: Message + Default>(&self, range: &Range<u64>) -> Result<M> {
        M::decode(self.bytes.as_slice()).map_err(|error| Error::corrupt(error.to_string()).at(range.clone()))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::bytes::Bytes;
    use crate::limits::Limits;

    fn numbers(bytes: &[u8]) -> Result<Vec<u32>> {
        let source = Bytes::from(bytes.to_vec());
        let (end, budget) = (bytes.len() as u64, Budget::new(Limits::default(), 0));
        let mut found = Vec::new();
        fields(&mut Input::new(&source, 0..end)?, 0..end, &budget, |_, field| {
            found.push(field.number);
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn fields_of_every_wire_type_are_passed_over() {
        let bytes = [8, 150, 1, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x1a, 2, 9, 9, 0x25, 1, 2, 3, 4];
        assert_eq!(numbers(&bytes).unwrap(), [1, 2, 3, 4]);
        for len in [1, 2, 4, 11, 13, 14, 17, 20] {
            assert!(numbers(&bytes[..len]).is_err(), "{len}");
        }
    }

    #[test]
    fn what_is_no_field_is_an_error() {
        let long = [vec![8], vec![0x80; 20], vec![1]].concat();
        for bytes in [&[0, 0][..], &[0x0b], &[0x0c], &[0x0f, 0], &long, &[0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f]] {
            assert!(numbers(bytes).is_err(), "{bytes:?}");
        }
        let max = [vec![8], vec![0xff; 9], vec![1]].concat();
        assert_eq!(numbers(&max).unwrap(), [1]);
    }
}
