//! Records of tensors that are known by name alone.

use alloc::borrow::Cow;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::encoding::{Encoding, Json, NamedMpk, PrettyJson, Writing};
use super::file::sealed::Compress;
use super::file::{Gzip, Plain};
use super::options::Options;
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{TensorEntry, TensorSet};
use crate::record::{
    BFloat16PrecisionSettings, Container, DoublePrecisionSettings, FullPrecisionSettings, HalfPrecisionSettings,
    LeafRef, ParamId, PrecisionSettings, Role, Schema, TensorSource, Tree,
};
use crate::shape::Shape;
use crate::source::Sink;
use crate::tensor::{TensorData, TensorView};
use crate::xxh3::xxh3_64;

/// Writes tensors as a record that Burn loads into a module with these parameters, and Vellum too: `.mpk` or `.json`, plain or compressed.
///
/// The parts of a name between dots are fields; those that count from `0` without a gap are the items of a `Vec`. Each tensor is a
/// parameter: with its id, or with one that is made of its name. The record has the precision of the tensors' floats, which have to be
/// of one dtype, and its integers are converted to the precision's.
///
/// What the names do not say is not in the record: a field without tensors, such as an activation, is missing, and loading into a module
/// that has one needs a reader that allows it. Nor do they say how a matrix lies: it is written as it is given, and read as lying in rows.
/// The weight of a linear layer in columns that a record of Burn's own has must be transposed before.
///
/// Needs the features `gzip`, `json` and `mpk`.
#[derive(Clone, Copy, Debug)]
pub struct RecordWriter {
    json: bool,
    compressed: bool,
}

impl RecordWriter {
    /// MessagePack.
    pub fn mpk() -> Self {
        Self { json: false, compressed: false }
    }

    /// JSON: with a line for each value, or compressed without blanks, as Burn has it.
    pub fn json() -> Self {
        Self { json: true, compressed: false }
    }

    /// Whether the record is compressed by gzip.
    #[must_use]
    pub fn compressed(mut self, compressed: bool) -> Self {
        self.compressed = compressed;
        self
    }

    /// Writes the tensors of `set`, one in memory at a time.
    ///
    /// # Errors
    /// [`ErrorKind::Unrepresentable`] for names of which one goes on where another ends, floats of several dtypes, a dtype that Burn's
    /// records have not; an integer that the precision cannot hold; those of the set and of the sink.
    pub fn write(&self, set: &dyn TensorSet, sink: &mut dyn Sink) -> Result<()> {
        match float_of(set.entries())? {
            DType::F16 => self.write_in::<HalfPrecisionSettings>(set, sink),
            DType::BF16 => self.write_in::<BFloat16PrecisionSettings>(set, sink),
            DType::F64 => self.write_in::<DoublePrecisionSettings>(set, sink),
            _ => self.write_in::<FullPrecisionSettings>(set, sink),
        }
    }

    fn write_in<S: PrecisionSettings>(self, set: &dyn TensorSet, sink: &mut dyn Sink) -> Result<()> {
        match (self.json, self.compressed) {
            (false, false) => write::<NamedMpk, Plain, S>(set, sink),
            (false, true) => write::<NamedMpk, Gzip, S>(set, sink),
            (true, false) => write::<PrettyJson, Plain, S>(set, sink),
            (true, true) => write::<Json, Gzip, S>(set, sink),
        }
    }
}

fn write<E: Encoding, C: Compress, S: PrecisionSettings>(set: &dyn TensorSet, sink: &mut dyn Sink) -> Result<()> {
    let mut root = Node::default();
    for (index, entry) in set.entries().iter().enumerate() {
        root.add(index, entry)?;
    }
    let tree = root.into_tree(set)?;
    let (recorder, _) = E::FILE_RECORDERS[usize::from(C::GZIP)];
    // There is no type: what is in the record, its names say.
    let writing = Writing::new::<S>(&tree, || Schema::Nil, recorder, &Options::default())?;
    C::write(sink, &mut |sink| E::write(&writing, sink))
}

fn unrepresentable(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unrepresentable { format: "a Burn record", what: what.into() })
}

