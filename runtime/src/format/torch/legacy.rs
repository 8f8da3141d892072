//! The legacy format: what `torch.save` wrote before version 1.6.
//!
//! Pickles in a row: a magic number, the protocol's version, facts about the machine, the object, the list of the keys of its
//! storages. Then for each key the number of elements, 64 bits, and the elements. Both are always little-endian: big-endian
//! machines swap them when they write, whatever the facts about them say.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::reader::{Content, Opened, Place};
use super::storage::Storages;
use super::tree::{Listing, Walk};
use crate::error::{Error, ErrorKind, Result};
use crate::format::pickle::{self, Node};
use crate::limits::Budget;
use crate::source::{Source, check_range};

/// The number `0x1950a86a20f9469cfc6c` that the first pickle is, as bytes of a long integer.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// The one version of the protocol.
const PROTOCOL: i64 = 1001;
/// Bytes of the number of elements before those of a storage.
const COUNT_LEN: u64 = 8;

pub(super) fn open(source: Arc<dyn Source>, budget: &Budget) -> Result<Opened> {
    let end = source.len();
    let wrong = |found: &str| Error::new(ErrorKind::WrongFormat { expected: super::TITLE, found: found.into() });

    // Nothing but numbers and a dict is in the first three, so that no storage is found.
    let magic = pickle::read(&source, 0..end, &mut Storages::default(), budget);
    let magic = magic.map_err(|error| match error.kind() {
        ErrorKind::Corrupt { .. } => wrong("neither a zip nor a tar archive nor a pickle"),
        _ => error,
    })?;
    match magic.graph.node(magic.root) {
        Node::BigInt(number) if *number == MAGIC => {}
        _ => return Err(wrong("a pickle that `torch.save` did not write")),
    }
    let protocol = pickle::read(&source, magic.end..end, &mut Storages::default(), budget)?;
    if protocol.graph.int(protocol.root) != Some(PROTOCOL) {
        let version = protocol.graph.int(protocol.root).map_or_else(|| "?".into(), |version| version.to_string());
        return Err(Error::new(ErrorKind::UnknownVersion { format: super::TITLE, version }));
    }
    let machine = pickle::read(&source, protocol.end..end, &mut Storages::default(), budget)?;
    if machine.graph.entries(machine.root).is_none() {
        return Err(Error::corrupt("the facts about the machine are no dict").at(protocol.end..machine.end));
    }

    let mut storages = Storages::default();
    let object = pickle::read(&source, machine.end..end, &mut storages, budget)?;
    let mut listing = Listing::default();
    let values = Walk::new(&object.graph, &source, &mut storages, &mut listing, budget).value(object.root)?;

    let keys = pickle::read(&source, object.end..end, &mut Storages::default(), budget)?;
    let Node::List(list) = keys.graph.node(keys.root) else {
        return Err(Error::corrupt("the keys of the storages are no list").at(object.end..keys.end));
    };
    let mut ranges = BTreeMap::new();
    let mut position = keys.end;
    for &key in list {
        let key = keys.graph.text(key).ok_or_else(|| Error::corrupt("the key of a storage is no text"))?;
        let Some(place) = storages.find(key) else {
            return Err(Error::corrupt(format!("storage `{key}` is listed, and the object does not name it")));
        };
        let storage = &storages.list()[place];
        let mut count = [0; 8];
        source.read_at(position, &mut count)?;
        let start = position + COUNT_LEN;
        // A reader that believed the one or the other would take the next storage's bytes for this one's.
        if u64::from_le_bytes(count).checked_mul(storage.element) != Some(storage.bytes) {
            let what = format!("storage `{key}` has another length than the object states");
            return Err(Error::corrupt(what).at(position..start));
        }
        let range = check_range(&source, start, storage.bytes)?;
        position = range.end;
        if ranges.insert(place, range).is_some() {
            return Err(Error::corrupt(format!("storage `{key}` is listed twice")));
        }
    }
    let mut places = Vec::new();
    for (place, storage) in storages.list().iter().enumerate() {
        let range = ranges.remove(&place);
        let range = range.ok_or_else(|| Error::corrupt(format!("storage `{}` is not in the file", storage.key)))?;
        places.push(Place::Range(range));
    }
    Ok(Opened {
        content: Content::Plain(source),
        places,
        listing,
        values,
        metadata: BTreeMap::from([("archive".into(), "legacy".into())]),
        big_endian: false,
        trailing: (position < end).then_some(position..end),
    })
}
