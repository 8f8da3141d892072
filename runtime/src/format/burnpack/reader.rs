//! One file.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use super::NAME;
use super::columns;
use super::dtype::Stored;
use super::header::{Header, Listed};
use super::layout::is_zero;
use crate::bytes::BytesMut;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::format::flat::digest;
use crate::format::flat::place::Place;
use crate::format::{PlainBytes, ReadOptions, TensorEntry, TensorFile};
use crate::limits::Budget;
use crate::source::{Source, read_tensor};
use crate::tensor::TensorData;
use crate::value::Value;

/// An open Burnpack file.
///
/// Its tensors are in the order of their bytes, which is the order in which the model was visited; two at the same bytes are tied
/// ([`TensorEntry::storage`]). Scalars are the [`TensorFile::values`], a map by name. The metadata is the file's without the
/// digests and without the mark of what lies in columns, which is given in rows. Quantised tensors, and what later versions may add, are
/// [`TensorFile::refusals`].
pub struct BurnpackFile {
    source: Arc<dyn Source>,
    options: ReadOptions,
    metadata: BTreeMap<String, String>,
    values: Value,
    entries: Vec<TensorEntry>,
    places: Vec<Place>,
    /// The entries whose elements are truth values of four bytes each.
    wide_bools: Vec<usize>,
    /// The entries that lie in columns, in order.
    in_columns: Vec<usize>,
    /// As [`TensorFile::is_of_burn`].
    of_burn: bool,
    refusals: Vec<(String, Error)>,
    /// Between header and data, and between tensors: zeros in a file that is whole.
    gaps: Vec<Range<u64>>,
}

impl BurnpackFile {
    /// Opens a file: reads and checks its header, and its digest if it has one.
    ///
    /// # Errors
    /// The rule of the format that it breaks; a limit of `options`; [`ErrorKind::Digest`](crate::ErrorKind::Digest) if the header is
    /// not the one that was written.
    pub fn open(source: Arc<dyn Source>, options: &ReadOptions) -> Result<Self> {
        let budget = Budget::new(options.limits.clone(), source.len());
        let mut header = Header::read(&*source, &budget)?;
        let mut metadata = core::mem::take(&mut header.metadata);
        let digests = digest::take(&mut metadata, header.tensors.len(), |metadata| header.digest(metadata))?;
        let marked = columns::take(&mut metadata);
        let Header { scalars, tensors, unknown, layout, end, .. } = header;
        let mut file = Self {
            gaps: gaps(&tensors, layout.data, end, source.len()),
            source,
            options: options.clone(),
            of_burn: columns::are_burns(&metadata, !marked.is_empty(), digests.is_some()),
            metadata,
            values: if scalars.is_empty() { Value::Null } else { Value::Map(scalars) },
            entries: Vec::with_capacity(tensors.len()),
            places: Vec::with_capacity(tensors.len()),
            wide_bools: Vec::new(),
            in_columns: Vec::new(),
            refusals: Vec::new(),
        };
        for section in unknown {
            let error = Error::refused(format!("a later version may know what `{section}` in the header is"));
            file.refusals.push((section, error));
        }
        let mut stated = digests.into_iter().flat_map(|digests| digests.tensors);
        let mut tensors = tensors.into_iter().peekable();
        let mut tied = false;
        while let Some(tensor) = tensors.next() {
            let ties_next = tensors.peek().is_some_and(|next| tensor.ties(next));
            file.add(tensor, layout.data, stated.next(), tied);
            tied = ties_next;
        }
        file.in_columns = columns::turn(&marked, &mut file.entries)?;
        Ok(file)
    }

