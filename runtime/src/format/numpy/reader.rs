//! Reading `.npy` and `.npz`.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::descr::{Descr, Scalar, join_names};
use super::header::{Header, MAGIC};
use crate::bytes::BytesMut;
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, ErrorKind, Result};
use crate::format::order::{self, Part};
use crate::format::zip::{Archive, MemberReader, Method};
use crate::format::{PlainBytes, TensorEntry, TensorFile};
use crate::limits::Budget;
use crate::shape::Shape;
use crate::source::{self, Source};
use crate::tensor::TensorData;
use crate::value::Value;

/// An open `.npy` or `.npz` file.
///
/// - The array of a `.npy` has no name, so that its tensor's is empty. In a `.npz` an array is named by its key, which is the
///   member's name without `.npy`.
/// - Arrays come row-major and little-endian, whatever they are in the file.
/// - A structured array is a tensor for each field, `array.field` (`array.field.inner` for records in records), and the whole as
///   `U8` with one axis more, the bytes of a record as they are in the file; they have the same [`TensorEntry::storage`]. Its
///   `descr` is in [`TensorFile::values`] under the array's name.
/// - Two bytes without a type (`V2`) are `BF16`: so bfloat16 arrays are saved.
/// - Object arrays are refused by name, never unpickled; so are text, dates, long doubles and other bytes without a type.
///   A file in which nothing can be read does not open, and the error is the first refusal.
pub struct NumpyFile {
    format: &'static str,
    place: Place,
    arrays: Vec<Array>,
    entries: Vec<TensorEntry>,
    /// What the tensor at the same place of `entries` is made from.
    tensors: Vec<Tensor>,
    refusals: Vec<(String, Error)>,
    metadata: BTreeMap<String, String>,
    values: Value,
    zero_copy: bool,
}

enum Place {
    File(Arc<dyn Source>),
    Archive(Archive),
}

/// An array of the file.
struct Array {
    /// Its place in the archive's list; 0 in a `.npy`.
    member: usize,
    header_len: u64,
    fortran_order: bool,
    shape: Shape,
    record_len: usize,
}

/// A part of an array that is listed as a tensor.
struct Tensor {
    array: usize,
    part: Part,
    scalar: Scalar,
}

impl Tensor {
    /// Whether its elements are all that the array has, first axis outermost.
    fn is_in_order(&self, array: &Array) -> bool {
        self.part.len == array.record_len && !(array.fortran_order && array.shape.rank() > 1)
    }
}

impl NumpyFile {
    /// Opens a `.npy` or a `.npz`, whichever `source` is, and reads the headers of its arrays.
    ///
    /// # Errors
    /// [`ErrorKind::WrongFormat`] if it is neither; those of [`Archive::open`]; [`ErrorKind::Corrupt`] for a malformed header and
    /// for bytes behind an array; [`ErrorKind::Truncated`] for an array that is cut short; [`ErrorKind::Refused`] where nothing
    /// but refused arrays is in the file.
    pub fn open(source: Arc<dyn Source>, budget: &Budget) -> Result<Self> {
        let mut magic = [0; MAGIC.len()];
        if source.len() >= magic.len() as u64 {
            source.read_at(0, &mut magic)?;
        }
        let mut list = Listing::default();
        let (format, place) = if magic == *MAGIC {
            let mut position = 0;
            let header = Header::read(source.len(), budget, |out| {
                source.read_at(position, out)?;
                position += out.len() as u64;
                Ok(())
            })?;
            list.add("", 0, header, source.len(), budget)?;
            ("npy", Place::File(source))
        } else {
            let archive = Archive::open(source, budget)?;
            for (index, entry) in archive.entries().iter().enumerate() {
                // Folders, which some archivers write.
                if entry.name().ends_with('/') && entry.size() == 0 {
                    continue;
                }
                let Some(name) = entry.name().strip_suffix(".npy") else {
                    let error = Error::refused("this member of the archive is not named `.npy`: no array");
                    list.refusals.push((entry.name().into(), error));
                    continue;
                };
                if let Method::Other(_) = entry.method() {
                    let error = archive.reader(entry).err();
                    list.refusals.extend(error.map(|error| (name.to_string(), error)));
                    continue;
                }
                budget.check_tensors(list.entries.len() as u64)?;
                let at = |error: Error| error.in_tensor(name).at(entry.data_range());
                let mut reader = archive.reader(entry).map_err(at)?;
                let header = Header::read(entry.size(), budget, |out| reader.fill(out)).map_err(at)?;
                list.add(name, index, header, entry.size(), budget).map_err(at)?;
            }
            ("npz", Place::Archive(archive))
        };
        budget.check_tensors(list.entries.len() as u64)?;
        list.check_names()?;
        let Listing { arrays, entries, tensors, mut refusals, records } = list;
        if entries.is_empty() && !refusals.is_empty() {
            let (name, error) = refusals.swap_remove(0);
            return Err(error.in_tensor(name));
        }
        let values = if records.is_empty() { Value::Null } else { Value::Map(records) };
        let metadata = BTreeMap::new();
        Ok(Self { format, place, arrays, entries, tensors, refusals, metadata, values, zero_copy: false })
    }

