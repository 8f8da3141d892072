//! One file, written.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::header::{self, Row};
use super::layout::align;
use super::{NAME, VERSION, columns, dtype, scalar};
use crate::error::{Error, ErrorKind, Result};
use crate::format::flat::digest;
use crate::format::flat::stream::{self, Planned, Stated};
use crate::format::flat::{check_unique, tie};
use crate::format::{TensorEntry, TensorSet};
use crate::source::Sink;
use crate::value::Value;

/// What Burn's readers take, 0.21 and 0.22 alike: a file past these they refuse.
const MAX_CBOR_BYTES: u32 = 100 << 20;
const MAX_TENSORS: usize = 100_000;
const MAX_TENSOR_BYTES: u64 = 10 << 30;

/// Writes Burnpack files that Burn 0.21 and 0.22 read: with the digests of their tensors, unless told otherwise.
///
/// The data is in the order of the set. Tensors that are one ([`TensorEntry::storage`], and the same dtype, shape and bytes) are
/// written once: their names have the same offsets.
#[derive(Clone, Debug)]
pub struct Writer {
    metadata: BTreeMap<String, String>,
    values: Value,
    in_columns: Vec<String>,
    digests: bool,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// Without metadata and scalars, with digests.
    pub fn new() -> Self {
        Self { metadata: BTreeMap::new(), values: Value::Null, in_columns: Vec::new(), digests: true }
    }

    /// Text to keep in the file's metadata.
    #[must_use]
    pub fn metadata(mut self, metadata: BTreeMap<String, String>) -> Self {
        self.metadata = metadata;
        self
    }

    /// The names of the matrices that the set gives with their axes exchanged, as Burn has weights of `LinearLayout::Col`.
    /// The file says so, and [`BurnpackFile`](super::BurnpackFile) gives them in rows again. Those that are tied must all be named.
    #[must_use]
    pub fn in_columns(mut self, names: Vec<String>) -> Self {
        self.in_columns = names;
        self
    }

    /// Scalars to keep beside the tensors: a [`Value::Map`] of numbers and truth values. Burn reads them since 0.22.
    #[must_use]
    pub fn values(mut self, values: Value) -> Self {
        self.values = values;
        self
    }

    /// Whether digests are written. They are metadata entries of ours, which Burn passes over.
    #[must_use]
    pub fn digests(mut self, digests: bool) -> Self {
        self.digests = digests;
        self
    }

    /// Writes the tensors of `set`: the same set, metadata and values give the same bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Unrepresentable`] for what Burn has not (complex and 8-bit floats, values that are not scalars) or its readers
    /// refuse (100,000 tensors, 10 GiB a tensor, 100 MiB of header), and for a matrix in columns whose name is not one line;
    /// [`ErrorKind::Argument`] for a name that comes twice, and for one in columns that is no matrix of the set; those of the set and of
    /// the sink.
    pub fn write(&self, set: &dyn TensorSet, sink: &mut dyn Sink) -> Result<()> {
        digest::check_keys(&self.metadata)?;
        let scalars = scalar::from_values(&self.values)?;
        let entries = set.entries();
        check_unique(entries)?;
        let metadata = columns::with(&self.metadata, &self.in_columns, entries)?;
        if entries.len() > MAX_TENSORS {
            return Err(unrepresentable(format!("{} tensors, and Burn reads {MAX_TENSORS}", entries.len())));
        }
        let Plan { ranges, planned } = plan(set)?;
        let row = |index: usize| -> Row<'_> {
            let TensorEntry { name, dtype, shape, param_id, .. } = &entries[index];
            let (start, end) = ranges[index];
            (name, *dtype, shape, start, end, *param_id)
        };
        let mut by_name: Vec<usize> = (0..entries.len()).collect();
        by_name.sort_unstable_by_key(|&index| entries[index].name.as_str());
        let mut by_place = by_name.clone();
        by_place.sort_by_key(|&index| ranges[index]);
        let encode = |stated: Stated<'_>| {
            let encode = |metadata: &BTreeMap<String, String>| {
                header::encode(by_name.iter().map(|&index| row(index)), metadata, &scalars, MAX_CBOR_BYTES)
            };
            let digests = match stated {
                Stated::Nothing => return encode(&metadata),
                Stated::Room => return encode(&digest::with_room(&metadata, by_place.len())),
                Stated::Digests(digests) => digests,
            };
            // Digests are known for what is written, and stated for each name.
            let first: BTreeMap<(u64, u64), usize> =
                planned.iter().enumerate().map(|(place, plan)| ((plan.start, plan.end), place)).collect();
            let digests = by_place.iter().map(|&index| digests[first[&ranges[index]]]);
            encode(&digest::with(&metadata, digests, |metadata| {
                let rows = by_place.iter().map(|&index| row(index));
                header::digest(VERSION, rows, metadata, scalars.iter().copied())
            }))
        };
        stream::write(set, &planned, self.digests, &encode, sink)
    }
}

struct Plan {
    /// Of each tensor of the set, from the start of the data.
    ranges: Vec<(u64, u64)>,
    /// What is written, in the order of the bytes.
    planned: Vec<Planned>,
}

/// Gives each tensor its place: aligned, in the order of the set, tied ones at one place.
fn plan(set: &dyn TensorSet) -> Result<Plan> {
    let entries = set.entries();
    let mut plan = Plan { ranges: Vec::with_capacity(entries.len()), planned: Vec::with_capacity(entries.len()) };
    let mut position = 0;
    for (entry, tie) in tie::ties(set)?.into_iter().enumerate() {
        let TensorEntry { name, dtype, .. } = &entries[entry];
        if !dtype::is_known(*dtype) {
            return Err(unrepresentable(format!("dtype {dtype}")).in_tensor(name));
        }
        if let Some(first) = tie {
            plan.ranges.push(plan.ranges[first]);
            continue;
        }
        let bytes = stream::byte_len(&entries[entry])?;
        if bytes > MAX_TENSOR_BYTES {
            let what = format!("a tensor of {bytes} bytes, and Burn reads {MAX_TENSOR_BYTES}");
            return Err(unrepresentable(what).in_tensor(name));
        }
        // Cannot overflow: there are at most 100,000 tensors of 10 GiB.
        let start = align(position).unwrap_or(u64::MAX);
        position = start + bytes;
        plan.ranges.push((start, position));
        plan.planned.push(Planned { entry, start, end: position });
    }
    Ok(plan)
}

fn unrepresentable(what: String) -> Error {
    Error::new(ErrorKind::Unrepresentable { format: NAME, what })
}
