//! The tensor file: numeric datasets by their paths, everything else as values.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use super::tree::{Holds, Node};
use super::{Attribute, Dataset, Decoder, File, Link, Medium, Object, Target};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{PlainBytes, TensorEntry, TensorFile};
use crate::limits::Budget;
use crate::shape::Shape;
use crate::source::{self, Source};
use crate::tensor::TensorData;
use crate::value::Value;

/// An open HDF5 file.
///
/// A dataset of numbers is a tensor, named by its path without the leading slash (`model_weights/dense/kernel:0`). Integers,
/// floats and bit fields that fill their bytes are such numbers, in either byte order; so are h5py's truth values, other
/// enums (their integers), complex numbers, and opaque elements of two bytes, which is how NumPy's extension stores bfloat16.
///
/// [`TensorFile::values`] is the tree: a group is an object of class `group` with `attributes` and `members`, a dataset one of class
/// `dataset` with `attributes` and `value`, which is the tensor's place or, for text, records and the like, what it holds.
/// [`TensorFile::metadata`] has the root's attributes that are text.
///
/// An object that two links lead to has two names and one [`TensorEntry::storage`]; a group is entered once, by the first link, so
/// that a circle ends. Links that are not to be followed, and datasets that cannot be read, are [`TensorFile::refusals`].
pub struct Hdf5File {
    medium: Medium,
    metadata: BTreeMap<String, String>,
    values: Value,
    entries: Vec<TensorEntry>,
    tensors: Vec<Tensor>,
    refusals: Vec<(String, Error)>,
}

/// What is needed to read a tensor.
enum Tensor {
    /// Its bytes are here in the file, and are those that it has in memory.
    Plain(Range<u64>),
    /// Its bytes are made of those of a dataset, whose elements may be `reversed`: big-endian.
    Made { dataset: Arc<Dataset>, reversed: bool },
}

impl Hdf5File {
    /// Opens an HDF5 file: reads all that is not tensor data.
    ///
    /// # Errors
    /// [`ErrorKind::WrongFormat`] without a signature; what is broken in the structure; [`ErrorKind::Limit`].
    pub fn open(source: Arc<dyn Source>, budget: &Budget) -> Result<Self> {
        let (file, tree) = Self::open_tree(source, budget)?;
        Ok(Self { values: tree.into_value(), ..file })
    }

    /// As [`Self::open`], with the tree beside the file instead of its values.
    pub(crate) fn open_tree(source: Arc<dyn Source>, budget: &Budget) -> Result<(Self, Node)> {
        let file = File::open(source, budget)?;
        let mut walk = Walk {
            file: &file,
            decoder: Decoder::new(&file.medium),
            groups: BTreeMap::new(),
            datasets: BTreeMap::new(),
            extents: Vec::new(),
            entries: Vec::new(),
            tensors: Vec::new(),
            refusals: Vec::new(),
        };
        let tree = walk.object(file.root, "", 0)?;
        walk.check_extents()?;
        let Walk { mut entries, mut tensors, refusals, .. } = walk;
        entries.shrink_to_fit();
        tensors.shrink_to_fit();
        let metadata = texts(&tree.attributes);
        Ok((Self { medium: file.medium, metadata, values: Value::Null, entries, tensors, refusals }, tree))
    }

    /// Takes the values out, for a reader that has them as its own.
    pub(crate) fn take_values(&mut self) -> Value {
        core::mem::replace(&mut self.values, Value::Null)
    }

    /// Takes the refusals out, for a reader that names them otherwise.
    pub(crate) fn take_refusals(&mut self) -> Vec<(String, Error)> {
        core::mem::take(&mut self.refusals)
    }
}

impl TensorFile for Hdf5File {
    fn format(&self) -> &'static str {
        "hdf5"
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
        let (Some(entry), Some(tensor)) = (self.entries.get(index), self.tensors.get(index)) else {
            return Err(Error::argument(format!("tensor {index} of {}", self.entries.len())));
        };
        let (source, dtype, shape) = (&self.medium.source, entry.dtype, entry.shape.clone());
        let data = match tensor {
            Tensor::Plain(range) => source::read_tensor(source, range.start, dtype, shape, false),
            Tensor::Made { dataset, reversed } => dataset.tensor(&self.medium, dtype, *reversed, shape),
        };
        data.map_err(|error| error.in_tensor(&entry.name))
    }

    fn plain_bytes(&self, index: usize) -> Option<PlainBytes<'_>> {
        let (entry, Tensor::Plain(range)) = self.entries.get(index).zip(self.tensors.get(index))? else { return None };
        let len = usize::try_from(range.end - range.start).ok()?;
        Some(PlainBytes::new(len, move |out| {
            self.medium.source.read_at(range.start, out).map_err(|error| error.in_tensor(&entry.name))
        }))
    }
}

/// The entries that are text.
fn texts(entries: &[(String, Value)]) -> BTreeMap<String, String> {
    entries.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_string()))).collect()
}

/// A walk from the root over all objects.
struct Walk<'f> {
    file: &'f File,
    decoder: Decoder<'f>,
    /// Groups that were entered, with the path by which they were.
    groups: BTreeMap<u64, String>,
    /// Datasets that were met, whose expansion is charged once.
    datasets: BTreeMap<u64, Arc<Dataset>>,
    /// Where the data of each dataset lie, with its name.
    extents: Vec<(Range<u64>, String)>,
    entries: Vec<TensorEntry>,
    tensors: Vec<Tensor>,
    refusals: Vec<(String, Error)>,
}