    /// Whether tensors may share the bytes of the source where it has them in memory; else they are copied.
    #[must_use]
    pub fn with_zero_copy(mut self, zero_copy: bool) -> Self {
        self.zero_copy = zero_copy;
        self
    }

    /// The tensor at `index`, and the array whose bytes behind its header are those that the tensor has in memory.
    fn plain(&self, index: usize) -> Option<(&TensorEntry, &Array)> {
        let (tensor, entry) = self.tensors.get(index).zip(self.entries.get(index))?;
        let array = self.arrays.get(tensor.array)?;
        (tensor.is_in_order(array) && !tensor.scalar.is_swapped()).then_some((entry, array))
    }

    fn read_at(&self, index: usize) -> Result<TensorData> {
        if let Some((entry, array)) = self.plain(index) {
            let (offset, dtype, shape) = (array.header_len, entry.dtype, entry.shape.clone());
            return match &self.place {
                Place::File(source) => source::read_tensor(source, offset, dtype, shape, self.zero_copy),
                Place::Archive(archive) => {
                    archive.read_tensor(member(archive, array)?, offset, dtype, shape, self.zero_copy)
                }
            };
        }
        let (Some(tensor), Some(entry)) = (self.tensors.get(index), self.entries.get(index)) else {
            return Err(Error::argument(format!("there is no tensor {index} in the file")));
        };
        let Some(array) = self.arrays.get(tensor.array) else {
            return Err(Error::argument(format!("there is no array {} in the file", tensor.array)));
        };
        let dtype = tensor.scalar.dtype;
        let len = dtype.byte_len(entry.shape.num_elements()).unwrap_or(usize::MAX);
        let mut stream = Stream::new(&self.place, array)?;
        let mut buffer = BytesMut::zeroed(dtype, len)?;
        let out = buffer.as_mut_slice();
        if tensor.is_in_order(array) {
            stream.fill(out)?;
        } else if array.fortran_order {
            order::transpose(&array.shape, &tensor.part, out, &mut |band| stream.fill(band))?;
        } else {
            order::pick(&tensor.part, out, &mut |band| stream.fill(band))?;
        }
        stream.finish()?;
        if tensor.scalar.is_swapped() {
            let numbers = if dtype.kind() == DTypeKind::Complex { 2 } else { 1 };
            order::swap_bytes(buffer.as_mut_slice(), dtype.size().unwrap_or(1) / numbers);
        }
        TensorData::new(buffer.freeze(), entry.shape.clone(), dtype)
    }
}

impl TensorFile for NumpyFile {
    fn format(&self) -> &'static str {
        self.format
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
        self.read_at(index).map_err(|error| match self.entries.get(index) {
            Some(entry) => error.in_tensor(&entry.name),
            None => error,
        })
    }

    fn plain_bytes(&self, index: usize) -> Option<PlainBytes<'_>> {
        let (entry, array) = self.plain(index).filter(|_| !self.zero_copy)?;
        let len = entry.dtype.byte_len(entry.shape.num_elements())?;
        Some(PlainBytes::new(len, move |out| {
            let read = match &self.place {
                Place::File(source) => source.read_at(array.header_len, out),
                Place::Archive(archive) => {
                    member(archive, array).and_then(|member| archive.read_into(member, array.header_len, out))
                }
            };
            read.map_err(|error| error.in_tensor(&entry.name))
        }))
    }

    /// Checks the CRC of the members of a `.npz` that are not listed as tensors.
    fn verify(&self) -> Result<()> {
        let Place::Archive(archive) = &self.place else { return Ok(()) };
        for entry in archive.entries() {
            if !matches!(entry.method(), Method::Other(_)) {
                archive.check_crc(entry).map_err(|error| error.in_tensor(entry.name()))?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for NumpyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NumpyFile")
            .field("format", &self.format)
            .field("tensors", &self.entries)
            .finish_non_exhaustive()
    }
}

fn member<'a>(archive: &'a Archive, array: &Array) -> Result<&'a crate::format::zip::Entry> {
    let entry = archive.entries().get(array.member);
    entry.ok_or_else(|| Error::argument(format!("there is no member {} in the archive", array.member)))
}

