//! An open file.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::array::Array;
use super::joblib::Joblib;
use super::listing::Listing;
use super::tree::{Attribute, Estimator};
use super::unpack::Packing;
use super::walk::{self, File};
use crate::error::{Error, ErrorKind, Result};
use crate::format::detect::{detect, is_pickle};
use crate::format::{FileFormat, PlainBytes, ReadOptions, TensorEntry, TensorFile, pickle};
use crate::limits::Budget;
use crate::source::{self, Source};
use crate::tensor::TensorData;
use crate::value::Value;

/// Bytes that a pickle is known by.
const HEAD: u64 = 256;

/// An open pickle or file of joblib.
///
/// What it holds is a tree ([`SklearnFile::root`]); most often its root is an estimator ([`SklearnFile::estimator`]). As a
/// [`TensorFile`] it lists every array of the tree by its path: names of attributes, keys of dicts and numbers of items, joined by dots
/// (`steps.0.1.mean_`). Arrays of objects are numbered in row-major order (`estimators_.5`), the fields of records are named
/// (`nodes.value`), scalars of NumPy and floats that an estimator learnt are arrays without axes. All else is in
/// [`TensorFile::values`]. Arrays that are one object in Python have the same [`TensorEntry::storage`].
pub struct SklearnFile {
    root: Attribute,
    entries: Vec<TensorEntry>,
    /// As many as entries.
    arrays: Vec<Array>,
    refusals: Vec<(String, Error)>,
    values: Value,
    metadata: BTreeMap<String, String>,
    /// Bytes behind the pickle.
    trailing: Option<Range<u64>>,
}

impl SklearnFile {
    /// Opens the file in `source`: reads the pickle, and leaves the arrays where they are. A compressed file is unpacked into memory as
    /// a whole, and its arrays share that.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] where the pickle would run code or makes an unknown class with arguments, naming
    /// it; [`ErrorKind::Corrupt`], [`ErrorKind::Truncated`],
    /// [`ErrorKind::Limit`], [`ErrorKind::UnknownVersion`];
    /// [`ErrorKind::WrongFormat`] if it is no pickle, or no compressed one.
    pub fn open(source: Arc<dyn Source>, options: &ReadOptions) -> Result<Self> {
        let budget = Budget::new(options.limits.clone(), source.len());
        let found = detect(&source)?;
        let packing = Packing::of(found);
        let (source, share) = match packing {
            Some(packing) => (Arc::new(packing.unpack(&source, &budget)?) as Arc<dyn Source>, true),
            // Its last byte may be wrong, or bytes behind it: that is for the machine to say.
            None if matches!(found, FileFormat::Pickle | FileFormat::Unknown) => (source, options.share),
            None => return Err(wrong_format(found.to_string())),
        };
        if let Some(packing) = packing
            && !is_pickle(&source::read_vec(&source, 0, source.len().min(HEAD))?)
        {
            return Err(wrong_format(format!("{} stream of something else than a pickle", packing.name())));
        }
        let mut joblib = Joblib::new(&source, &budget);
        let pickle = pickle::read(&source, 0..source.len(), &mut joblib, &budget)?;
        let Joblib { behind, pickles, .. } = joblib;
        let file = File { source: &source, share, behind: &behind, pickles: &pickles, budget: &budget };
        let root = walk::tree(&file, &pickle.graph, pickle.root)?;
        let mut listing = Listing::new(&budget);
        let values = listing.value(&root)?;
        let Listing { mut entries, mut arrays, refusals, .. } = listing;
        entries.shrink_to_fit();
        arrays.shrink_to_fit();
        let trailing = (pickle.end < source.len()).then(|| pickle.end..source.len());
        let container = if behind.is_empty() { "pickle" } else { "joblib" };
        let mut metadata = metadata(&root, container);
        metadata.extend(packing.map(|packing| ("compression".into(), packing.name().into())));
        Ok(Self { root, entries, arrays, refusals, values, metadata, trailing })
    }

    /// What the file holds.
    pub fn root(&self) -> &Attribute {
        &self.root
    }

    /// The estimator that the file holds.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] if it is something else, such as a dict of arrays.
    pub fn estimator(&self) -> Result<&Estimator> {
        self.root.as_estimator()
    }
}

fn wrong_format(found: String) -> Error {
    Error::new(ErrorKind::WrongFormat { expected: "scikit-learn", found })
}

/// The class and the version of scikit-learn of an estimator, and how it is kept.
fn metadata(root: &Attribute, container: &str) -> BTreeMap<String, String> {
    let mut metadata = BTreeMap::from([("container".into(), container.into())]);
    if let Attribute::Estimator(estimator) = root {
        metadata.insert("class".into(), estimator.class.clone());
        metadata.extend(estimator.version().map(|version| ("sklearn_version".into(), version.into())));
    }
    metadata
}

impl TensorFile for SklearnFile {
    fn format(&self) -> &'static str {
        super::NAME
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
        let (Some(array), Some(entry)) = (self.arrays.get(index), self.entries.get(index)) else {
            return Err(Error::argument(format!("the file has no tensor {index}")));
        };
        array.read().map_err(|error| error.in_tensor(&entry.name))
    }

    fn plain_bytes(&self, index: usize) -> Option<PlainBytes<'_>> {
        let (array, entry) = self.arrays.get(index).zip(self.entries.get(index))?;
        array.plain_bytes(&entry.name)
    }

    /// Checks that nothing is behind the pickle.
    fn verify(&self) -> Result<()> {
        match &self.trailing {
            Some(range) => Err(Error::corrupt("bytes behind the end of the pickle").at(range.clone())),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for SklearnFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SklearnFile").field("metadata", &self.metadata).finish_non_exhaustive()
    }
}
