//! The tensor file: an HDF5 file, alone or in a zip, with its configuration.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::layers::{self, Layer};
use super::owners::Owners;
use super::{json, names};
use crate::error::{Error, ErrorKind, Result};
use crate::format::hdf5::{Hdf5File, Node};
use crate::format::zip::{Archive, Method};
use crate::format::{PlainBytes, TensorEntry, TensorFile};
use crate::limits::Budget;
use crate::source::Source;
use crate::tensor::TensorData;
use crate::value::Value;

/// Members of a `.keras` zip.
const CONFIG: &str = "config.json";
const METADATA: &str = "metadata.json";
const WEIGHTS: &str = "model.weights.h5";
/// Attributes of a whole-model `.h5` that are JSON.
const JSON_ATTRIBUTES: [&str; 2] = ["model_config", "training_config"];

/// An open Keras file: a whole model (`.h5`, `.keras`) or weights (`.weights.h5`, old `.h5`).
///
/// [`TensorFile::values`] is a map of the root's attributes (in a `.keras` of what `metadata.json` says) in which `model_config` and
/// `training_config` are trees instead of JSON text, and of `optimizer_weights`, a tree of the optimizer's tensors.
/// [`TensorFile::metadata`] has the texts as they are.
pub struct KerasFile {
    weights: Hdf5File,
    /// The zip that the weights are in.
    archive: Option<Archive>,
    metadata: BTreeMap<String, String>,
    values: Value,
    layers: Vec<Layer>,
    /// None where nothing says what layers were made with.
    owners: Option<Owners>,
    model_names: Vec<Option<String>>,
}

impl KerasFile {
    /// Opens a Keras file, whichever of its formats it is: reads all that is not tensor data.
    ///
    /// # Errors
    /// Those of [`Hdf5File::open`] and of [`Archive::open`]; [`ErrorKind::WrongFormat`] for a zip that is no `.keras`;
    /// [`ErrorKind::Corrupt`] where the configuration is not JSON.
    pub fn open(source: Arc<dyn Source>, budget: &Budget) -> Result<Self> {
        const ZIP: [u8; 4] = *b"PK\x03\x04";
        let mut start = [0; ZIP.len()];
        if source.len() >= ZIP.len() as u64 {
            source.read_at(0, &mut start)?;
        }
        if start == ZIP { Self::open_zip(source, budget) } else { Self::open_hdf5(source, budget) }
    }