impl Walk<'_> {
    /// The object at `address`; what stands below it is added to the lists.
    fn object(&mut self, address: u64, path: &str, depth: u64) -> Result<Node> {
        let file = self.file;
        let budget = &file.medium.budget;
        budget.check_depth(depth)?;
        // Paths repeat the names of the groups above: what they take is not in the file.
        budget.charge_expanded(path.len() as u64)?;
        let object = file.object(address)?;
        if object.is_dataset() {
            return self.dataset(&object, address, path);
        }
        if !object.is_group() {
            let attributes = self.attributes(&object.attributes()?, path)?;
            return Ok(Node { attributes, holds: Holds::Datatype });
        }
        if let Some(first) = self.groups.insert(address, path.to_string()) {
            self.refuse(path, Error::refused(format!("a link back to the group `/{first}`, which is listed there")));
            self.groups.insert(address, first);
            return Ok(Node::NOTHING);
        }
        let attributes = self.attributes(&object.attributes()?, path)?;
        let links = object.links()?;
        // As long as it gets: what grows is up to four times as large, in files of thousands of small groups.
        let mut members = Vec::with_capacity(links.len());
        for Link { name, target, .. } in links {
            let below = if path.is_empty() { name.clone() } else { [path, "/", &name].concat() };
            let member = match target {
                Target::Object(address) => self.object(address, &below, depth + 1)?,
                Target::Soft(to) => self.refuse(&below, Error::refused(format!("a soft link to `{to}`"))),
                Target::Outside => self.refuse(&below, Error::refused("a link to another file")),
            };
            members.push((name, member));
        }
        Ok(Node { attributes, holds: Holds::Members(members) })
    }

    /// Notes what is not given, and gives nothing in its place.
    fn refuse(&mut self, path: &str, error: Error) -> Node {
        self.refusals.push((path.to_string(), error));
        Node::NOTHING
    }

    fn attributes(&mut self, attributes: &[Attribute], path: &str) -> Result<Vec<(String, Value)>> {
        let mut values = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            let value = self.decoder.all(&attribute.datatype, &attribute.dataspace, &attribute.data);
            let value = match value {
                Err(error) if is_refusal(&error) => {
                    self.refuse(&format!("{path}@{}", attribute.name), error);
                    Value::Null
                }
                value => value?,
            };
            values.push((attribute.name.clone(), value));
        }
        Ok(values)
    }

    fn dataset(&mut self, object: &Object<'_>, address: u64, path: &str) -> Result<Node> {
        let attributes = self.attributes(&object.attributes()?, path)?;
        let holds = match self.dataset_value(object, address, path) {
            Err(error) if is_refusal(&error) => {
                self.refuse(path, error.in_tensor(path));
                Holds::Data(Box::new(Value::Null))
            }
            holds => holds.map_err(|error| error.in_tensor(path))?,
        };
        Ok(Node { attributes, holds })
    }

    /// A dataset's place among the tensors, or what it holds.
    fn dataset_value(&mut self, object: &Object<'_>, address: u64, path: &str) -> Result<Holds> {
        let medium = &self.file.medium;
        let dataset = self.known_dataset(object, address, path)?;
        let Some((dtype, reversed)) = dataset.datatype.tensor_dtype() else {
            let bytes = dataset.read(medium, DType::U8)?.freeze();
            let value = self.decoder.all(&dataset.datatype, &dataset.dataspace, &bytes)?;
            return Ok(Holds::Data(Box::new(value)));
        };
        if dataset.dataspace == super::Dataspace::Null {
            return Ok(Holds::Data(Box::new(Value::Null)));
        }
        let shape = Shape::from_u64(dataset.dataspace.dims())?;
        medium.budget.check_tensors(self.entries.len() as u64 + 1)?;
        let len = dtype.byte_len(shape.num_elements()).map(|len| len as u64);
        self.tensors.push(match dataset.extent(medium)? {
            Some(extent) if !reversed && Some(extent.end - extent.start) == len => Tensor::Plain(extent),
            _ => Tensor::Made { dataset, reversed },
        });
        let (name, storage) = (path.to_string(), Some(address));
        self.entries.push(TensorEntry { name, dtype, shape, param_id: None, storage });
        Ok(Holds::Tensor(self.entries.len() - 1))
    }

    /// The dataset at `address`, read once.
    fn known_dataset(&mut self, object: &Object<'_>, address: u64, path: &str) -> Result<Arc<Dataset>> {
        if let Some(dataset) = self.datasets.get(&address) {
            return Ok(Arc::clone(dataset));
        }
        let medium = &self.file.medium;
        let dataset = Arc::new(object.dataset()?);
        // Charged when the file is opened: a bomb is told at once, and reading twice costs nothing more.
        let expanded = dataset.expanded_len()?;
        medium.budget.charge_expanded(expanded).inspect_err(|_| medium.budget.refund_expanded(expanded))?;
        if let Some(extent) = dataset.extent(medium)? {
            self.extents.push((extent, path.to_string()));
        }
        self.datasets.insert(address, Arc::clone(&dataset));
        Ok(dataset)
    }

    /// No two datasets lie in the same bytes: a change of one would be a change of the other, and one of the two is not what was
    /// written.
    fn check_extents(&mut self) -> Result<()> {
        self.extents.retain(|(extent, _)| !extent.is_empty());
        self.extents.sort_by_key(|(extent, _)| extent.start);
        for pair in self.extents.windows(2) {
            if let [(before, first), (after, second)] = pair
                && after.start < before.end
            {
                let error = Error::corrupt(format!("its bytes are also those of `{first}`"));
                return Err(error.in_tensor(second).at(after.start..before.end));
            }
        }
        Ok(())
    }
}

/// Whether the rest of the file can be read all the same.
fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused { .. } | ErrorKind::Limit { .. } | ErrorKind::ShapeOverflow { .. })
}
