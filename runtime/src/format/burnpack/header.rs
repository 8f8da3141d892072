//! The header: what it says, read with every rule checked that Burn checks and those that it does not, and written.
//!
//! | offset | size | content |
//! |---|---|---|
//! | 0 | 4 | `NRUB` |
//! | 4 | 2 | version 1 (0 is read too) |
//! | 6 | 4 | length `n` of the CBOR |
//! | 10 | `n` | CBOR: a map with `tensors`, and where they are not empty `metadata` (text) and `scalars` (since Burn 0.22) |
//! | | | zeros up to a multiple of 256 (since Burn 0.20) |
//! | | | the tensors' bytes, each from a multiple of 256 on, zeros between them, none behind the last |

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use minicbor::data::Type;

use super::cbor::{self, Cbor, CborOut};
use super::dtype::{self, Stored};
use super::layout::{self, Layout};
use super::{MAGIC, NAME, PREFIX_BYTES, VERSION, scalar};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::format::flat::digest::{Digest, HEADER_KEY, HeaderHasher};
use crate::format::flat::duplicate;
use crate::limits::Budget;
use crate::shape::Shape;
use crate::source::{Source, read_vec};
use crate::value::Value;

/// A tensor as the header has it; offsets are from the start of the data.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) stored: Stored,
    pub(super) shape: Shape,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) param_id: Option<u64>,
    /// A field that this reader does not know: it may change what the bytes mean.
    pub(super) unknown: Option<String>,
}

impl Listed {
    /// Whether both are one tensor: the same bytes under the same dtype. Empty tensors have no bytes to share.
    pub(super) fn ties(&self, other: &Self) -> bool {
        self.start < self.end
            && (self.start, self.end, self.stored) == (other.start, other.end, other.stored)
            && self.stored != Stored::Quantized
    }
}

/// What a header says: sound, and in agreement with the length of the file.
pub(super) struct Header {
    pub(super) version: u16,
    pub(super) metadata: BTreeMap<String, String>,
    /// By name.
    pub(super) scalars: Vec<(String, Value)>,
    /// In the order of their bytes; those at one place by name.
    pub(super) tensors: Vec<Listed>,
    /// Parts of the header that this reader does not know.
    pub(super) unknown: Vec<String>,
    pub(super) layout: Layout,
    /// Where the CBOR ends.
    pub(super) end: u64,
}

impl Header {
    /// Reads the header of `source`.
    ///
    /// # Errors
    /// The first rule of the format that it breaks.
    pub(super) fn read(source: &dyn Source, budget: &Budget) -> Result<Self> {
        let available = source.len();
        let start = read_vec(source, 0, available.min(PREFIX_BYTES))?;
        if !start.starts_with(&MAGIC) && (start.len() >= MAGIC.len() || !MAGIC.starts_with(&start)) {
            let found = crate::format::detect(source)?.to_string();
            return Err(Error::new(ErrorKind::WrongFormat { expected: NAME, found }));
        }
        let &[_, _, _, _, v0, v1, n0, n1, n2, n3] = &start[..] else {
            return Err(Error::new(ErrorKind::Truncated { needed: PREFIX_BYTES, available }));
        };
        let version = u16::from_le_bytes([v0, v1]);
        if version > VERSION {
            let version = version.to_string();
            return Err(Error::new(ErrorKind::UnknownVersion { format: NAME, version }));
        }
        let length = u64::from(u32::from_le_bytes([n0, n1, n2, n3]));
        budget.check_header(length)?;
        let end = PREFIX_BYTES + length;
        let bytes = read_vec(source, PREFIX_BYTES, length)?;
        let raw = parse(&bytes, budget).map_err(|error| error.at(PREFIX_BYTES..end))?;
        let mut tensors = raw.tensors.ok_or_else(|| Error::corrupt("the header has no `tensors`"))?;
        let mut scalars = raw.scalars.unwrap_or_default();
        let twice = duplicate(tensors.iter().map(|tensor| tensor.name.as_str()))
            .or_else(|| duplicate(scalars.iter().map(|(name, _)| name.as_str())));
        if let Some(name) = twice {
            // The reader that keeps the first and the one that keeps the last would see two models.
            return Err(Error::corrupt("the name comes twice").in_tensor(name));
        }
        scalars.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        // Offsets first, so that nearly all comparisons are of numbers.
        tensors.sort_unstable_by(|a, b| (a.start, a.end, &a.name).cmp(&(b.start, b.end, &b.name)));
        let metadata = raw.metadata.unwrap_or_default();
        let layout = layout::find(source, end, &tensors, &metadata)?;
        Ok(Self { version, metadata, scalars, tensors, unknown: raw.unknown, layout, end })
    }

