//! Writing a GGUF file.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::info::MAX_AXES;
use super::kind::GgmlType;
use super::metadata::{ALIGNMENT_KEY, DTYPES_KEY, kind};
use super::quantize::{self, BLOCK};
use super::reader::{DEFAULT_ALIGNMENT, MAGIC};
use crate::convert::{Conversion, convert_elements};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{TensorEntry, TensorSet};
use crate::source::Sink;
use crate::value::Value;

/// The version that is written.
const VERSION: u32 = 3;

/// Writes the tensors of `set` as a GGUF file of version 3, little-endian.
///
/// `metadata` are its pairs, in order; readers expect at least `general.architecture`. A number becomes the kind that they
/// expect: a `U32` if it fits, else an `I32`, `U64` or `I64`; a float an `F32` if nothing is lost; those of a list `I32`, or as
/// wide as all of them need; bytes an array of `U8`. `general.alignment` is a power of two, and is honoured.
///
/// Truth values, unsigned integers and 8-bit floats, for which GGUF has no type, are stored as signed integers of the same bytes, and a pair
/// `vellum.dtypes` tells [`GgufFile`](super::GgufFile) what they are.
///
/// Each tensor is stored as `encode` says, as it is where that is `None`. [`GgmlType::Q8_0`] and [`GgmlType::Q4_0`] take `F32`,
/// `F16` and `BF16` tensors whose rows are whole blocks of 32, and round as ggml does; they lose precision, and are only used
/// where they are asked for.
///
/// # Errors
/// [`ErrorKind::Unrepresentable`] for dtypes (complex numbers, floats of less than a byte) and values that GGUF has not, names that occur
/// twice, rows that are no whole blocks, and elements to be quantised that are not finite; [`ErrorKind::Argument`] for a pair
/// `vellum.dtypes` in `metadata`; those of `set` and `sink`.
pub fn write(
    set: &dyn TensorSet,
    metadata: &[(String, Value)],
    encode: &dyn Fn(&TensorEntry) -> Option<GgmlType>,
    sink: &mut dyn Sink,
) -> Result<()> {
    let alignment = alignment(metadata)?;
    let mut kinds = Vec::new();
    let mut header = Header(MAGIC.to_vec());
    header.u32(VERSION);
    header.u64(set.entries().len() as u64);
    if metadata.iter().any(|(key, _)| key == DTYPES_KEY) {
        return Err(Error::argument(format!(
            "the pair `{DTYPES_KEY}` is written from the tensors, and cannot be given"
        )));
    }
    let dtypes = dtypes(set.entries());
    let pairs = || metadata.iter().chain(&dtypes);
    header.u64(pairs().count() as u64);
    check_unique(pairs().map(|(key, _)| key.as_str()))?;
    check_unique(set.entries().iter().map(|entry| entry.name.as_str()))?;
    for (key, value) in pairs() {
        header.string(key.as_bytes());
        header.value(value).map_err(|()| unrepresentable(format!("the value of `{key}`")))?;
    }
    let mut offset = 0u64;
    for entry in set.entries() {
        let (kind, len) = stored_as(entry, encode(entry)).map_err(|error| error.in_tensor(&entry.name))?;
        let rank = u32::try_from(entry.shape.rank()).ok().filter(|rank| *rank <= MAX_AXES);
        let rank = rank.ok_or_else(|| {
            let what = format!("{} axes; GGUF has {MAX_AXES} at most", entry.shape.rank());
            unrepresentable(what).in_tensor(&entry.name)
        })?;
        header.string(entry.name.as_bytes());
        header.u32(rank);
        for &axis in entry.shape.iter().rev() {
            header.u64(axis as u64);
        }
        header.u32(kind.id());
        header.u64(offset);
        offset = (offset + len).next_multiple_of(alignment);
        kinds.push((kind, len));
    }
    pad(&mut header.0, alignment);
    sink.put(&header.0)?;
    for (index, (entry, (kind, len))) in set.entries().iter().zip(kinds).enumerate() {
        let mut written = 0u64;
        let mut put = |bytes: &[u8]| {
            written += bytes.len() as u64;
            sink.put(bytes)
        };
        match kind {
            GgmlType::Q8_0 => quantized(set, index, entry, quantize::q8_0, &mut put),
            GgmlType::Q4_0 => quantized(set, index, entry, quantize::q4_0, &mut put),
            _ => set.write_to(index, &mut put),
        }
        .map_err(|error| error.in_tensor(&entry.name))?;
        if written != len {
            let what = format!("{written} bytes were given for a tensor of {len}");
            return Err(Error::argument(what).in_tensor(&entry.name));
        }
        let padding = len.next_multiple_of(alignment) - len;
        sink.put(&alloc::vec![0; usize::try_from(padding).unwrap_or_default()])?;
    }
    Ok(())
}

