//! The header: what it says, read with every rule of the format checked, and written.
//!
//! | offset | size | content |
//! |---|---|---|
//! | 0 | 8 | length `n` of the header, unsigned, little-endian |
//! | 8 | `n` | JSON, beginning with `{`, padded with blanks |
//! | 8 + `n` | | the tensors' bytes, without holes |

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::ops::Range;

use serde::de::{Error as _, MapAccess};

use super::json::{self, Entry, Object, TakeEntry, Text, Unique};
use super::{NAME, dtype};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::format::flat::digest::{Digest, HeaderHasher};
use crate::format::flat::duplicate;
use crate::limits::Budget;
use crate::shape::Shape;
use crate::source::{Source, read_vec};

/// Bytes of the header's length.
const LENGTH_BYTES: u64 = size_of::<u64>() as u64;
/// The header is padded so that the data starts at a multiple of this: the largest element is as wide.
const ALIGNMENT: usize = 8;
/// The key that is not a tensor.
pub(super) const METADATA: &str = "__metadata__";

/// A tensor as the header has it; offsets are from the start of the data.
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) dtype: DType,
    pub(super) shape: Shape,
    pub(super) start: u64,
    pub(super) end: u64,
}

/// What a header says: sound, and in agreement with the length of the file.
pub(super) struct Header {
    pub(super) metadata: BTreeMap<String, String>,
    /// In the order of their bytes; empty ones at one place by name.
    pub(super) tensors: Vec<Listed>,
    /// Where the data starts.
    pub(super) data: u64,
}

impl Header {
    /// Reads the header of `source`.
    ///
    /// # Errors
    /// The first rule of the format that it breaks.
    pub(super) fn read(source: &dyn Source, budget: &Budget) -> Result<Self> {
        let available = source.len();
        if available < LENGTH_BYTES {
            return Err(Error::new(ErrorKind::Truncated { needed: LENGTH_BYTES, available }));
        }
        let mut start = [0; size_of::<u64>()];
        source.read_at(0, &mut start)?;
        let length = u64::from_le_bytes(start);
        if available > LENGTH_BYTES {
            let mut brace = [0];
            source.read_at(LENGTH_BYTES, &mut brace)?;
            // Without the brace another format's file would be told that its header is too long.
            if brace != *b"{" {
                return Err(Error::new(ErrorKind::WrongFormat {
                    expected: NAME,
                    found: format!("{}: its header does not begin with `{{`", crate::format::detect(source)?),
                }));
            }
        }
        budget.check_header(length)?;
        let json = read_vec(source, LENGTH_BYTES, length)?;
        let data = LENGTH_BYTES + length;
        let raw = parse(&json).map_err(|error| error.at(LENGTH_BYTES..data))?;
        budget.check_tensors(raw.tensors.len() as u64)?;
        let mut tensors = raw.tensors.into_iter().map(|tensor| tensor.check(budget)).collect::<Result<Vec<_>>>()?;
        if let Some(name) = duplicate(tensors.iter().map(|tensor| tensor.name.as_str())) {
            // The reader that keeps the first and the one that keeps the last would see two models.
            return Err(Error::corrupt("two tensors have this name").in_tensor(name));
        }
        // Offsets first, so that nearly all comparisons are of numbers.
        tensors.sort_unstable_by(|a, b| (a.start, a.end, &a.name).cmp(&(b.start, b.end, &b.name)));
        check_layout(&tensors, data, available)?;
        Ok(Self { metadata: raw.metadata.unwrap_or_default(), tensors, data })
    }
}

/// The header as the JSON has it.
#[derive(Default)]
struct Raw {
    metadata: Option<BTreeMap<String, String>>,
    tensors: Vec<RawTensor>,
}

#[derive(Default)]
struct RawTensor {
    name: String,
    dtype: Option<Result<DType>>,
    shape: Option<Vec<u64>>,
    offsets: Option<(u64, u64)>,
}

fn parse(json: &[u8]) -> Result<Raw> {
    let end = json.iter().rposition(|&c| c != b' ').map_or(0, |last| last + 1);
    let json = &json[..end];
    // Other white space, or another file's bytes, would be room for a second file in this one.
    if json.last() != Some(&b'}') {
        return Err(Error::corrupt("the header does not end with `}` and blanks"));
    }
    json::parse("the header", json, Object::new("an object of tensors", Raw::default()))
}

impl<'de> TakeEntry<'de> for Raw {
    fn entry<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        value: Entry<'_, A>,
    ) -> core::result::Result<(), A::Error> {
        if key == METADATA {
            let metadata = value.seed(Unique("an object of text", PhantomData))?;
            return json::set(&mut self.metadata, METADATA, metadata);
        }
        let tensor = RawTensor { name: key.into_owned(), ..RawTensor::default() };
        self.tensors.push(value.seed(Object::new("an object with dtype, shape and data_offsets", tensor))?);
        Ok(())
    }
}