    /// The digest of what the header says, with `metadata` in the place of its own.
    pub(super) fn digest(&self, metadata: &BTreeMap<String, String>) -> Digest {
        let tensors = self.tensors.iter().map(|tensor| {
            // Digests are only in files of ours, which have no other dtypes.
            let dtype = tensor.stored.dtype().unwrap_or(DType::U8);
            (tensor.name.as_str(), dtype, &tensor.shape, tensor.start, tensor.end, tensor.param_id)
        });
        let scalars = self.scalars.iter().map(|(name, value)| (name.as_str(), value));
        digest(self.version, tensors, metadata, scalars)
    }
}

#[derive(Default)]
struct Raw {
    tensors: Option<Vec<Listed>>,
    metadata: Option<BTreeMap<String, String>>,
    scalars: Option<Vec<(String, Value)>>,
    unknown: Vec<String>,
}

fn parse(bytes: &[u8], budget: &Budget) -> Result<Raw> {
    let mut cbor = Cbor::new(bytes, budget);
    let mut raw = Raw::default();
    cbor.map(|cbor, key| match &*key {
        "tensors" => {
            let tensors = parse_tensors(cbor, budget)?;
            cbor::set(&mut raw.tensors, &key, tensors)
        }
        "metadata" => {
            let metadata = parse_metadata(cbor)?;
            cbor::set(&mut raw.metadata, &key, metadata)
        }
        "scalars" => {
            let scalars = scalar::read(cbor)?;
            cbor::set(&mut raw.scalars, &key, scalars)
        }
        _ => {
            let start = cbor.position();
            cbor.skip()?;
            let section = bytes.get(start..cbor.position()).unwrap_or_default();
            if section.windows(HEADER_KEY.len()).any(|window| window == HEADER_KEY.as_bytes()) {
                // It would pass as a file without digests and with a section of a later version.
                return Err(Error::corrupt(format!("`{key}` has the digests that belong into `metadata`")));
            }
            raw.unknown.push(key.into_owned());
            Ok(())
        }
    })?;
    if cbor.position() != bytes.len() {
        // Room for a second header in this one.
        return Err(Error::corrupt("there are bytes behind the CBOR of the header"));
    }
    Ok(raw)
}

fn parse_metadata(cbor: &mut Cbor<'_>) -> Result<BTreeMap<String, String>> {
    let mut metadata = BTreeMap::new();
    cbor.map(|cbor, key| {
        let value = cbor.text()?.into_owned();
        if metadata.contains_key(&*key) {
            return Err(Error::corrupt(format!("the metadata key `{key}` comes twice")));
        }
        metadata.insert(key.into_owned(), value);
        Ok(())
    })?;
    Ok(metadata)
}

fn parse_tensors(cbor: &mut Cbor<'_>, budget: &Budget) -> Result<Vec<Listed>> {
    let mut tensors = Vec::new();
    cbor.map(|cbor, name| {
        budget.check_tensors(tensors.len() as u64 + 1)?;
        budget.check_name(name.len() as u64)?;
        tensors.push(parse_tensor(cbor, &name).map_err(|error| error.in_tensor(&name))?);
        Ok(())
    })?;
    Ok(tensors)
}

fn parse_tensor(cbor: &mut Cbor<'_>, name: &str) -> Result<Listed> {
    let (mut stored, mut shape, mut offsets, mut param_id) = (None, None, None, None);
    let mut unknown = None;
    cbor.map(|cbor, key| match &*key {
        "dtype" => cbor::set(&mut stored, &key, Stored::read(cbor)?),
        "shape" => cbor::set(&mut shape, &key, Shape::from_u64(numbers(cbor)?)?),
        "data_offsets" => cbor::set(&mut offsets, &key, start_and_end(cbor)?),
        "param_id" => {
            let id = if cbor.kind()? == Type::Null { cbor.null().map(|()| None)? } else { Some(cbor.u64()?) };
            cbor::set(&mut param_id, &key, id)
        }
        _ => {
            unknown.get_or_insert(key.into_owned());
            cbor.skip()
        }
    })?;
    let missing = |field: &str| Error::corrupt(format!("the tensor has no `{field}`"));
    let (start, end) = offsets.ok_or_else(|| missing("data_offsets"))?;
    Ok(Listed {
        name: name.to_string(),
        stored: stored.ok_or_else(|| missing("dtype"))?,
        shape: shape.ok_or_else(|| missing("shape"))?,
        start,
        end,
        param_id: param_id.flatten(),
        unknown,
    })
}

