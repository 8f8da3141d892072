//! Reading a GGUF file.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::dequantize::{dequantize, is_known};
use super::info::{Info, check_names_and_overlap};
use super::kind::GgmlType;
use super::metadata::{ALIGNMENT_KEY, DTYPES_KEY, Metadata};
use crate::bytes::{Bytes, BytesMut};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::format::input::{Input, push};
use crate::format::{PlainBytes, TensorEntry, TensorFile};
use crate::limits::Budget;
use crate::shape::Shape;
use crate::source::{self, Source};
use crate::tensor::TensorData;
use crate::value::Value;

/// What every file starts with.
pub(super) const MAGIC: &[u8; 4] = b"GGUF";
/// The versions that are read. Version 1 had narrower counts, and big-endian files came with version 3.
const VERSIONS: [u32; 2] = [2, 3];
/// Where tensors start if the metadata does not say: multiples of this.
pub(super) const DEFAULT_ALIGNMENT: u32 = 32;
/// Quantised bytes read at a time; more or less, as blocks are whole.
const BAND: usize = 256 << 10;

/// An open GGUF file.
///
/// - Shapes are row-major, outermost axis first; the file lists them the other way round.
/// - F32, F16, F64 and the integers come as they are; truth values, unsigned integers and 8-bit floats that [`write`](super::write) put into
///   integers as what they were. Quantised tensors (Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K to Q6_K, IQ4_NL,
///   IQ4_XS, TQ1_0, TQ2_0, MXFP4, NVFP4) and BF16 come as `F32`, computed as ggml does; [`GgufFile::raw`] gives what is stored.
///   Other quantised types are refused by name, and can be read raw.
/// - [`TensorFile::metadata`] has the numbers, truth values and strings as text, [`TensorFile::values`] all pairs in the file's
///   order, an array of bytes and a string that is not UTF-8 as [`Value::Bytes`].
/// - Big-endian files are read; their quantised tensors are refused, because writers do not agree about the order of bytes in a
///   block.
pub struct GgufFile {
    source: Arc<dyn Source>,
    version: u32,
    big_endian: bool,
    alignment: u64,
    data_start: u64,
    tensors: Vec<Stored>,
    /// Places in `tensors` of those that are listed.
    listed: Vec<usize>,
    entries: Vec<TensorEntry>,
    refusals: Vec<(String, Error)>,
    metadata: BTreeMap<String, String>,
    values: Value,
    zero_copy: bool,
}

/// A tensor as it is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: GgmlType,
    /// The lengths of its axes, outermost first.
    pub shape: Shape,
    /// Where its bytes are in the file.
    pub range: Range<u64>,
}