/// Which tensors are quantised to `kind`, [`GgmlType::Q8_0`] or [`GgmlType::Q4_0`], by the rule of ggml's own tools: floats of two axes or more in
/// rows of whole blocks; not vectors, which biases and norms are. For the `encode` of [`write()`].
pub fn quantized_as(kind: GgmlType) -> impl Fn(&TensorEntry) -> Option<GgmlType> + Copy {
    move |entry| {
        let is_float = matches!(entry.dtype, DType::F32 | DType::F16 | DType::BF16);
        let row = entry.shape.last().filter(|_| entry.shape.rank() > 1)?;
        (is_float && row.is_multiple_of(kind.block_elements())).then_some(kind)
    }
}

fn unrepresentable(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unrepresentable { format: "gguf", what: what.into() })
}

fn check_unique<'a>(names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some([name, ..]) => Err(unrepresentable(format!("two of the name `{name}`"))),
        _ => Ok(()),
    }
}

fn alignment(metadata: &[(String, Value)]) -> Result<u64> {
    match metadata.iter().find(|(key, _)| key == ALIGNMENT_KEY) {
        None => Ok(DEFAULT_ALIGNMENT.into()),
        Some((_, Value::Int(n))) => {
            let alignment = u32::try_from(*n).ok().filter(|n| n.is_power_of_two() && *n <= 1 << 20);
            alignment.map(u64::from).ok_or_else(|| unrepresentable(format!("an alignment of {n}")))
        }
        Some(_) => Err(unrepresentable("an alignment that is no number")),
    }
}

/// The pair that tells of the tensors whose dtype GGUF has not.
fn dtypes(entries: &[TensorEntry]) -> Option<(String, Value)> {
    let foreign = entries.iter().filter(|entry| GgmlType::of(entry.dtype).is_none());
    let told: Vec<Value> = foreign.map(|entry| Value::Str(format!("{} {}", entry.dtype, entry.name))).collect();
    (!told.is_empty()).then(|| (DTYPES_KEY.into(), Value::List(told)))
}

/// The type that a tensor is stored as, and its bytes.
fn stored_as(entry: &TensorEntry, asked: Option<GgmlType>) -> Result<(GgmlType, u64)> {
    let own = GgmlType::holding(entry.dtype);
    let kind = match asked {
        Some(kind @ (GgmlType::Q8_0 | GgmlType::Q4_0))
            if matches!(entry.dtype, DType::F32 | DType::F16 | DType::BF16) =>
        {
            kind
        }
        Some(kind) if Some(kind) != own => {
            return Err(unrepresentable(format!("{} stored as {}", entry.dtype, kind.name())));
        }
        _ => own.ok_or_else(|| unrepresentable(format!("a tensor of {}", entry.dtype)))?,
    };
    let row = entry.shape.last().copied().unwrap_or(1);
    match kind.byte_len(entry.shape.num_elements(), row) {
        Some(len) => Ok((kind, len as u64)),
        None => Err(unrepresentable(format!("rows of {row} elements in blocks of {BLOCK}"))),
    }
}

/// Gives a tensor's blocks to `put`, from elements that come in pieces of any size.
fn quantized<const B: usize>(
    set: &dyn TensorSet,
    index: usize,
    entry: &TensorEntry,
    block: fn(&[f32; BLOCK]) -> Option<[u8; B]>,
    put: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let size = entry.dtype.size().unwrap_or(1);
    // Bytes of a block that is not whole yet.
    let mut held: Vec<u8> = Vec::new();
    let mut blocks: Vec<u8> = Vec::new();
    set.write_to(index, &mut |mut bytes| {
        blocks.clear();
        while held.len() + bytes.len() >= BLOCK * size {
            let (head, rest) = bytes.split_at(BLOCK * size - held.len());
            let elements = if held.is_empty() {
                elements(entry.dtype, head)?
            } else {
                held.extend_from_slice(head);
                elements(entry.dtype, &held)?
            };
            let quantized = block(&elements)
                .ok_or_else(|| unrepresentable("an element without a quantised value: not finite, or too large"))?;
            blocks.extend_from_slice(&quantized);
            held.clear();
            bytes = rest;
        }
        held.extend_from_slice(bytes);
        put(&blocks)
    })
}

/// The elements of a block as `f32`, which is exact.
fn elements(dtype: DType, bytes: &[u8]) -> Result<[f32; BLOCK]> {
    let mut elements = [0.0; BLOCK];
    convert_elements(dtype, bytes, DType::F32, bytemuck::cast_slice_mut(&mut elements), 0, &Conversion::default())?;
    Ok(elements)
}