    /// Adds a tensor, which may be tied to the one before it.
    fn add(&mut self, tensor: Listed, data: u64, digest: Option<digest::Digest>, tied: bool) {
        let Listed { name, stored, shape, start, end, param_id, unknown } = tensor;
        let refusal = unknown.map(|field| format!("it has a field `{field}`, which may change what it is"));
        let (None, Some(dtype)) = (&refusal, stored.dtype()) else {
            let quantised = || "it is quantised, and only Burn knows how its bytes are packed".into();
            let error = Error::refused(refusal.unwrap_or_else(quantised)).in_tensor(&name);
            self.refusals.push((name, error));
            return;
        };
        if stored == Stored::WideBool {
            self.wide_bools.push(self.entries.len());
        }
        // The offset is a number that only tensors at the same bytes share.
        let storage = tied.then_some(start);
        if let (true, Some(first)) = (tied, self.entries.last_mut()) {
            first.storage = storage;
        }
        self.entries.push(TensorEntry { name, dtype, shape, param_id, storage });
        self.places.push(Place { range: data + start..data + end, digest });
    }

    /// A tensor of wide truth values, one byte each.
    fn read_wide_bools(&self, place: &Place, entry: &TensorEntry) -> Result<TensorData> {
        let wide = read_tensor(&*self.source, place.range.start, DType::U32, entry.shape.clone(), true)?;
        let mut narrow = BytesMut::zeroed(DType::Bool, entry.shape.num_elements())?;
        for (index, (word, byte)) in wide.bytes().chunks_exact(4).zip(narrow.as_mut_slice()).enumerate() {
            *byte = match *word {
                [value @ (0 | 1), 0, 0, 0] => value,
                _ => return Err(Error::corrupt(format!("bool {index} is neither 0 nor 1"))),
            };
        }
        TensorData::new(narrow.freeze(), entry.shape.clone(), DType::Bool)
    }
}

/// The bytes of the file that belong to no tensor, behind its header.
fn gaps(tensors: &[Listed], data: u64, header_end: u64, file_end: u64) -> Vec<Range<u64>> {
    let mut gaps = Vec::new();
    let mut position = header_end;
    for tensor in tensors {
        let start = data + tensor.start;
        if start > position {
            gaps.push(position..start);
        }
        position = data + tensor.end;
    }
    if position < file_end {
        gaps.push(position..file_end);
    }
    gaps
}

impl TensorFile for BurnpackFile {
    fn format(&self) -> &'static str {
        NAME
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

    fn is_of_burn(&self) -> bool {
        self.of_burn
    }

    fn read(&self, index: usize) -> Result<TensorData> {
        let (Some(place), Some(entry)) = (self.places.get(index), self.entries.get(index)) else {
            return Err(Error::argument("there is no tensor of this index"));
        };
        let in_columns = self.in_columns.binary_search(&index).is_ok();
        let shape = if in_columns { entry.shape.reversed() } else { entry.shape.clone() };
        let stored = TensorEntry { shape, ..entry.clone() };
        let wide = self.wide_bools.binary_search(&index).is_ok();
        let data =
            if wide { self.read_wide_bools(place, &stored) } else { place.read(&*self.source, &stored, &self.options) };
        let data = data.and_then(|data| if in_columns { data.view().transposed() } else { Ok(data) });
        data.map_err(|error| error.in_tensor(&entry.name).at(place.range.clone()))
    }

    fn plain_bytes(&self, index: usize) -> Option<PlainBytes<'_>> {
        let made = [&self.wide_bools, &self.in_columns].iter().any(|made| made.binary_search(&index).is_ok());
        let (place, entry) = self.places.get(index).zip(self.entries.get(index)).filter(|_| !made)?;
        place.plain_bytes(&*self.source, &entry.name, &self.options)
    }

    fn verify(&self) -> Result<()> {
        for gap in &self.gaps {
            if !is_zero(&*self.source, gap.clone())? {
                return Err(Error::corrupt("padding is not zero").at(gap.clone()));
            }
        }
        if self.options.digests {
            return Ok(());
        }
        self.places.iter().zip(&self.entries).try_for_each(|(place, entry)| place.verify(&*self.source, &entry.name))
    }
}