impl GgufFile {
    /// Opens a file: reads metadata and the list of tensors.
    ///
    /// # Errors
    /// [`ErrorKind::WrongFormat`]; [`ErrorKind::UnknownVersion`]; [`ErrorKind::Truncated`]; [`ErrorKind::Corrupt`] for keys or names
    /// that occur twice, text that is not UTF-8, unknown types, offsets that are not aligned, tensors that overlap;
    /// [`ErrorKind::Limit`].
    pub fn open(source: Arc<dyn Source>, budget: &Budget) -> Result<Self> {
        let mut input = Input::new(&source, 0..source.len())?;
        let magic: [u8; 4] = input.array()?;
        if magic != *MAGIC {
            return Err(Error::new(ErrorKind::WrongFormat { expected: "gguf", found: "another first byte".into() }));
        }
        let stated = input.u32()?;
        let big_endian = !VERSIONS.contains(&stated) && VERSIONS.contains(&stated.swap_bytes());
        let version = if big_endian { stated.swap_bytes() } else { stated };
        let unknown = || Error::new(ErrorKind::UnknownVersion { format: "gguf", version: stated.to_string() });
        if !VERSIONS.contains(&version) {
            return Err(unknown());
        }
        input.set_big_endian(big_endian);
        let (tensor_count, pair_count) = (input.u64()?, input.u64()?);
        // Nothing else tells a big-endian file from an unknown version.
        if big_endian && tensor_count == 0 && pair_count == 0 {
            return Err(unknown());
        }
        budget.check_tensors(tensor_count)?;
        let Metadata { values, texts, alignment, mut dtypes } = Metadata::read(&mut input, pair_count, budget)?;
        let alignment = alignment.unwrap_or(DEFAULT_ALIGNMENT);
        // Rounding up to it, and the remainder by it, need this.
        if !alignment.is_power_of_two() {
            return Err(Error::corrupt(format!("`{ALIGNMENT_KEY}` is {alignment}, no power of two")));
        }
        let alignment = u64::from(alignment);
        let mut infos = Vec::new();
        for _ in 0..tensor_count {
            push(&mut infos, Info::read(&mut input, budget)?)?;
        }
        budget.check_header(input.position())?;
        // No tensors, no data: a header of any length is at its end.
        let data_start = input.position().checked_next_multiple_of(alignment).unwrap_or(u64::MAX);
        let tensors = infos
            .into_iter()
            .map(|info| {
                let name = info.name.clone();
                info.place(&source, data_start, alignment).map_err(|error| error.in_tensor(name))
            })
            .collect::<Result<Vec<_>>>()?;
        check_names_and_overlap(&tensors)?;
        let (mut listed, mut entries, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
        for (index, Stored { name, kind, shape, range }) in tensors.iter().enumerate() {
            let told = match dtypes.remove(name) {
                Some(dtype) if GgmlType::holding(dtype) == Some(*kind) => Some(dtype),
                Some(dtype) => {
                    let what = format!("`{DTYPES_KEY}` says that it is {dtype}, and it is stored as {}", kind.name());
                    return Err(Error::corrupt(what).in_tensor(name).at(range.clone()));
                }
                None => None,
            };
            match told.map_or_else(|| decoded(*kind, big_endian), Ok) {
                Ok(dtype) => {
                    listed.push(index);
                    let (name, shape) = (name.clone(), shape.clone());
                    entries.push(TensorEntry { name, dtype, shape, param_id: None, storage: None });
                }
                Err(error) => refusals.push((name.clone(), error)),
            }
        }
        if let Some(name) = dtypes.keys().next() {
            return Err(Error::corrupt(format!("`{DTYPES_KEY}` tells of a tensor that is not there")).in_tensor(name));
        }
        let (metadata, values) = (texts, Value::Map(values));
        Ok(Self {
            source,
            version,
            big_endian,
            alignment,
            data_start,
            tensors,
            listed,
            entries,
            refusals,
            metadata,
            values,
            zero_copy: false,
        })
    }

    /// Whether tensors may share the bytes of the source where it has them in memory; else they are copied.
    #[must_use]
    pub fn with_zero_copy(mut self, zero_copy: bool) -> Self {
        self.zero_copy = zero_copy;
        self
    }

    /// The version of the format, 2 or 3.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Whether numbers are big-endian.
    pub fn is_big_endian(&self) -> bool {
        self.big_endian
    }

    /// All tensors as they are stored, those that are refused among them, in the file's order.
    pub fn stored(&self) -> &[Stored] {
        &self.tensors
    }

    /// The bytes of a tensor as they are stored: quantised, in the file's byte order.
    ///
    /// # Errors
    /// Those of the source; [`ErrorKind::Argument`] for an index past [`GgufFile::stored`].
    pub fn raw(&self, index: usize) -> Result<Bytes> {
        let stored = self.tensors.get(index).ok_or_else(|| no_tensor(index))?;
        let Range { start, end } = stored.range;
        if self.zero_copy
            && let Some(bytes) = self.source.share(start..end)
        {
            return Ok(bytes);
        }
        source::read_vec(&self.source, start, end - start).map(Bytes::from).map_err(|e| e.in_tensor(&stored.name))
    }

    /// A tensor that is listed, and the dtype that it is listed as.
    fn listed(&self, index: usize) -> Option<(&Stored, DType)> {
        Some((self.tensors.get(*self.listed.get(index)?)?, self.entries.get(index)?.dtype))
    }

    /// `dtype` is what the tensor is listed as.
    fn read_stored(&self, stored: &Stored, dtype: DType) -> Result<TensorData> {
        let Stored { kind, shape, range, .. } = stored;
        match kind.dtype() {
            Some(DType::BF16) | None => self.read_blocks(stored),
            Some(_) if self.is_swapped(dtype) => {
                let mut buffer = buffer(dtype, shape)?;
                self.source.read_at(range.start, buffer.as_mut_slice())?;
                for number in buffer.as_mut_slice().chunks_exact_mut(kind.block_bytes()) {
                    number.reverse();
                }
                TensorData::new(buffer.freeze(), shape.clone(), dtype)
            }
            Some(_) => source::read_tensor(&self.source, range.start, dtype, shape.clone(), self.zero_copy),
        }
    }

    /// Whether the bytes of numbers of this type are in the other order.
    fn is_swapped(&self, dtype: DType) -> bool {
        self.big_endian && dtype.size() != Some(1)
    }

    /// Computes the elements a band of blocks at a time.
    fn read_blocks(&self, stored: &Stored) -> Result<TensorData> {
        let Stored { kind, shape, range, .. } = stored;
        let (block_bytes, block_elements) = (kind.block_bytes(), kind.block_elements());
        let mut buffer = buffer(DType::F32, shape)?;
        let elements: &mut [f32] = bytemuck::try_cast_slice_mut(buffer.as_mut_slice())
            .map_err(|_| Error::new(ErrorKind::Misaligned { dtype: DType::F32 }))?;
        let blocks = BAND / block_bytes;
        let mut band = alloc::vec![0; blocks * block_bytes];
        let mut position = range.start;
        for out in elements.chunks_mut(blocks * block_elements) {
            let band = band.split_at_mut(out.len() / block_elements * block_bytes).0;
            self.source.read_at(position, band)?;
            position += band.len() as u64;
            if *kind == GgmlType::BF16 {
                for (out, bytes) in out.iter_mut().zip(band.as_chunks::<2>().0) {
                    let bits = if self.big_endian { u16::from_be_bytes(*bytes) } else { u16::from_le_bytes(*bytes) };
                    *out = f32::from_bits(u32::from(bits) << 16);
                }
            } else {
                dequantize(*kind, band, out);
            }
        }
        TensorData::new(buffer.freeze(), shape.clone(), DType::F32)
    }
}

impl TensorFile for GgufFile {
    fn format(&self) -> &'static str {
        "gguf"
    }

    fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    fn values(&self) -> &Value {
        &self.values
    }

    fn tensors(&self) -> &[TensorEntry] {
        &self.entries
    }

    fn refusals(&self) -> &[(String, Error)] {
        &self.refusals
    }

    fn read(&self, index: usize) -> Result<TensorData> {
        let (stored, dtype) = self.listed(index).ok_or_else(|| no_tensor(index))?;
        self.read_stored(stored, dtype).map_err(|error| error.in_tensor(&stored.name).at(stored.range.clone()))
    }

    fn plain_bytes(&self, index: usize) -> Option<PlainBytes<'_>> {
        let (stored, dtype) = self.listed(index).filter(|_| !self.zero_copy)?;
        if matches!(stored.kind.dtype(), Some(DType::BF16) | None) || self.is_swapped(dtype) {
            return None;
        }
        let len = dtype.byte_len(stored.shape.num_elements())?;
        Some(PlainBytes::new(len, move |out| {
            let read = self.source.read_at(stored.range.start, out);
            read.map_err(|error| error.in_tensor(&stored.name).at(stored.range.clone()))
        }))
    }

    /// Checks that nothing but padding lies between the tensors and behind them.
    fn verify(&self) -> Result<()> {
        let mut ranges: Vec<Range<u64>> = self.tensors.iter().map(|stored| stored.range.clone()).collect();
        ranges.sort_unstable_by_key(|range| (range.start, range.end));
        let mut end = if self.tensors.is_empty() { self.data_start.min(self.source.len()) } else { self.data_start };
        let file_end = self.source.len();
        ranges.push(file_end..file_end);
        for next in ranges {
            if next.start > end.checked_next_multiple_of(self.alignment).unwrap_or(u64::MAX) {
                return Err(Error::corrupt("bytes that belong to no tensor").at(end..next.start));
            }
            end = end.max(next.end);
        }
        Ok(())
    }
}

impl fmt::Debug for GgufFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GgufFile")
            .field("version", &self.version)
            .field("tensors", &self.tensors)
            .finish_non_exhaustive()
    }
}

fn no_tensor(index: usize) -> Error {
    Error::argument(format!("there is no tensor {index} in the file"))
}

/// What a stored type is given as.
fn decoded(kind: GgmlType, big_endian: bool) -> Result<DType> {
    match kind.dtype() {
        Some(DType::BF16) => Ok(DType::F32),
        Some(dtype) => Ok(dtype),
        None if !is_known(kind) => {
            Err(Error::refused(format!("tensors quantised as {} are not decoded, and can be read raw", kind.name())))
        }
        None if big_endian => Err(Error::refused("writers disagree about quantised blocks in big-endian files")),
        None => Ok(DType::F32),
    }
}

/// A buffer for the elements of a shape. Their bytes are known to be in the file; decoding makes at most 19 times as many.
fn buffer(dtype: DType, shape: &Shape) -> Result<BytesMut> {
    let Some(len) = dtype.byte_len(shape.num_elements()) else {
        return Err(Error::new(ErrorKind::ByteLength { shape: shape.clone(), dtype, bytes: 0 }));
    };
    BytesMut::zeroed(dtype, len)
}
