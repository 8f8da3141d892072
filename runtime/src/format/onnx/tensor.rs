//! `TensorProto`: where a tensor's elements are, and how they become ours.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use super::proto::{self, tensor_proto::DataLocation};
use super::wire::{self, Kept, Wire};
use crate::bytes::BytesMut;
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::format::input::Input;
use crate::limits::{Budget, Limits};
use crate::shape::Shape;
use crate::source::{self, Source};
use crate::tensor::TensorData;

/// Fields of `TensorProto`.
mod field {
    pub(super) const DIMS: u32 = 1;
    pub(super) const DATA_TYPE: u32 = 2;
    pub(super) const FLOAT_DATA: u32 = 4;
    pub(super) const INT32_DATA: u32 = 5;
    pub(super) const STRING_DATA: u32 = 6;
    pub(super) const INT64_DATA: u32 = 7;
    pub(super) const NAME: u32 = 8;
    pub(super) const RAW_DATA: u32 = 9;
    pub(super) const DOUBLE_DATA: u32 = 10;
    pub(super) const UINT64_DATA: u32 = 11;
    pub(super) const EXTERNAL_DATA: u32 = 13;
    pub(super) const DATA_LOCATION: u32 = 14;
}

/// Axes of a tensor: a shape of more is written to waste memory.
const MAX_AXES: u64 = 64;

/// Bytes that an axis can take in the file: those of an integer of 64 bits, and its tag.
const MAX_AXIS_BYTES: u64 = 11;

/// What a number of `TensorProto.DataType` means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Encoding {
    pub(super) dtype: DType,
    /// Bits an element in the file; fewer than the dtype's for integers that are narrower than a byte.
    bits: u32,
    /// The field that elements are in if they are not raw.
    typed: u32,
}

/// The encoding of a data type; `Err` is the name of one that is no tensor, or cannot be represented.
fn encoding(data_type: i32) -> Result<Result<Encoding, &'static str>> {
    use field::{DOUBLE_DATA, FLOAT_DATA, INT32_DATA, INT64_DATA, UINT64_DATA};
    let (dtype, bits, typed) = match data_type {
        1 => (DType::F32, 32, FLOAT_DATA),
        2 => (DType::U8, 8, INT32_DATA),
        3 => (DType::I8, 8, INT32_DATA),
        4 => (DType::U16, 16, INT32_DATA),
        5 => (DType::I16, 16, INT32_DATA),
        6 => (DType::I32, 32, INT32_DATA),
        7 => (DType::I64, 64, INT64_DATA),
        8 => return Ok(Err("text")),
        9 => (DType::Bool, 8, INT32_DATA),
        10 => (DType::F16, 16, INT32_DATA),
        11 => (DType::F64, 64, DOUBLE_DATA),
        12 => (DType::U32, 32, UINT64_DATA),
        13 => (DType::U64, 64, UINT64_DATA),
        14 => (DType::C64, 64, FLOAT_DATA),
        15 => (DType::C128, 128, DOUBLE_DATA),
        16 => (DType::BF16, 16, INT32_DATA),
        17 => (DType::F8E4M3, 8, INT32_DATA),
        18 => (DType::F8E4M3Fnuz, 8, INT32_DATA),
        19 => (DType::F8E5M2, 8, INT32_DATA),
        20 => (DType::F8E5M2Fnuz, 8, INT32_DATA),
        21 => (DType::U8, 4, INT32_DATA),
        22 => (DType::I8, 4, INT32_DATA),
        23 => (DType::F4, 4, INT32_DATA),
        24 => (DType::F8E8M0, 8, INT32_DATA),
        25 => (DType::U8, 2, INT32_DATA),
        26 => (DType::I8, 2, INT32_DATA),
        _ => return Err(Error::corrupt(format!("{data_type} is the number of no data type"))),
    };
    Ok(Ok(Encoding { dtype, bits, typed }))
}