fn pad(bytes: &mut Vec<u8>, alignment: u64) {
    let len = (bytes.len() as u64).next_multiple_of(alignment);
    bytes.resize(usize::try_from(len).unwrap_or(bytes.len()), 0);
}

struct Header(Vec<u8>);

impl Header {
    fn u32(&mut self, n: u32) {
        self.0.extend_from_slice(&n.to_le_bytes());
    }

    fn u64(&mut self, n: u64) {
        self.0.extend_from_slice(&n.to_le_bytes());
    }

    fn string(&mut self, bytes: &[u8]) {
        self.u64(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn value(&mut self, value: &Value) -> Result<(), ()> {
        match value {
            Value::List(_) | Value::Bytes(_) => {
                self.u32(kind::ARRAY);
                self.array(value)
            }
            value => {
                let value_kind = scalar_kind(value).ok_or(())?;
                self.u32(value_kind);
                self.scalar(value, value_kind);
                Ok(())
            }
        }
    }

    /// An array without the number that says that it is one: the kind of its items, how many they are, and they.
    fn array(&mut self, value: &Value) -> Result<(), ()> {
        match value {
            Value::Bytes(bytes) => {
                self.u32(kind::U8);
                self.string(bytes);
            }
            Value::List(items) => {
                let item_kind = items_kind(items).ok_or(())?;
                self.u32(item_kind);
                self.u64(items.len() as u64);
                for item in items {
                    if item_kind == kind::ARRAY {
                        self.array(item)?;
                    } else {
                        self.scalar(item, item_kind);
                    }
                }
            }
            _ => return Err(()),
        }
        Ok(())
    }

    /// Writes a value whose kind was found by [`scalar_kind`] or [`items_kind`], so that it fits.
    #[expect(clippy::cast_possible_truncation, reason = "the kind was chosen so that nothing is lost")]
    fn scalar(&mut self, value: &Value, value_kind: u32) {
        match (value, value_kind) {
            (Value::Bool(flag), _) => self.0.push((*flag).into()),
            (Value::Str(text), _) => self.string(text.as_bytes()),
            (Value::Bytes(bytes), _) => self.string(bytes),
            (Value::Float(x), kind::F32) => self.u32((*x as f32).to_bits()),
            (Value::Float(x), _) => self.u64(x.to_bits()),
            (Value::Int(n), kind::U32 | kind::I32) => self.u32((*n as i32).cast_unsigned()),
            (Value::Int(n), _) => self.u64(n.cast_unsigned()),
            (Value::UInt(n), _) => self.u64(*n),
            _ => {}
        }
    }
}

/// The kind of a value that is no list.
fn scalar_kind(value: &Value) -> Option<u32> {
    Some(match value {
        Value::Bool(_) => kind::BOOL,
        Value::Str(_) => kind::STRING,
        Value::Int(n) if u32::try_from(*n).is_ok() => kind::U32,
        Value::Int(n) if i32::try_from(*n).is_ok() => kind::I32,
        Value::Int(_) => kind::I64,
        Value::UInt(_) => kind::U64,
        Value::Float(x) if is_f32(*x) => kind::F32,
        Value::Float(_) => kind::F64,
        _ => return None,
    })
}

/// The one kind of the items of a list; that of an empty one is not told, and is text as most lists are.
fn items_kind(items: &[Value]) -> Option<u32> {
    let all = |fits: fn(&Value) -> bool| items.iter().all(fits);
    Some(if all(|item| matches!(item, Value::Str(_) | Value::Bytes(_))) {
        kind::STRING
    } else if all(|item| matches!(item, Value::List(_))) {
        kind::ARRAY
    } else if all(|item| matches!(item, Value::Bool(_))) {
        kind::BOOL
    } else if all(|item| matches!(item, Value::Int(n) if i32::try_from(*n).is_ok())) {
        kind::I32
    } else if all(|item| matches!(item, Value::Int(n) if u32::try_from(*n).is_ok())) {
        kind::U32
    } else if all(|item| matches!(item, Value::Int(_))) {
        kind::I64
    } else if all(|item| matches!(item, Value::UInt(_)) || matches!(item, Value::Int(n) if *n >= 0)) {
        kind::U64
    } else if all(|item| matches!(item, Value::Float(x) if is_f32(*x))) {
        kind::F32
    } else if all(|item| matches!(item, Value::Float(_))) {
        kind::F64
    } else {
        return None;
    })
}

/// Whether an f32 holds the number, bit for bit.
#[expect(clippy::cast_possible_truncation, reason = "whether anything is lost is the question")]
fn is_f32(x: f64) -> bool {
    f64::from(x as f32).to_bits() == x.to_bits()
}