fn start_and_end(cbor: &mut Cbor<'_>) -> Result<(u64, u64)> {
    let (mut numbers, mut count) = ([0; 2], 0);
    cbor.array(|cbor| {
        let number = cbor.u64()?;
        if let Some(place) = numbers.get_mut(count) {
            *place = number;
        }
        count += 1;
        Ok(())
    })?;
    let [start, end] = numbers;
    if count == numbers.len() {
        Ok((start, end))
    } else {
        Err(Error::corrupt("`data_offsets` is not a start and an end"))
    }
}

fn numbers(cbor: &mut Cbor<'_>) -> Result<Vec<u64>> {
    let mut numbers = Vec::new();
    cbor.array(|cbor| {
        numbers.push(cbor.u64()?);
        Ok(())
    })?;
    Ok(numbers)
}

/// A tensor as it is written: name, dtype, shape, start, end, the parameter's id.
pub(super) type Row<'a> = (&'a str, DType, &'a Shape, u64, u64, Option<u64>);

/// The digest of what a header says; tensors in the order of their bytes, scalars by name.
pub(super) fn digest<'a>(
    version: u16,
    tensors: impl ExactSizeIterator<Item = Row<'a>>,
    metadata: &BTreeMap<String, String>,
    scalars: impl ExactSizeIterator<Item = (&'a str, &'a Value)>,
) -> Digest {
    let mut hasher = HeaderHasher::new(NAME);
    hasher.number(u64::from(version));
    hasher.number(tensors.len() as u64);
    for (name, dtype, shape, start, end, param_id) in tensors {
        hasher.tensor(name, dtype, shape, start, end);
        hasher.number(u64::from(param_id.is_some()));
        hasher.number(param_id.unwrap_or_default());
    }
    hasher.metadata(metadata);
    scalar::hash(scalars, &mut hasher);
    hasher.finish()
}

/// The bytes of a header, padding included; tensors by name.
///
/// # Errors
/// [`ErrorKind::Unrepresentable`] for a header past `max_cbor` bytes.
pub(super) fn encode<'a>(
    tensors: impl ExactSizeIterator<Item = Row<'a>>,
    metadata: &BTreeMap<String, String>,
    scalars: &[(&str, &Value)],
    max_cbor: u32,
) -> Result<Vec<u8>> {
    let mut out = CborOut::default();
    out.0.extend_from_slice(&MAGIC);
    out.0.extend_from_slice(&VERSION.to_le_bytes());
    out.0.extend_from_slice(&[0; 4]);
    out.map(1 + usize::from(!metadata.is_empty()) + usize::from(!scalars.is_empty()));
    out.text("tensors");
    out.map(tensors.len());
    for (name, dtype, shape, start, end, param_id) in tensors {
        out.text(name);
        out.map(3 + usize::from(param_id.is_some()));
        out.text("dtype");
        dtype::write(dtype, &mut out);
        out.text("shape");
        out.array(shape.rank());
        shape.iter().for_each(|&axis| out.u64(axis as u64));
        out.text("data_offsets");
        out.array(2);
        out.u64(start);
        out.u64(end);
        if let Some(id) = param_id {
            out.text("param_id");
            out.u64(id);
        }
    }
    if !metadata.is_empty() {
        out.text("metadata");
        out.map(metadata.len());
        for (key, value) in metadata {
            out.text(key);
            out.text(value);
        }
    }
    if !scalars.is_empty() {
        out.text("scalars");
        scalar::write(scalars, &mut out);
    }
    let mut bytes = out.0;
    let length = bytes.len() as u64 - PREFIX_BYTES;
    let length = u32::try_from(length).ok().filter(|&length| length <= max_cbor).ok_or_else(|| {
        let what = format!("a header of {length} bytes, and Burn reads {max_cbor}");
        Error::new(ErrorKind::Unrepresentable { format: NAME, what })
    })?;
    bytes[6..10].copy_from_slice(&length.to_le_bytes());
    let data = layout::align(bytes.len() as u64).and_then(|data| usize::try_from(data).ok());
    bytes.resize(data.unwrap_or(bytes.len()), 0);
    Ok(bytes)
}