/// Where a tensor's elements are.
#[derive(Clone, Debug)]
pub(super) enum Data {
    /// In the file, as they are in memory.
    Raw(Range<u64>),
    /// In the file, as protobuf numbers that take `len` bytes of the message.
    Typed { message: Range<u64>, len: u64 },
    /// In another file: what the keys `location`, `offset`, `length` say.
    External(Vec<proto::StringStringEntryProto>),
}

/// A tensor of the model, its data not read.
#[derive(Clone, Debug)]
pub(super) struct StoredTensor {
    pub(super) name: String,
    pub(super) shape: Shape,
    /// The name of what the elements are, if that is no dtype.
    pub(super) encoding: Result<Encoding, &'static str>,
    pub(super) data: Data,
}

impl StoredTensor {
    /// Reads the message at `range`.
    pub(super) fn read(input: &mut Input<'_>, range: Range<u64>, budget: &Budget) -> Result<Self> {
        let (mut kept, mut dims_len, mut raw) = (Kept::default(), 0, None);
        // The field that its protobuf numbers are in, and their bytes.
        let (mut typed, mut typed_len) = (None, 0);
        wire::fields(input, range.clone(), budget, |input, field| {
            match (field.number, &field.wire) {
                (field::NAME | field::DATA_TYPE | field::DATA_LOCATION, _) => {
                    return kept.one(input, &field, budget);
                }
                (field::EXTERNAL_DATA, _) => return kept.listed(input, &field, budget),
                (field::DIMS, _) => {
                    dims_len += field.len();
                    check_rank(dims_len / MAX_AXIS_BYTES)?;
                    return kept.many(input, &field, budget);
                }
                (field::RAW_DATA, Wire::Bytes(range)) => {
                    let other = raw.replace(range.clone());
                    if other.is_some() {
                        return Err(Error::corrupt("a tensor's elements are there twice").at(field.range));
                    }
                    return Ok(());
                }
                (field::FLOAT_DATA, Wire::Bytes(range) | Wire::Fixed32(range))
                | (field::DOUBLE_DATA, Wire::Bytes(range) | Wire::Fixed64(range))
                | (
                    field::INT32_DATA | field::INT64_DATA | field::UINT64_DATA | field::STRING_DATA,
                    Wire::Bytes(range),
                ) => {
                    typed_len += range.end - range.start;
                }
                (field::INT32_DATA | field::INT64_DATA | field::UINT64_DATA, Wire::Varint(_)) => {
                    typed_len += field.range.end - field.range.start;
                }
                (field::FLOAT_DATA..=field::INT64_DATA | field::RAW_DATA..=field::UINT64_DATA, _) => {
                    return Err(field.mismatch());
                }
                _ => return Ok(()),
            }
            if typed.replace(field.number).is_some_and(|other| other != field.number) {
                return Err(Error::corrupt("a tensor's elements are in two places").at(field.range));
            }
            Ok(())
        })?;
        let message: proto::TensorProto = kept.decode(&range)?;
        let is_external = message.data_location() == DataLocation::External;
        let name = message.name;
        let located = |error: Error| error.in_tensor(&name).at(range.clone());
        let shape = shape(&message.dims).map_err(located)?;
        let encoding = encoding(message.data_type).map_err(located)?;
        let data = match (is_external, raw) {
            (true, None) if typed.is_none() => Data::External(message.external_data),
            (false, Some(raw)) if typed.is_none() => Data::Raw(raw),
            (false, None) => {
                let right = encoding.map_or(field::STRING_DATA, |encoding| encoding.typed);
                if typed.is_some_and(|number| number != right) {
                    return Err(located(Error::corrupt("its elements are in a field that is not of their type")));
                }
                Data::Typed { message: range.clone(), len: typed_len }
            }
            _ => return Err(located(Error::corrupt("its elements are in two places"))),
        };
        let tensor = Self { name: name.clone(), shape, encoding, data };
        tensor.check_len().map_err(located)?;
        Ok(tensor)
    }

