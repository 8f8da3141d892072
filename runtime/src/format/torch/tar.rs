//! The oldest format: a tar archive, from before PyTorch 0.1.10.
//!
//! `storages`: the number of storages, for each a pickle `(key, location, class)`, the number of elements in 64 bits and the
//! elements; then a list of parts of storages, `(key, root key, offset, elements)`. `tensors`: their number, for each a pickle
//! `(key, storage key, class)`, the number of axes in 32 bits, 4 bytes of padding, and lengths, strides and the offset in 64 bits
//! each. `pickle`: the object, whose persistent ids are those keys. All little-endian.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use super::global::{Global, StorageClass};
use super::reader::{Content, Opened, Place};
use super::storage::Storages;
use super::tree::{Found, Listing, Origin, Persistent, Walk};
use super::view::View;
use crate::error::{Error, ErrorKind, Result};
use crate::format::input::Input;
use crate::format::pickle::{self, Dialect, Graph, Node, NodeId};
use crate::limits::Budget;
use crate::shape::Shape;
use crate::source::{Source, read_vec};

/// Headers and data are in blocks of this size.
const BLOCK: u64 = 512;
/// Where the parts of a header are (POSIX.1-1988 `ustar`).
const NAME: Range<usize> = 0..100;
const SIZE: Range<usize> = 124..136;
const CHECKSUM: Range<usize> = 148..156;
const TYPE: usize = 156;
const MAGIC: Range<usize> = 257..262;

/// Whether `source` starts with the header of a tar archive.
pub(super) fn detect(source: &dyn Source) -> Result<bool> {
    let mut magic = [0; 5];
    if source.len() < BLOCK {
        return Ok(false);
    }
    source.read_at(MAGIC.start as u64, &mut magic)?;
    Ok(magic == *b"ustar")
}

pub(super) fn open(source: Arc<dyn Source>, budget: &Budget) -> Result<Opened> {
    let members = members(&source, budget)?;
    let member = |name: &str| {
        let found = format!("a tar archive without `{name}`");
        let wrong = || Error::new(ErrorKind::WrongFormat { expected: super::TITLE, found });
        members.get(name).cloned().ok_or_else(wrong)
    };
    let mut objects = Objects::default();
    let places = objects.read_storages(&source, member("storages")?, budget)?;
    objects.read_tensors(&source, member("tensors")?, budget)?;
    let range = member("pickle")?;
    let object = pickle::read(&source, range.clone(), &mut objects, budget)?;
    if object.end != range.end {
        return Err(Error::corrupt("bytes behind the pickle").at(object.end..range.end));
    }
    let mut listing = Listing::default();
    let values = Walk::new(&object.graph, &source, &mut objects, &mut listing, budget).value(object.root)?;
    Ok(Opened {
        content: Content::Plain(source),
        places,
        listing,
        values,
        metadata: BTreeMap::from([("archive".into(), "tar".into())]),
        big_endian: false,
        trailing: None,
    })
}