/// What a file lists, as its headers are read.
#[derive(Default)]
struct Listing {
    arrays: Vec<Array>,
    entries: Vec<TensorEntry>,
    tensors: Vec<Tensor>,
    refusals: Vec<(String, Error)>,
    /// The `descr` of each structured array.
    records: Vec<(String, Value)>,
}

impl Listing {
    /// Lists an array of `available` bytes, its header among them.
    fn add(&mut self, name: &str, member: usize, header: Header, available: u64, budget: &Budget) -> Result<()> {
        let Header { len: header_len, descr, descr_text, fortran_order, axes } = header;
        let bytes = Scalar { dtype: DType::U8, big_endian: false };
        let (record_len, scalar, fields) = match descr {
            Descr::Refused(why) => {
                self.refusals.push((name.into(), Error::refused(why)));
                return Ok(());
            }
            Descr::Plain(scalar) => (scalar.dtype.size().unwrap_or(1) as u64, scalar, None),
            Descr::Record { size, fields } => (size, bytes, Some(fields)),
        };
        let shape = Shape::from_u64(axes.as_slice())?;
        let data_len = record_len.checked_mul(shape.num_elements() as u64);
        let needed = data_len.and_then(|len| len.checked_add(header_len)).unwrap_or(u64::MAX);
        if needed > available {
            return Err(Error::new(ErrorKind::Truncated { needed, available }));
        }
        if needed < available {
            return Err(Error::corrupt(format!("{} bytes follow the array", available - needed)));
        }
        let array = self.arrays.len();
        let record_len = to_usize(record_len)?;
        let storage = fields.is_some().then_some(array as u64);
        let whole = Tensor { array, part: Part { record: record_len, offset: 0, len: record_len }, scalar };
        let own_axes: &[u64] = if fields.is_some() { &[record_len as u64] } else { &[] };
        self.push(name.into(), Shape::from_u64([&axes, own_axes].concat())?, storage, whole);
        if fields.is_some() {
            self.records.push((name.into(), Value::Str(descr_text)));
        }
        for field in fields.into_iter().flatten() {
            let name = join_names(name, &field.name, budget)?;
            let scalar = match field.scalar {
                Ok(scalar) => scalar,
                Err(why) => {
                    self.refusals.push((name, Error::refused(why)));
                    continue;
                }
            };
            let own = Shape::from_u64(field.axes.as_slice())?.num_elements();
            let len = scalar.dtype.byte_len(own).ok_or_else(|| Error::corrupt("a field is too large"))?;
            let part = Part { record: record_len, offset: to_usize(field.offset)?, len };
            let shape = Shape::from_u64([axes.as_slice(), &field.axes].concat())?;
            self.push(name, shape, storage, Tensor { array, part, scalar });
        }
        self.arrays.push(Array { member, header_len, fortran_order, shape, record_len });
        Ok(())
    }

    fn push(&mut self, name: String, shape: Shape, storage: Option<u64>, tensor: Tensor) {
        let dtype = tensor.scalar.dtype;
        self.entries.push(TensorEntry { name, dtype, shape, param_id: None, storage });
        self.tensors.push(tensor);
    }

    /// A field of one array may be called as another array is.
    fn check_names(&self) -> Result<()> {
        let mut names: Vec<&str> = self.entries.iter().map(|entry| entry.name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(Error::corrupt("the file has two tensors of this name").in_tensor(pair[0])),
            None => Ok(()),
        }
    }
}

/// The bytes of an array's data, in the file's order.
enum Stream<'a> {
    File { source: &'a dyn Source, position: u64 },
    Member(Box<MemberReader<'a>>),
}

impl<'a> Stream<'a> {
    fn new(place: &'a Place, array: &Array) -> Result<Self> {
        match place {
            Place::File(source) => Ok(Self::File { source, position: array.header_len }),
            Place::Archive(archive) => {
                let mut reader = archive.reader(member(archive, array)?)?;
                reader.skip(array.header_len)?;
                Ok(Self::Member(Box::new(reader)))
            }
        }
    }

    fn fill(&mut self, out: &mut [u8]) -> Result<()> {
        match self {
            Self::File { source, position } => {
                source.read_at(*position, out)?;
                *position += out.len() as u64;
                Ok(())
            }
            Self::Member(reader) => reader.fill(out),
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::File { .. } => Ok(()),
            Self::Member(reader) => reader.finish(),
        }
    }
}

fn to_usize(n: u64) -> Result<usize> {
    usize::try_from(n).map_err(|_| Error::new(ErrorKind::OutOfMemory { bytes: n }))
}