    /// Compares the bytes that are there with those that dtype and shape take, where no elements must be read for that.
    fn check_len(&self) -> Result<()> {
        let Ok(encoding) = self.encoding else { return Ok(()) };
        let len = |range: &Range<u64>| range.end - range.start;
        let found = match &self.data {
            Data::Raw(range) => len(range),
            Data::Typed { len, .. } if encoding.is_typed_float() => *len,
            _ => return Ok(()),
        };
        let needed = encoding.stored_len(&self.shape)?;
        if found == needed {
            return Ok(());
        }
        let (dtype, shape) = (encoding.dtype, &self.shape);
        Err(Error::corrupt(format!("shape {shape} of {dtype} takes {needed} bytes in the file, and {found} are there")))
    }

    /// Reads the elements: those in the model from `model`, external ones from `external`.
    pub(super) fn load(
        &self,
        model: &dyn Source,
        external: Option<(&dyn Source, u64)>,
        share: bool,
    ) -> Result<TensorData> {
        let encoding = self.encoding.map_err(refusal)?;
        let (place, offset) = match (&self.data, external) {
            (Data::Raw(range), _) => (model, range.start),
            (_, Some(place)) => place,
            (Data::Typed { message, len }, None) => return self.load_typed(model, message.clone(), *len, encoding),
            (Data::External(_), None) => return Err(Error::refused("its elements are in a file that was not opened")),
        };
        if encoding.is_narrow_integer() {
            let stored = source::read_vec(place, offset, encoding.stored_len(&self.shape)?)?;
            return self.widen(&stored, encoding);
        }
        source::read_tensor(place, offset, encoding.dtype, self.shape.clone(), share)
    }

    fn load_typed(
        &self,
        model: &dyn Source,
        message: Range<u64>,
        there: u64,
        encoding: Encoding,
    ) -> Result<TensorData> {
        let (stored_len, unit) = (encoding.stored_len(&self.shape)?, encoding.unit());
        // A number takes a byte of the file at least: memory is not taken for more of them than there are.
        let needed = stored_len / unit as u64;
        if needed > there {
            return Err(Error::new(ErrorKind::Truncated { needed, available: there }).at(message));
        }
        let size = usize::try_from(stored_len).map_err(|_| Error::new(ErrorKind::OutOfMemory { bytes: stored_len }))?;
        let mut buffer = BytesMut::zeroed(encoding.dtype, size)?;
        let mut out = buffer.as_mut_slice();
        let mut input = Input::new(model, message.clone())?;
        // The objects of the message were charged when the model was opened.
        let budget = Budget::new(Limits { max_objects: u64::MAX, ..Limits::default() }, 0);
        wire::fields(&mut input, message, &budget, |input, field| {
            if field.number != encoding.typed {
                return Ok(());
            }
            let mut store = |value| -> Result<()> {
                let Some((element, rest)) = core::mem::take(&mut out).split_at_mut_checked(unit) else {
                    return Err(Error::corrupt("it has more elements than its shape"));
                };
                out = rest;
                encoding.store(value, element)
            };
            match &field.wire {
                Wire::Varint(value) => store(*value),
                Wire::Bytes(range) if !encoding.is_typed_float() => wire::packed(input, range, store),
                // Floats are little-endian as ours are, and their length was compared when the model was opened.
                Wire::Bytes(range) | Wire::Fixed32(range) | Wire::Fixed64(range) => {
                    let len = usize::try_from(range.end - range.start).unwrap_or(usize::MAX).min(out.len());
                    let (head, rest) = core::mem::take(&mut out).split_at_mut(len);
                    out = rest;
                    model.read_at(range.start, head)
                }
            }
            .map_err(|error| error.at(field.range))
        })?;
        if !out.is_empty() {
            return Err(Error::corrupt(format!("it has {} elements fewer than its shape", out.len() / unit)));
        }
        if encoding.is_narrow_integer() {
            return self.widen(buffer.as_mut_slice(), encoding);
        }
        TensorData::new(buffer.freeze(), self.shape.clone(), encoding.dtype)
    }

