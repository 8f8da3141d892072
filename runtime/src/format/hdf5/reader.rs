//! The tensor file: numeric datasets by their paths, everything else as values.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Attribute, Dataset, Decoder, File, Link, Medium, Object, Target};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{PlainBytes, TensorEntry, TensorFile};
use crate::limits::Budget;
use crate::shape::Shape;
use crate::source::Source;
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
struct Tensor {
    dataset: Arc<Dataset>,
    reversed: bool,
}

impl Hdf5File {
    /// Opens an HDF5 file: reads all that is not tensor data.
    ///
    /// # Errors
    /// [`ErrorKind::WrongFormat`] without a signature; what is broken in the structure; [`ErrorKind::Limit`].
    pub fn open(source: Arc<dyn Source>, budget: &Budget) -> Result<Self> {
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
        let values = walk.object(file.root, "", 0)?;
        walk.check_extents()?;
        let Walk { mut entries, mut tensors, refusals, .. } = walk;
        entries.shrink_to_fit();
        tensors.shrink_to_fit();
        let metadata = texts(values.get("attributes"));
        Ok(Self { medium: file.medium, metadata, values, entries, tensors, refusals })
    }

    /// Takes the tree out, for a reader that makes its own of it: with many objects it is larger than all else that is kept.
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
        let data = tensor.dataset.tensor(&self.medium, entry.dtype, tensor.reversed, entry.shape.clone());
        data.map_err(|error| error.in_tensor(&entry.name))
    }

    fn plain_bytes(&self, index: usize) -> Option<PlainBytes<'_>> {
        let (entry, tensor) = self.entries.get(index).zip(self.tensors.get(index))?;
        let len = entry.dtype.byte_len(entry.shape.num_elements()).filter(|_| !tensor.reversed)?;
        tensor.dataset.plain_bytes(&self.medium, len, &entry.name)
    }
}

/// The entries of a map that are text.
fn texts(attributes: Option<&Value>) -> BTreeMap<String, String> {
    let Some(Value::Map(entries)) = attributes else { return BTreeMap::new() };
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
    extents: Vec<(core::ops::Range<u64>, String)>,
    entries: Vec<TensorEntry>,
    tensors: Vec<Tensor>,
    refusals: Vec<(String, Error)>,
}

impl Walk<'_> {
    /// The object at `address`, as a value; what stands below it is added to the lists.
    fn object(&mut self, address: u64, path: &str, depth: u64) -> Result<Value> {
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
            return Ok(described("datatype", attributes, None));
        }
        if let Some(first) = self.groups.insert(address, path.to_string()) {
            self.refuse(path, Error::refused(format!("a link back to the group `/{first}`, which is listed there")));
            self.groups.insert(address, first);
            return Ok(Value::Null);
        }
        let attributes = self.attributes(&object.attributes()?, path)?;
        let links = object.links()?;
        // As long as it gets: what grows is up to four times as large, in files of thousands of small groups.
        let mut members = Vec::with_capacity(links.len());
        for Link { name, target, .. } in links {
            let below = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            let value = match target {
                Target::Object(address) => self.object(address, &below, depth + 1)?,
                Target::Soft(to) => self.refuse(&below, Error::refused(format!("a soft link to `{to}`"))),
                Target::Outside => self.refuse(&below, Error::refused("a link to another file")),
            };
            members.push((name, value));
        }
        Ok(described("group", attributes, Some(("members", Value::Map(members)))))
    }

    /// Notes what is not given, and gives nothing in its place.
    fn refuse(&mut self, path: &str, error: Error) -> Value {
        self.refusals.push((path.to_string(), error));
        Value::Null
    }

    fn attributes(&mut self, attributes: &[Attribute], path: &str) -> Result<Value> {
        let mut values = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            let value = self.decoder.all(&attribute.datatype, &attribute.dataspace, &attribute.data);
            let value = match value {
                Err(error) if is_refusal(&error) => self.refuse(&format!("{path}@{}", attribute.name), error),
                value => value?,
            };
            values.push((attribute.name.clone(), value));
        }
        Ok(Value::Map(values))
    }

    fn dataset(&mut self, object: &Object<'_>, address: u64, path: &str) -> Result<Value> {
        let attributes = self.attributes(&object.attributes()?, path)?;
        let value = match self.dataset_value(object, address, path) {
            Err(error) if is_refusal(&error) => self.refuse(path, error.in_tensor(path)),
            value => value.map_err(|error| error.in_tensor(path))?,
        };
        Ok(described("dataset", attributes, Some(("value", value))))
    }

    /// A dataset's place among the tensors, or what it holds.
    fn dataset_value(&mut self, object: &Object<'_>, address: u64, path: &str) -> Result<Value> {
        let medium = &self.file.medium;
        let dataset = self.known_dataset(object, address, path)?;
        let Some((dtype, reversed)) = dataset.datatype.tensor_dtype() else {
            let bytes = dataset.read(medium, DType::U8)?.freeze();
            return self.decoder.all(&dataset.datatype, &dataset.dataspace, &bytes);
        };
        if dataset.dataspace == super::Dataspace::Null {
            return Ok(Value::Null);
        }
        let shape = Shape::from_u64(dataset.dataspace.dims())?;
        medium.budget.check_tensors(self.entries.len() as u64 + 1)?;
        let (name, storage) = (path.to_string(), Some(address));
        self.entries.push(TensorEntry { name, dtype, shape, param_id: None, storage });
        self.tensors.push(Tensor { dataset, reversed });
        Ok(Value::Tensor(self.entries.len() - 1))
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

/// An object of the tree.
fn described(class: &str, attributes: Value, rest: Option<(&str, Value)>) -> Value {
    let mut fields = Vec::with_capacity(1 + usize::from(rest.is_some()));
    fields.push(("attributes".to_string(), attributes));
    fields.extend(rest.map(|(name, value)| (name.to_string(), value)));
    Value::Object { class: class.to_string(), fields }
}