impl<'de> TakeEntry<'de> for RawTensor {
    fn entry<A: MapAccess<'de>>(
        &mut self,
        key: Cow<'de, str>,
        value: Entry<'_, A>,
    ) -> core::result::Result<(), A::Error> {
        match &*key {
            "dtype" => json::set(&mut self.dtype, &key, dtype::parse(&value.value::<Text<'_>>()?.0)),
            "shape" => json::set(&mut self.shape, &key, value.value()?),
            "data_offsets" => json::set(&mut self.offsets, &key, value.value()?),
            // It may change what the bytes mean.
            _ => Err(A::Error::custom(format_args!("tensor `{}` has an unknown field `{key}`", self.name))),
        }
    }
}

impl RawTensor {
    fn check(self, budget: &Budget) -> Result<Listed> {
        let Self { name, dtype, shape, offsets } = self;
        budget.check_name(name.len() as u64)?;
        let complete = || {
            let missing = |field: &str| Error::corrupt(format!("the tensor has no `{field}`"));
            let dtype = dtype.ok_or_else(|| missing("dtype"))??;
            let shape = Shape::from_u64(shape.ok_or_else(|| missing("shape"))?)?;
            let (start, end) = offsets.ok_or_else(|| missing("data_offsets"))?;
            Ok((dtype, shape, start, end))
        };
        match complete() {
            Ok((dtype, shape, start, end)) => Ok(Listed { name, dtype, shape, start, end }),
            Err(error) => Err(Error::in_tensor(error, name)),
        }
    }
}

/// Checks that the tensors fill the data exactly: sorted by their offsets, each starts where the one before it ends.
fn check_layout(tensors: &[Listed], data: u64, available: u64) -> Result<()> {
    let mut position = 0;
    for tensor in tensors {
        let fail = |error: Error| error.in_tensor(&tensor.name).at(absolute(data, tensor.start..tensor.end));
        if tensor.end < tensor.start {
            return Err(fail(Error::corrupt("the tensor ends before it starts")));
        }
        if tensor.start != position {
            // An overlap lets one tensor change with another; a hole is room for another file.
            let what = if tensor.start < position { "overlaps the one before it" } else { "leaves a hole before it" };
            return Err(fail(Error::corrupt(format!("the tensor {what}"))));
        }
        let bytes = tensor.end - tensor.start;
        if tensor.dtype.byte_len(tensor.shape.num_elements()).map(|len| len as u64) != Some(bytes) {
            let (shape, dtype) = (tensor.shape.clone(), tensor.dtype);
            return Err(fail(Error::new(ErrorKind::ByteLength { shape, dtype, bytes })));
        }
        position = tensor.end;
    }
    let needed = data.saturating_add(position);
    if needed > available {
        return Err(Error::new(ErrorKind::Truncated { needed, available }));
    }
    if needed < available {
        return Err(Error::corrupt("there are bytes behind the last tensor").at(needed..available));
    }
    Ok(())
}

/// A range of the data as one of the file; a hostile offset must not wrap.
fn absolute(data: u64, range: Range<u64>) -> Range<u64> {
    data.saturating_add(range.start)..data.saturating_add(range.end)
}

/// A tensor as it is written: name, dtype, shape, start, end.
pub(super) type Row<'a> = (&'a str, DType, &'a Shape, u64, u64);

/// The digest of what a header says; tensors in the order of [`Header::tensors`].
pub(super) fn digest<'a>(
    tensors: impl ExactSizeIterator<Item = Row<'a>>,
    metadata: &BTreeMap<String, String>,
) -> Digest {
    let mut hasher = HeaderHasher::new(NAME);
    hasher.number(tensors.len() as u64);
    for (name, dtype, shape, start, end) in tensors {
        hasher.tensor(name, dtype, shape, start, end);
    }
    hasher.metadata(metadata);
    hasher.finish()
}

/// The bytes of a header: its length, metadata first and by key, tensors in the order given, blanks up to the data.
pub(super) fn encode<'a>(tensors: impl Iterator<Item = Row<'a>>, metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let mut out = Vec::from([0; size_of::<u64>()]);
    out.push(b'{');
    if !metadata.is_empty() {
        json::put_string(METADATA, &mut out);
        out.push(b':');
        json::put_object(metadata, &mut out, |value, out| json::put_string(value, out));
    }
    for (name, dtype, shape, start, end) in tensors {
        if out.last() != Some(&b'{') {
            out.push(b',');
        }
        json::put_string(name, &mut out);
        out.extend_from_slice(b":{\"dtype\":\"");
        out.extend_from_slice(dtype.name().as_bytes());
        out.extend_from_slice(b"\",\"shape\":[");
        for (axis, &length) in shape.iter().enumerate() {
            out.extend_from_slice(if axis == 0 { b"" } else { b"," });
            json::put_number(length as u64, &mut out);
        }
        out.extend_from_slice(b"],\"data_offsets\":[");
        json::put_number(start, &mut out);
        out.push(b',');
        json::put_number(end, &mut out);
        out.extend_from_slice(b"]}");
    }
    out.push(b'}');
    out.resize(out.len().next_multiple_of(ALIGNMENT), b' ');
    let length = out.len() as u64 - LENGTH_BYTES;
    out[..size_of::<u64>()].copy_from_slice(&length.to_le_bytes());
    out
}