    /// Gives each integer that is narrower than a byte a byte of its own. The first of a byte is in its lowest bits.
    fn widen(&self, stored: &[u8], encoding: Encoding) -> Result<TensorData> {
        let mut buffer = BytesMut::zeroed(encoding.dtype, self.shape.num_elements())?;
        let (bits, per_byte) = (encoding.bits, (8 / encoding.bits) as usize);
        let spare = 8 - bits;
        for (out, byte) in buffer.as_mut_slice().chunks_mut(per_byte).zip(stored) {
            for (place, out) in (0u32..).zip(out) {
                // To the top of the byte, and down again: with the sign where there is one.
                let top = (byte >> (place * bits)) << spare;
                let signed = encoding.dtype == DType::I8;
                *out = if signed { (top.cast_signed() >> spare).cast_unsigned() } else { top >> spare };
            }
        }
        TensorData::new(buffer.freeze(), self.shape.clone(), encoding.dtype)
    }
}

fn shape(dims: &[i64]) -> Result<Shape> {
    check_rank(dims.len() as u64)?;
    let axis = |&axis: &i64| u64::try_from(axis).map_err(|_| Error::corrupt(format!("an axis of {axis}")));
    Shape::from_u64(dims.iter().map(axis).collect::<Result<Vec<_>>>()?)
}

fn check_rank(axes: u64) -> Result<()> {
    if axes <= MAX_AXES {
        return Ok(());
    }
    Err(Error::refused(format!("a tensor of more than {MAX_AXES} axes")))
}

/// The refusal of elements that are no numbers.
pub(super) fn refusal(what: &str) -> Error {
    Error::refused(format!("{what} is no tensor"))
}

impl Encoding {
    /// Bytes that the elements of a shape take in the file when they are not protobuf numbers.
    pub(super) fn stored_len(self, shape: &Shape) -> Result<u64> {
        let bits = (shape.num_elements() as u64).checked_mul(self.bits.into());
        let bits = bits.ok_or_else(|| Error::new(ErrorKind::ShapeOverflow { shape: Vec::new() }))?;
        // The last byte of narrow elements may be filled in part.
        Ok(bits.div_ceil(8))
    }

    /// Whether elements of a shape can be held as this dtype.
    pub(super) fn check_whole_bytes(self, shape: &Shape) -> Result<()> {
        if self.dtype == DType::F4 && !shape.num_elements().is_multiple_of(2) {
            return Err(Error::refused("an odd number of 4-bit floats, which fills no whole bytes"));
        }
        Ok(())
    }

    /// Whether its protobuf numbers are floats, which take the same bytes as ours.
    fn is_typed_float(self) -> bool {
        matches!(self.typed, field::FLOAT_DATA | field::DOUBLE_DATA)
    }

    fn is_narrow_integer(self) -> bool {
        self.bits < 8 && self.dtype != DType::F4
    }

    /// Bytes that a protobuf number becomes. One of narrow elements holds a byte of them.
    fn unit(self) -> usize {
        (self.bits.max(8) / 8) as usize
    }

    /// Stores a protobuf number as an element of this encoding, if it is one.
    fn store(self, value: u64, out: &mut [u8]) -> Result<()> {
        let bytes = value.to_le_bytes();
        let fits = match self.dtype {
            DType::I64 | DType::U64 => true,
            DType::U32 => u32::try_from(value).is_ok(),
            // Negative numbers are extended to 64 bits; some writers leave them at 32.
            DType::I32 => u32::try_from(value).is_ok() || i32::try_from(value.cast_signed()).is_ok(),
            DType::I16 => i16::try_from(signed_32(value)).is_ok(),
            DType::I8 if self.bits == 8 => i8::try_from(signed_32(value)).is_ok(),
            DType::Bool => value <= 1,
            _ if self.unit() == 2 => u16::try_from(value).is_ok(),
            _ => u8::try_from(value).is_ok(),
        };
        if !fits {
            let value = signed_32(value).to_string();
            return Err(Error::corrupt(format!("the element {value} is out of the range of {}", self.dtype)));
        }
        out.copy_from_slice(&bytes[..out.len()]);
        Ok(())
    }
}

/// A protobuf `int32`, of which only the lower half counts where it was not extended.
fn signed_32(value: u64) -> i64 {
    u32::try_from(value).map_or(value.cast_signed(), |low| low.cast_signed().into())
}