/// Where the data of each file of the archive is.
fn members(source: &dyn Source, budget: &Budget) -> Result<BTreeMap<String, Range<u64>>> {
    let mut members = BTreeMap::new();
    let mut input = Input::new(source, 0..source.len())?;
    loop {
        let start = input.position();
        let header: [u8; 512] = input.array()?;
        if header.iter().all(|&byte| byte == 0) {
            return Ok(members);
        }
        let malformed = || Error::corrupt("a header of the tar archive is malformed").at(start..start + BLOCK);
        budget.charge_objects(1)?;
        // The sum of all bytes, those of the checksum itself taken as blanks.
        let sum: u64 = header.iter().map(|&byte| u64::from(byte)).sum();
        let own: u64 = header[CHECKSUM].iter().map(|&byte| u64::from(byte)).sum();
        let blanks = u64::from(b' ') * CHECKSUM.len() as u64;
        if octal(&header[CHECKSUM]) != Some(sum - own + blanks) {
            return Err(malformed());
        }
        let size = octal(&header[SIZE]).ok_or_else(malformed)?;
        let range = input.position()..input.position().saturating_add(size);
        input.skip(size)?;
        input.skip((BLOCK - size % BLOCK) % BLOCK)?;
        match header[TYPE] {
            b'0' | 0 => {
                let name = header[NAME].split(|&byte| byte == 0).next().unwrap_or_default();
                let name = core::str::from_utf8(name).map_err(|_| malformed())?;
                let name = name.strip_prefix("./").unwrap_or(name);
                if members.insert(name.to_string(), range).is_some() {
                    return Err(
                        Error::corrupt(format!("the tar archive has two members `{name}`")).at(start..start + BLOCK)
                    );
                }
            }
            // Folders.
            b'5' => {}
            // Extended headers (POSIX.1-2001): Python writes the fraction of a second in them. Those that would rename or resize the
            // member behind them are not for plain names and sizes, and readers differ in whether they look.
            b'x' | b'g' => {
                budget.check_header(size)?;
                let records = read_vec(source, range.start, size)?;
                let changes = |key: &[u8]| records.split(|&byte| byte == b'\n').any(|record| has_key(record, key));
                if changes(b"path") || changes(b"size") {
                    return Err(Error::refused("an extended header that renames or resizes a member").at(range));
                }
            }
            kind => {
                let what =
                    format!("a member of type `{}` in a tar archive: PyTorch writes plain files", char::from(kind));
                return Err(Error::refused(what).at(start..start + BLOCK));
            }
        }
    }
}

/// Whether a record, `length key=value`, is of this key.
fn has_key(record: &[u8], key: &[u8]) -> bool {
    let key_value = record.iter().position(|&byte| byte == b' ').and_then(|blank| record.get(blank + 1..));
    key_value.is_some_and(|rest| rest.strip_prefix(key).is_some_and(|rest| rest.starts_with(b"=")))
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = core::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    u64::from_str_radix(text, 8).ok()
}

/// What the persistent ids of the object stand for.
#[derive(Debug, Default)]
struct Objects {
    storages: Storages,
    /// By key: the storage's place, its class, and the bytes of it that are meant.
    parts: BTreeMap<String, (usize, StorageClass, Range<u64>)>,
    tensors: BTreeMap<String, (String, Layout)>,
}

/// A tensor as it is stated.
#[derive(Debug)]
struct Layout {
    shape: Vec<i64>,
    strides: Vec<i64>,
    offset: i64,
}

impl Objects {
    fn read_storages(&mut self, source: &dyn Source, range: Range<u64>, budget: &Budget) -> Result<Vec<Place>> {
        let malformed = || Error::corrupt("a storage of the tar archive is malformed");
        let mut places = Vec::new();
        let (count, mut position) = read_count(source, range.clone(), budget)?;
        for _ in 0..count {
            let pickle = pickle::read(source, position..range.end, &mut Storages::default(), budget)?;
            let Some(&[key, _location, class]) = pickle.graph.tuple(pickle.root) else { return Err(malformed()) };
            let key = key_text(&pickle.graph, key).ok_or_else(malformed)?;
            let Node::Global(Global::Storage(class)) = pickle.graph.node(class) else {
                return Err(Error::refused(format!(
                    "`{}` is no known class of storages",
                    pickle.graph.type_name(class)
                )));
            };
            let mut input = Input::new(source, pickle.end..range.end)?;
            let elements = input.u64()?;
            let place = self.storages.add(&key, class, elements)?;
            let bytes = self.storages.list()[place].bytes;
            let start = input.position();
            input.skip(bytes)?;
            position = input.position();
            places.push(Place::Range(start..position));
            if self.parts.insert(key, (place, class, 0..bytes)).is_some() {
                return Err(Error::corrupt("a storage of the tar archive is there twice"));
            }
        }
        let parts = pickle::read(source, position..range.end, &mut Storages::default(), budget)?;
        for &part in parts.graph.items(parts.root).ok_or_else(malformed)? {
            let Some(&[key, root, offset, elements]) = parts.graph.items(part) else { return Err(malformed()) };
            let text = |id| key_text(&parts.graph, id);
            let (key, root) = text(key).zip(text(root)).ok_or_else(malformed)?;
            let (place, class, whole) = self.parts.get(&root).cloned().ok_or_else(malformed)?;
            let bytes = |id| u64::try_from(parts.graph.int(id)?).ok()?.checked_mul(class.size());
            let start = bytes(offset).and_then(|offset| offset.checked_add(whole.start));
            let inside = start.zip(bytes(elements)).and_then(|(start, bytes)| Some(start..start.checked_add(bytes)?));
            let inside = inside.filter(|inside| inside.end <= whole.end).ok_or_else(malformed)?;
            if self.parts.insert(key, (place, class, inside)).is_some() {
                return Err(Error::corrupt("a part of a storage of the tar archive is there twice"));
            }
        }
        Ok(places)
    }