/// The one dtype of the floats.
fn float_of(entries: &[TensorEntry]) -> Result<DType> {
    let mut floats = entries.iter().filter(|entry| entry.dtype.kind() == DTypeKind::Float);
    let Some(first) = floats.next() else { return Ok(DType::F32) };
    if !matches!(first.dtype, DType::F16 | DType::BF16 | DType::F32 | DType::F64) {
        return Err(unrepresentable(format!("dtype {}", first.dtype)).in_tensor(&first.name));
    }
    match floats.find(|entry| entry.dtype != first.dtype) {
        None => Ok(first.dtype),
        Some(other) => {
            let what =
                format!("floats of {}, where `{}` has {}: a record has one type", other.dtype, first.name, first.dtype);
            Err(unrepresentable(what).in_tensor(&other.name))
        }
    }
}

/// What a part of a name leads to.
#[derive(Default)]
struct Node {
    tensor: Option<usize>,
    inner: BTreeMap<String, Node>,
}

/// Levels of names. Readers allow few more levels of nesting.
const DEPTH: usize = 100;

impl Node {
    fn add(&mut self, index: usize, entry: &TensorEntry) -> Result<()> {
        let wrong = |what: &str| unrepresentable(what).in_tensor(&entry.name);
        let mut node = self;
        if !entry.name.is_empty() {
            for (level, part) in entry.name.split('.').enumerate() {
                if level == DEPTH {
                    return Err(wrong("a name of so many parts"));
                }
                if node.tensor.is_some() {
                    return Err(wrong("a name that goes on where another tensor's ends"));
                }
                node = node.inner.entry(part.to_string()).or_default();
            }
        }
        if node.tensor.is_some() || !node.inner.is_empty() {
            return Err(wrong("a name that ends where another tensor's goes on, or does too"));
        }
        node.tensor = Some(index);
        Ok(())
    }

    fn into_tree(self, set: &dyn TensorSet) -> Result<Tree<LeafRef<'_>>> {
        if let Some(index) = self.tensor {
            let entry = &set.entries()[index];
            let id = entry.param_id.unwrap_or_else(|| xxh3_64(entry.name.as_bytes()));
            let leaf = LeafRef::new(Role::Param, Member { set, index }).param(ParamId::from(id), true);
            return Ok(Tree::Leaf(leaf));
        }
        let indices: BTreeSet<usize> = self.inner.keys().filter_map(|key| index_of(key)).collect();
        let is_list =
            !indices.is_empty() && indices.len() == self.inner.len() && indices.last() == Some(&(indices.len() - 1));
        if is_list {
            let mut items: Vec<_> = self.inner.into_iter().map(|(key, node)| (index_of(&key), node)).collect();
            items.sort_by_key(|(index, _)| *index);
            let items = items.into_iter().map(|(_, node)| node.into_tree(set));
            return Ok(Tree::Seq(Container::Vec, items.collect::<Result<_>>()?));
        }
        let fields = self.inner.into_iter().map(|(key, node)| Ok((key, node.into_tree(set)?)));
        Ok(Tree::Map(fields.collect::<Result<_>>()?))
    }
}

/// The number that a part of a name is, written as numbers are.
fn index_of(part: &str) -> Option<usize> {
    part.parse().ok().filter(|index: &usize| index.to_string() == part)
}

/// A tensor of a set, asked for when it is written.
struct Member<'a> {
    set: &'a dyn TensorSet,
    index: usize,
}

impl Member<'_> {
    fn entry(&self) -> &TensorEntry {
        &self.set.entries()[self.index]
    }

    fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.set.write_to(self.index, &mut |piece| bytes.put(piece))?;
        Ok(bytes)
    }
}

impl TensorSource for Member<'_> {
    fn dtype(&self) -> DType {
        self.entry().dtype
    }

    fn shape(&self) -> Shape {
        self.entry().shape.clone()
    }

    fn view(&self) -> Result<TensorView<'_>> {
        TensorView::new(Cow::Owned(self.bytes()?), self.shape(), self.dtype())
    }

    fn to_data(&self) -> Result<TensorData> {
        TensorData::new(self.bytes()?.into(), self.shape(), self.dtype())
    }
}
