//! Writing: groups, contiguous datasets and attributes, in the layout of HDF5 1.8 that every program reads.
//!
//! The order of the file: the superblock, the strings of attributes in global heaps, the object headers, the data. All of it but the
//! data is made first, because headers hold addresses and checksums; the data then go from the tensors to the sink.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::checksum::lookup3;
use super::encode::{self, Attributes, Heaps};
use super::header::kind;
use super::superblock::SIGNATURE;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{TensorEntry, TensorSet};
use crate::source::Sink;
use crate::value::Value;

/// Bytes of a superblock of version 2.
const SUPERBLOCK: u64 = 48;
/// Data start at a multiple of this.
const ALIGNMENT: u64 = 64;
/// Axes that HDF5 allows.
const MAX_RANK: usize = 32;
/// An address that is not defined.
const UNDEFINED: u64 = u64::MAX;

/// Writes HDF5 files: tensors by their paths, with attributes.
///
/// A tensor named `a/b/c` becomes the dataset `c` in the group `b` in the group `a`. Truth values, complex numbers and bfloat16 are
/// written as h5py writes them.
///
/// ```
/// use std::sync::Arc;
///
/// use vellum::format::hdf5::{Hdf5File, Hdf5Writer};
/// use vellum::format::{TensorFile, TensorList};
/// use vellum::{Budget, Bytes, Limits, TensorData, Value};
///
/// let mut tensors = TensorList::default();
/// tensors.push("layers/dense/vars/0", TensorData::from_vec(vec![1.0f32, 2.0], [2])?);
/// let mut file = Vec::new();
/// Hdf5Writer::default().attribute("layers/dense", "units", Value::Int(2)).write(&tensors, &mut file)?;
///
/// let budget = Budget::new(Limits::default(), file.len() as u64);
/// let read = Hdf5File::open(Arc::new(Bytes::from(file)), &budget)?;
/// assert_eq!(read.read(0)?.as_slice::<f32>()?, [1.0, 2.0]);
/// # Ok::<(), vellum::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Hdf5Writer {
    attributes: BTreeMap<String, Attributes>,
}

/// An object to be written: a group unless it has a tensor.
#[derive(Default)]
struct Node {
    /// Names and places of the members.
    members: Vec<(String, usize)>,
    /// The place of the tensor in the set.
    tensor: Option<usize>,
    attributes: Attributes,
    address: u64,
}

/// A span of data: a tensor and where it goes.
struct Span {
    tensor: usize,
    address: u64,
    len: u64,
}

impl Hdf5Writer {
    /// Adds an attribute to the object at `path` (empty for the root; a group is made if nothing else is there): a text, a number,
    /// a truth value, or a list of texts.
    #[must_use]
    pub fn attribute(mut self, path: &str, name: &str, value: Value) -> Self {
        self.attributes.entry(path.to_string()).or_default().push((name.to_string(), value));
        self
    }

    /// Writes the tensors and the attributes.
    ///
    /// # Errors
    /// [`ErrorKind::Unrepresentable`] for dtypes, values and names that HDF5 has no place for, and where one name is both a tensor and
    /// the group of another; those of `sink`.
    pub fn write(&self, tensors: &dyn TensorSet, sink: &mut dyn Sink) -> Result<()> {
        let entries = tensors.entries();
        let mut nodes = self.tree(entries)?;
        let mut heaps = Heaps::new(SUPERBLOCK);
        for node in &nodes {
            heaps.add_all(&node.attributes)?;
        }
        // Addresses do not change the lengths of headers: the first pass finds where each is, the second says so.
        let mut end = heaps.end();
        for i in 0..nodes.len() {
            let len = header(&nodes, i, entries, UNDEFINED, &heaps)?.len() as u64;
            nodes[i].address = end;
            end += len;
        }
        let mut spans = Vec::new();
        let mut headers = heaps.bytes()?;
        for i in 0..nodes.len() {
            let mut data = UNDEFINED;
            if let Some(tensor) = nodes[i].tensor {
                let len = byte_len(&entries[tensor])?;
                if len > 0 {
                    data = end.next_multiple_of(ALIGNMENT);
                    spans.push(Span { tensor, address: data, len });
                    end = data.checked_add(len).ok_or_else(|| unrepresentable("more than 2^64 bytes"))?;
                }
            }
            headers.extend(header(&nodes, i, entries, data, &heaps)?);
        }
        sink.put(&superblock(end, nodes[0].address))?;
        sink.put(&headers)?;
        let mut position = SUPERBLOCK + headers.len() as u64;
        for Span { tensor, address, len } in spans {
            const ZEROS: [u8; 64] = [0; 64];
            let gap = usize::try_from(address - position).unwrap_or(ZEROS.len());
            sink.put(ZEROS.get(..gap).unwrap_or(&ZEROS))?;
            let mut written = 0;
            tensors.write_to(tensor, &mut |bytes| {
                written += bytes.len() as u64;
                sink.put(bytes)
            })?;
            // Bytes too few or too many would move all that follow.
            if written != len {
                let error = Error::argument(format!("the tensor gave {written} of its {len} bytes"));
                return Err(error.in_tensor(&entries[tensor].name));
            }
            position = address + len;
        }
        Ok(())
    }

