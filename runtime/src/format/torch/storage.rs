//! The storages that a pickle names: the memory that tensors are views of.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::global::{Global, StorageClass};
use super::tree::{Found, Origin, Persistent};
use super::view::View;
use crate::error::{Error, Result};
use crate::format::pickle::{Dialect, Graph, Node, NodeId};
use crate::limits::Budget;
use crate::shape::Shape;

/// A storage that the pickle names.
#[derive(Debug)]
pub(super) struct Storage {
    /// Its name in the file.
    pub(super) key: Arc<str>,
    /// Its bytes, as the pickle states them.
    pub(super) bytes: u64,
    /// Bytes an element, as the pickle states them first.
    pub(super) element: u64,
    /// Bytes of all tensors that were found to view it.
    viewed: u64,
}

/// All storages that the pickles of a file name, each once.
#[derive(Debug, Default)]
pub(super) struct Storages {
    list: Vec<Storage>,
    by_key: BTreeMap<Arc<str>, usize>,
    /// What keys are written behind: the folder of a zip.
    prefix: &'static str,
}

impl Storages {
    /// Storages whose names start with `prefix` from here on.
    pub(super) fn with_prefix(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    /// The storages, in the order in which they were first named.
    pub(super) fn list(&self) -> &[Storage] {
        &self.list
    }

    /// The place of a storage in the list.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        self.by_key.get(&*format!("{}{key}", self.prefix)).copied()
    }

    /// Adds a storage, or finds that it was named before with the same size.
    pub(super) fn add(&mut self, key: &str, class: StorageClass, count: u64) -> Result<usize> {
        let key: Arc<str> = format!("{}{key}", self.prefix).into();
        let bytes = count
            .checked_mul(class.size())
            .ok_or_else(|| Error::corrupt(format!("storage `{key}` of {count} elements has no size")))?;
        if let Some(&place) = self.by_key.get(&key) {
            if self.list[place].bytes != bytes {
                let first = self.list[place].bytes;
                return Err(Error::corrupt(format!("storage `{key}` has {first} bytes and later {bytes}")));
            }
            return Ok(place);
        }
        let place = self.list.len();
        self.by_key.insert(Arc::clone(&key), place);
        self.list.push(Storage { key, bytes, element: class.size(), viewed: 0 });
        Ok(place)
    }

    /// Charges a tensor of `bytes` that views the storage at `place`, so far as all its tensors together are more than it holds:
    /// strides of 0 and tensors without number on one storage make much from little.
    pub(super) fn charge(&mut self, place: usize, bytes: u64, budget: &Budget) -> Result<()> {
        let Some(storage) = self.list.get_mut(place) else { return Ok(()) };
        let free = storage.bytes.saturating_sub(storage.viewed);
        storage.viewed = storage.viewed.saturating_add(bytes);
        budget.charge_expanded(bytes.saturating_sub(free))
    }
}

/// What the persistent id `('storage', class, key, location, count, view)` says; the location, a device, is of no use here.
#[derive(Debug)]
pub(super) struct StorageId<'g> {
    pub(super) class: StorageClass,
    pub(super) key: &'g str,
    /// Elements of the whole storage.
    pub(super) count: u64,
    /// The first element and the number of them, for a part of a storage. Only the oldest files have these.
    pub(super) part: Option<(u64, u64)>,
}

impl<'g> StorageId<'g> {
    /// Reads the id at `id`.
    pub(super) fn read(graph: &'g Graph<Global>, id: NodeId) -> Result<Self> {
        let malformed = || Error::corrupt("a persistent id that names no storage");
        let parts = graph.tuple(id).ok_or_else(malformed)?;
        let (&[kind, class, key, _location, count], view) = (match parts {
            [parts @ .., view] if parts.len() == 5 => (parts, Some(*view)),
            parts => (parts, None),
        }) else {
            return Err(malformed());
        };
        if graph.text(kind) != Some("storage") {
            return Err(malformed());
        }
        let class = match graph.node(class) {
            Node::Global(Global::Storage(class)) => class,
            Node::Unknown(name) => return Err(Error::refused(format!("`{name}` is no known class of storages"))),
            _ => return Err(malformed()),
        };
        let number = |id| graph.int(id).and_then(|n| u64::try_from(n).ok());
        let key = graph.text(key).ok_or_else(malformed)?;
        let count = number(count).ok_or_else(malformed)?;
        let part = match view.map(|view| (graph.node(view), graph.tuple(view))) {
            None | Some((Node::None, _)) => None,
            Some((_, Some(&[_key, first, count]))) => Some(number(first).zip(number(count)).ok_or_else(malformed)?),
            _ => return Err(malformed()),
        };
        Ok(Self { class, key, count, part })
    }
}

impl Persistent for Storages {
    fn tensor(&self, graph: &Graph<Global>, id: NodeId) -> Result<Found> {
        let id = StorageId::read(graph, id)?;
        let Some(dtype) = id.class.dtype else {
            return Ok(Found::Refused(Error::refused("a quantized tensor: only dense tensors are read")));
        };
        let Some(place) = self.find(id.key) else {
            return Err(Error::corrupt(format!("storage `{}` was never named", id.key)));
        };
        let (first, count) = id.part.unwrap_or((0, id.count));
        // That these products fit was checked when the storage was added.
        let within =
            first.checked_mul(id.class.size()).zip(first.checked_add(count)).filter(|&(_, end)| end <= id.count);
        let Some((start, _)) = within else {
            return Err(Error::corrupt(format!("a part of storage `{}` is outside of it", id.key)));
        };
        let shape = Shape::from_u64([count])?;
        let end = start.saturating_add(count.saturating_mul(id.class.size()));
        Ok(Found::Tensor(Origin::Storage(place), View::whole(dtype, shape, false, start..end)))
    }

    fn storages(&mut self) -> &mut Storages {
        self
    }
}

impl Dialect for Storages {
    type Global = Global;

    fn persistent(&mut self, graph: &Graph<Global>, id: NodeId) -> Result<Option<NodeId>> {
        // A class in a file of the legacy format: `('module', class, source file, source)`.
        if let Some(&[kind, class, ..]) = graph.tuple(id)
            && graph.text(kind) == Some("module")
        {
            return Ok(Some(class));
        }
        let id = StorageId::read(graph, id)?;
        self.add(id.key, id.class, id.count)?;
        Ok(None)
    }
}