    fn read_tensors(&mut self, source: &dyn Source, range: Range<u64>, budget: &Budget) -> Result<()> {
        let malformed = || Error::corrupt("a tensor of the tar archive is malformed");
        let (count, mut position) = read_count(source, range.clone(), budget)?;
        for _ in 0..count {
            let pickle = pickle::read(source, position..range.end, &mut Storages::default(), budget)?;
            let Some(&[key, storage, _class]) = pickle.graph.tuple(pickle.root) else { return Err(malformed()) };
            let (key, storage) =
                key_text(&pickle.graph, key).zip(key_text(&pickle.graph, storage)).ok_or_else(malformed)?;
            let mut input = Input::new(source, pickle.end..range.end)?;
            let axes = u64::from(input.u32()?);
            input.skip(4)?;
            // Lengths and strides must be there before memory is taken for them.
            if axes > input.remaining() / 16 {
                return Err(malformed());
            }
            let mut number = || input.u64().map(u64::cast_signed);
            let shape = (0..axes).map(|_| number()).collect::<Result<_>>()?;
            let strides = (0..axes).map(|_| number()).collect::<Result<_>>()?;
            let layout = Layout { shape, strides, offset: number()? };
            position = input.position();
            if self.tensors.insert(key, (storage, layout)).is_some() {
                return Err(Error::corrupt("a tensor of the tar archive is there twice"));
            }
        }
        Ok(())
    }
}

impl Dialect for Objects {
    type Global = Global;

    fn persistent(&mut self, graph: &Graph<Global>, id: NodeId) -> Result<Option<NodeId>> {
        // A class with its source.
        if let Some(&[class, ..]) = graph.tuple(id) {
            return Ok(Some(class));
        }
        match key_text(graph, id) {
            Some(_) => Ok(None),
            None => Err(Error::corrupt("a persistent id that is no key")),
        }
    }
}

impl Persistent for Objects {
    fn tensor(&self, graph: &Graph<Global>, id: NodeId) -> Result<Found> {
        let key = key_text(graph, id).unwrap_or_default();
        let (storage, layout) = match self.tensors.get(&key) {
            Some((storage, layout)) => (storage, Some(layout)),
            None => (&key, None),
        };
        let Some((place, class, within)) = self.parts.get(storage) else {
            return Err(Error::corrupt(format!("object `{key}` is not in the tar archive")));
        };
        let Some(dtype) = class.dtype else {
            return Ok(Found::Refused(Error::refused("a quantized tensor: only dense tensors are read")));
        };
        let view = if let Some(Layout { shape, strides, offset }) = layout {
            View::new(dtype, shape, strides, *offset, within.clone())?
        } else {
            let shape = Shape::from_u64([(within.end - within.start) / class.size()])?;
            View::whole(dtype, shape, false, within.clone())
        };
        Ok(Found::Tensor(Origin::Storage(*place), view))
    }

    fn storages(&mut self) -> &mut Storages {
        &mut self.storages
    }
}

/// The pickle of a number at the start of `range`, and what is behind it.
fn read_count(source: &dyn Source, range: Range<u64>, budget: &Budget) -> Result<(u64, u64)> {
    let pickle = pickle::read(source, range, &mut Storages::default(), budget)?;
    let count = pickle.graph.int(pickle.root).and_then(|n| u64::try_from(n).ok());
    Ok((count.ok_or_else(|| Error::corrupt("a count of the tar archive is no number"))?, pickle.end))
}

/// A key, which is text or a number.
fn key_text(graph: &Graph<Global>, id: NodeId) -> Option<String> {
    graph.text(id).map(ToString::to_string).or_else(|| graph.int(id).map(|n| n.to_string()))
}