    /// The objects, the root first.
    fn tree(&self, entries: &[TensorEntry]) -> Result<Vec<Node>> {
        let mut nodes = alloc::vec![Node::default()];
        let mut places = BTreeMap::from([(String::new(), 0)]);
        for (tensor, entry) in entries.iter().enumerate() {
            let place = place(&mut nodes, &mut places, &entry.name)?;
            let node = &mut nodes[place];
            if place == 0 {
                return Err(unrepresentable("a tensor without a name").in_tensor(&entry.name));
            }
            if node.tensor.is_some() || !node.members.is_empty() {
                return Err(unrepresentable("two tensors or a tensor and a group of one name").in_tensor(&entry.name));
            }
            node.tensor = Some(tensor);
        }
        for (path, attributes) in &self.attributes {
            let place = place(&mut nodes, &mut places, path)?;
            nodes[place].attributes.clone_from(attributes);
        }
        match nodes.iter().find(|node| node.tensor.is_some() && !node.members.is_empty()) {
            Some(node) => {
                let name = node.tensor.and_then(|tensor| entries.get(tensor)).map_or("", |entry| entry.name.as_str());
                Err(unrepresentable("a tensor that is also a group").in_tensor(name))
            }
            None => Ok(nodes),
        }
    }
}

/// An object header of version 2.
fn header(nodes: &[Node], i: usize, entries: &[TensorEntry], data: u64, heaps: &Heaps) -> Result<Vec<u8>> {
    let node = &nodes[i];
    let mut messages = Messages::default();
    if let Some(entry) = node.tensor.and_then(|tensor| entries.get(tensor)) {
        if entry.shape.rank() > MAX_RANK {
            return Err(unrepresentable("more than 32 axes").in_tensor(&entry.name));
        }
        let dims: Vec<u64> = entry.shape.iter().map(|&dim| dim as u64).collect();
        messages.push(kind::DATASPACE, &encode::dataspace(&dims))?;
        messages.push(kind::DATATYPE, &encode::datatype(entry.dtype).map_err(|e| e.in_tensor(&entry.name))?)?;
        // Version 3: allocated late, written if set, and not set.
        messages.push(kind::FILL_VALUE, &[3, 0x0a])?;
        let mut layout = alloc::vec![3, 1];
        layout.extend(data.to_le_bytes());
        layout.extend(byte_len(entry)?.to_le_bytes());
        messages.push(kind::LAYOUT, &layout)?;
    } else {
        let mut info = alloc::vec![0, 0];
        info.extend(UNDEFINED.to_le_bytes());
        info.extend(UNDEFINED.to_le_bytes());
        messages.push(kind::LINK_INFO, &info)?;
        messages.push(kind::GROUP_INFO, &[0, 0])?;
        for (name, member) in &node.members {
            messages.push(kind::LINK, &encode::link(name, nodes[*member].address)?)?;
        }
    }
    for (name, value) in &node.attributes {
        messages.push(kind::ATTRIBUTE, &encode::attribute(name, value, heaps)?)?;
    }
    messages.into_header()
}

/// The messages of an object header.
#[derive(Default)]
struct Messages(Vec<u8>);

impl Messages {
    fn push(&mut self, kind: u16, body: &[u8]) -> Result<()> {
        let len =
            u16::try_from(body.len()).map_err(|_| unrepresentable("an attribute or a link of more than 64 KiB"))?;
        let kind = u8::try_from(kind).map_err(|_| unrepresentable("a message of this kind"))?;
        self.0.push(kind);
        self.0.extend(len.to_le_bytes());
        self.0.push(0);
        self.0.extend_from_slice(body);
        Ok(())
    }

    fn into_header(self) -> Result<Vec<u8>> {
        /// Header flag: the length of the messages has four bytes.
        const LENGTH_OF_FOUR: u8 = 2;
        let len = u32::try_from(self.0.len()).map_err(|_| unrepresentable("a group of more than 4 GiB of links"))?;
        let mut header = b"OHDR".to_vec();
        header.extend([2, LENGTH_OF_FOUR]);
        header.extend(len.to_le_bytes());
        header.extend(self.0);
        header.extend(lookup3(&header).to_le_bytes());
        Ok(header)
    }
}

fn superblock(end: u64, root: u64) -> Vec<u8> {
    let mut bytes = SIGNATURE.to_vec();
    // Version 2, addresses and lengths of eight bytes, no flags.
    bytes.extend([2, 8, 8, 0]);
    for address in [0, UNDEFINED, end, root] {
        bytes.extend(address.to_le_bytes());
    }
    bytes.extend(lookup3(&bytes).to_le_bytes());
    bytes
}

/// The place of the object at `path`, made with the groups above it if it is not there.
fn place(nodes: &mut Vec<Node>, places: &mut BTreeMap<String, usize>, path: &str) -> Result<usize> {
    if let Some(&place) = places.get(path) {
        return Ok(place);
    }
    let mut above = 0;
    for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
        let prefix = path.get(..end).unwrap_or(path);
        if let Some(&place) = places.get(prefix) {
            above = place;
            continue;
        }
        let name = prefix.rsplit('/').next().unwrap_or(prefix);
        if name.is_empty() || name == "." || name.contains('\0') {
            return Err(unrepresentable("a name with an empty step, a dot as a step, or a zero").in_tensor(path));
        }
        nodes.push(Node::default());
        let place = nodes.len() - 1;
        nodes[above].members.push((name.to_string(), place));
        places.insert(prefix.to_string(), place);
        above = place;
    }
    Ok(above)
}

fn byte_len(entry: &TensorEntry) -> Result<u64> {
    let len = entry.dtype.byte_len(entry.shape.num_elements());
    len.map(|len| len as u64).ok_or_else(|| unrepresentable("elements that share bytes").in_tensor(&entry.name))
}

/// An error for what HDF5 has no place for.
pub(super) fn unrepresentable(what: &str) -> Error {
    Error::new(ErrorKind::Unrepresentable { format: "HDF5", what: what.to_string() })
}