    /// The layers, in the model's order.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    fn open_hdf5(source: Arc<dyn Source>, budget: &Budget) -> Result<Self> {
        let (weights, tree) = Hdf5File::open_tree(source, budget)?;
        let metadata = weights.metadata().clone();
        let mut values = tree.attributes.clone();
        for (name, value) in &mut values {
            if JSON_ATTRIBUTES.contains(&name.as_str())
                && let Value::Str(text) = value
            {
                *value = json::parse(text, &format!("attribute `{name}`"), budget)?;
            }
        }
        Self::new((weights, &tree), None, metadata, values, budget)
    }

    fn open_zip(source: Arc<dyn Source>, budget: &Budget) -> Result<Self> {
        let archive = Archive::open(source, budget)?;
        let member = |name: &str| {
            let found = || format!("a zip without `{name}`");
            archive.find(name).ok_or_else(|| Error::new(ErrorKind::WrongFormat { expected: "Keras", found: found() }))
        };
        let text = |name: &str| -> Result<String> {
            let entry = member(name)?;
            budget.check_header(entry.size())?;
            let bytes = archive.read(entry)?;
            match core::str::from_utf8(&bytes) {
                Ok(text) => Ok(text.to_string()),
                Err(_) => Err(Error::corrupt(format!("`{name}` is not UTF-8"))),
            }
        };
        let config = text(CONFIG)?;
        let model = json::parse(&config, CONFIG, budget)?;
        let mut values = match archive.find(METADATA) {
            Some(_) => match json::parse(&text(METADATA)?, METADATA, budget)? {
                Value::Map(entries) => entries,
                _ => return Err(Error::corrupt(format!("`{METADATA}` is no object"))),
            },
            None => Vec::new(),
        };
        let text_of = |(name, value): &(String, Value)| Some((name.clone(), value.as_str()?.to_string()));
        let mut metadata: BTreeMap<String, String> = values.iter().filter_map(text_of).collect();
        metadata.insert("model_config".to_string(), config);
        let training = model.get("compile_config").filter(|config| **config != Value::Null).cloned();
        set(&mut values, "model_config", model);
        if let Some(training) = training {
            set(&mut values, "training_config", training);
        }
        let entry = member(WEIGHTS)?;
        let inner: Arc<dyn Source> = match entry.method() {
            // Read in place; the CRC is checked when the first tensor is read.
            Method::Stored => Arc::new(archive.section(entry)?),
            _ => Arc::new(archive.read(entry)?),
        };
        let (weights, tree) = Hdf5File::open_tree(inner, budget)?;
        Self::new((weights, &tree), Some(archive), metadata, values, budget)
    }

    fn new(
        (weights, tree): (Hdf5File, &Node),
        archive: Option<Archive>,
        metadata: BTreeMap<String, String>,
        mut values: Vec<(String, Value)>,
        budget: &Budget,
    ) -> Result<Self> {
        let optimizer = ["optimizer_weights", "optimizer", "_optimizer"];
        if let Some(group) = optimizer.iter().find_map(|name| tree.member(name)) {
            set(&mut values, "optimizer_weights", group.plain());
        }
        let values = Value::Map(values);
        let model = values.get("model_config").unwrap_or(&Value::Null);
        let layers = layers::of_file(tree, weights.tensors(), model, budget)?;
        let owners = (*model != Value::Null).then(|| Owners::of(&layers, weights.tensors().len()));
        let model_names = names::in_model(tree, weights.tensors(), &layers);
        Ok(Self { weights, archive, metadata, values, layers, owners, model_names })
    }

    /// Checks the CRC of the weights in a zip: once, the archive remembers.
    fn check_crc(&self) -> Result<()> {
        match self.archive.as_ref().and_then(|archive| Some((archive, archive.find(WEIGHTS)?))) {
            Some((archive, entry)) => archive.check_crc(entry),
            None => Ok(()),
        }
    }
}

impl TensorFile for KerasFile {
    fn format(&self) -> &'static str {
        "keras"
    }

    fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    fn values(&self) -> &Value {
        &self.values
    }

    fn tensors(&self) -> &[TensorEntry] {
        self.weights.tensors()
    }

    fn model_names(&self) -> Option<&[Option<String>]> {
        Some(&self.model_names)
    }

    fn layer_config(&self, index: usize) -> Option<&Value> {
        self.owners.as_ref()?.config(&self.layers, index, &self.tensors().get(index)?.name)
    }

    fn refusals(&self) -> &[(String, Error)] {
        self.weights.refusals()
    }

    fn read(&self, index: usize) -> Result<TensorData> {
        self.check_crc()?;
        self.weights.read(index)
    }

    fn plain_bytes(&self, index: usize) -> Option<PlainBytes<'_>> {
        let plain = self.weights.plain_bytes(index)?;
        Some(PlainBytes::new(plain.len(), move |out| self.check_crc().and_then(|()| plain.read_into(out))))
    }

    fn verify(&self) -> Result<()> {
        if let Some(archive) = &self.archive {
            archive.entries().iter().try_for_each(|entry| archive.check_crc(entry))?;
        }
        self.weights.verify()
    }
}

/// Sets an entry: what the file itself calls so gives way.
fn set(values: &mut Vec<(String, Value)>, name: &str, value: Value) {
    values.retain(|(key, _)| key != name);
    values.push((name.to_string(), value));
}
