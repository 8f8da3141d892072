//! Tensors by name, in order.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use std::collections::HashMap;
use std::sync::OnceLock;

use super::lazy::LazyTensor;
use crate::error::{Error, Result};
use crate::format::TensorFile;
use crate::record::ParamId;
use crate::value::Value;

/// A lazy tensor under its name, with where it came from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NamedTensor<'a> {
    /// Its name now.
    pub name: String,
    /// The tensor.
    pub tensor: LazyTensor<'a>,
    /// The names it had at first, in a file or in a module: several, if it was made of several tensors; none, if it is implied.
    pub sources: Vec<String>,
    /// The id of the parameter, where it is known.
    pub id: Option<ParamId>,
    /// Tensors with the same number were the same bytes, or the same parameter.
    pub storage: Option<u64>,
    /// Whether its axes are exchanged for the file it goes to.
    pub(crate) in_columns: bool,
}

impl<'a> NamedTensor<'a> {
    /// A tensor under its first name.
    pub fn new(name: impl Into<String>, tensor: LazyTensor<'a>) -> Self {
        let name = name.into();
        Self { sources: alloc::vec![name.clone()], ..Self::implied(name, tensor) }
    }

    /// A tensor that the file has not, and whose values follow from what its layer computes: a scale of ones, a bias of zeros.
    pub fn implied(name: impl Into<String>, tensor: LazyTensor<'a>) -> Self {
        Self { name: name.into(), tensor, sources: Vec::new(), id: None, storage: None, in_columns: false }
    }

    /// What becomes of this tensor under another name and form. It keeps its id and its ties.
    ///
    /// # Errors
    /// Those of `change`, with the tensor's name.
    pub fn becomes(
        self,
        name: impl Into<String>,
        change: impl FnOnce(LazyTensor<'a>) -> Result<LazyTensor<'a>>,
    ) -> Result<Self> {
        let tensor = change(self.tensor).map_err(|error| error.in_tensor(&self.name))?;
        Ok(Self { name: name.into(), tensor, ..self })
    }

    /// A tensor that is made of several.
    ///
    /// # Errors
    /// Those of `make`, with the new tensor's name.
    pub fn made_of(
        name: impl Into<String>,
        parts: Vec<Self>,
        make: impl FnOnce(Vec<LazyTensor<'a>>) -> Result<LazyTensor<'a>>,
    ) -> Result<Self> {
        let name = name.into();
        let mut sources: Vec<String> = Vec::new();
        for source in parts.iter().flat_map(|part| &part.sources) {
            if !sources.contains(source) {
                sources.push(source.clone());
            }
        }
        let tensor =
            make(parts.into_iter().map(|part| part.tensor).collect()).map_err(|error| error.in_tensor(&name))?;
        Ok(Self { sources, ..Self::implied(name, tensor) })
    }
}

/// Tensors by name, in order. No name twice.
#[derive(Clone, Default)]
pub struct NamedTensors<'a> {
    tensors: Vec<Option<NamedTensor<'a>>>,
    places: HashMap<String, usize>,
    dropped: Vec<String>,
    notes: Vec<String>,
    translated: bool,
    file: Option<Arc<dyn TensorFile>>,
    /// The places of the file's tensors in the order of their names, once one was looked for.
    by_name: OnceLock<Vec<usize>>,
}

impl<'a> NamedTensors<'a> {
    /// None yet, of this file, with room for all of its tensors.
    pub(crate) fn of_file(file: &Arc<dyn TensorFile>) -> Self {
        Self { file: Some(Arc::clone(file)), ..Self::with_capacity(file.tensors().len()) }
    }

    /// None yet, with room for `count`.
    pub(crate) fn with_capacity(count: usize) -> Self {
        let (tensors, places) = (Vec::with_capacity(count), HashMap::with_capacity(count));
        Self { tensors, places, ..Self::default() }
    }

    /// The tensor of this name.
    pub fn get(&self, name: &str) -> Option<&NamedTensor<'a>> {
        self.tensors.get(*self.places.get(name)?)?.as_ref()
    }

