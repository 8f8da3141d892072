//! A module's tensors by name.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::visit::{Owner, Walker, walk};
use crate::error::{Error, Result};
use crate::path::{PathPart, TensorPath};
use crate::record::{LeafRef, Tree};
use crate::tensor::TensorData;

/// A module's tensors by dotted path, in the order of declaration. Paths are unique.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateDict {
    entries: Vec<(TensorPath, TensorData)>,
    /// The paths as they are written, sorted, each with its place among the entries.
    names: Vec<(String, usize)>,
}

impl StateDict {
    pub(crate) fn of(tree: Tree<LeafRef<'_>>) -> Result<Self> {
        let mut collector = Collector { entries: Vec::new(), error: None };
        walk(tree, &mut collector);
        if let Some(error) = collector.error {
            return Err(error);
        }
        let entries = collector.entries;
        let mut names: Vec<_> =
            entries.iter().enumerate().map(|(place, (path, _))| (path.to_string(), place)).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            Some(pair) => Err(Error::argument("two tensors have this path").in_tensor(&pair[0].0)),
            None => Ok(Self { entries, names }),
        }
    }

    /// The tensor at a dotted path, by binary search.
    pub fn get(&self, path: &str) -> Option<&TensorData> {
        let found = self.names.binary_search_by(|(name, _)| name.as_str().cmp(path)).ok()?;
        Some(&self.entries[self.names[found].1].1)
    }

    /// Paths and tensors, in the order of declaration.
    pub fn iter(&self) -> impl Iterator<Item = (&TensorPath, &TensorData)> {
        self.entries.iter().map(|(path, data)| (path, data))
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no tensors.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl IntoIterator for StateDict {
    type Item = (TensorPath, TensorData);
    type IntoIter = alloc::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

struct Collector {
    entries: Vec<(TensorPath, TensorData)>,
    error: Option<Error>,
}

impl Walker<LeafRef<'_>> for Collector {
    fn enter(&mut self, _part: &PathPart, _owner: &Owner) {}

    fn leaf(&mut self, path: &TensorPath, leaf: LeafRef<'_>, _owners: &[Owner]) {
        match leaf.to_data() {
            Ok(data) => self.entries.push((path.clone(), data)),
            Err(error) => {
                self.error.get_or_insert(error.in_tensor(path));
            }
        }
    }

    fn exit(&mut self, _part: &PathPart, _owner: &Owner) {}
}