    /// Whether there is a tensor of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// Appends a tensor.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) if there is one of that name already, with what each was made of.
    pub fn insert(&mut self, tensor: NamedTensor<'a>) -> Result<()> {
        if let Some(first) = self.get(&tensor.name) {
            let (first, second) = (first.sources.join("` and `"), tensor.sources.join("` and `"));
            return Err(Error::argument(alloc::format!(
                "`{first}` and `{second}` would both be named `{}`",
                tensor.name
            )));
        }
        self.places.insert(tensor.name.clone(), self.tensors.len());
        self.tensors.push(Some(tensor));
        Ok(())
    }

    /// Takes a tensor out.
    pub fn take(&mut self, name: &str) -> Option<NamedTensor<'a>> {
        self.take_placed(name).map(|(_, tensor)| tensor)
    }

    /// Takes a tensor out, with its place in the order.
    pub(super) fn take_placed(&mut self, name: &str) -> Option<(usize, NamedTensor<'a>)> {
        let place = self.places.remove(name)?;
        Some((place, self.tensors.get_mut(place)?.take()?))
    }

    /// Takes a tensor out that has no counterpart on the other side and is not missed there; the report lists it.
    pub fn drop_known(&mut self, name: &str) {
        if let Some(tensor) = self.take(name) {
            self.dropped.extend(tensor.sources);
        }
    }

    /// Puts `change` of a tensor in its place, under the name that `change` gives it.
    ///
    /// # Errors
    /// Those of `change`; another tensor that has the new name.
    pub fn replace(
        &mut self,
        name: &str,
        change: impl FnOnce(NamedTensor<'a>) -> Result<NamedTensor<'a>>,
    ) -> Result<()> {
        let Some(&place) = self.places.get(name) else {
            return Ok(());
        };
        let Some(tensor) = self.take(name) else {
            return Ok(());
        };
        let changed = change(tensor)?;
        if self.contains(&changed.name) {
            return self.insert(changed);
        }
        self.places.insert(changed.name.clone(), place);
        self.tensors[place] = Some(changed);
        Ok(())
    }

    /// The tensors, in order.
    pub fn iter(&self) -> impl Iterator<Item = &NamedTensor<'a>> {
        self.tensors.iter().flatten()
    }

    /// The names, in order.
    pub fn names(&self) -> Vec<String> {
        self.iter().map(|tensor| tensor.name.clone()).collect()
    }

    /// What was taken out as known to have no counterpart, by first name.
    pub fn dropped(&self) -> &[String] {
        &self.dropped
    }

    /// Adds to the report what the caller should know.
    pub fn note(&mut self, what: impl Into<String>) {
        self.notes.push(what.into());
    }

    /// What the caller should know.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether the file has tensors that its reader refuses, so that what is not here may be there, and is not implied.
    pub fn is_incomplete(&self) -> bool {
        self.file.as_ref().is_some_and(|file| !file.refusals().is_empty())
    }

    /// What the layer of a tensor was made with, where the file that it is of says so ([`TensorFile::layer_config`]).
    pub fn layer_config(&self, tensor: &NamedTensor<'_>) -> Option<&Value> {
        let (file, name) = (self.file.as_ref()?, tensor.sources.first()?);
        let entries = file.tensors();
        let places = self.by_name.get_or_init(|| {
            let mut places: Vec<usize> = (0..entries.len()).collect();
            places.sort_unstable_by_key(|place| &entries[*place].name);
            places
        });
        let found = places.binary_search_by_key(&name, |place| &entries[*place].name).ok()?;
        file.layer_config(places[found])
    }

    /// Whether the tensors were translated between frameworks.
    pub fn is_translated(&self) -> bool {
        self.translated
    }

    /// Notes that the tensors are translated between frameworks, and says whether they were so already: a translation done twice would
    /// undo a part of the first.
    pub fn translate_once(&mut self) -> bool {
        core::mem::replace(&mut self.translated, true)
    }
}

impl fmt::Debug for NamedTensors<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for NamedTensors<'a> {
    type Item = NamedTensor<'a>;
    type IntoIter = core::iter::Flatten<alloc::vec::IntoIter<Option<NamedTensor<'a>>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.tensors.into_iter().flatten()
    }
}
