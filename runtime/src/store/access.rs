//! What a store does: listing, loading, saving.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::builder::Store;
use super::format::{Format, Input, Output, WriteFormat};
use super::note::note;
use super::place::{Place, open_file};
use super::snapshot::TensorSnapshot;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{TensorEntry, TensorFile, check_listed};
use crate::module::LeafMut;
use crate::record::{LeafRef, ParamId, Tree};
use crate::report::{LoadResult, Remapping};
use crate::source::Source;
use crate::transform::{
    BurnToPyTorchAdapter, BurnToPyTorchStackedAdapter, Direction, Framework, IdentityAdapter, KeyRemapper, Layout,
    LazyTensor, ModuleAdapter, NamedTensor, NamedTensors, compact, infer, lacks, leaves_of, load,
};
use crate::value::Value;

/// An open file.
#[derive(Clone)]
pub(super) struct Opened {
    pub(super) file: Arc<dyn TensorFile>,
    /// The names of its tensors for the caller, with their places in the file; none where they are the file's own, all of them.
    renamed: Option<Vec<(String, usize)>>,
    /// Made when they are first asked for: a load does without.
    snapshots: OnceLock<BTreeMap<String, TensorSnapshot>>,
}

impl<F: Format> Store<F> {
    /// The names of the file's tensors: without the top-level key, and renamed. Where a file's names say where in it a tensor is, and not
    /// what it is in the model (Keras), or count places from 1 (Flux), they are listed as the file has them, all of them;
    /// [`TensorSnapshot::full_path`] is the name for a load, which the rules of names go by.
    ///
    /// # Errors
    /// What is wrong with the file; a malformed pattern; two tensors that come to one name.
    pub fn keys(&self) -> Result<Vec<String>> {
        let opened = self.opened()?;
        let mut names: Vec<String> = match opened.file.model_names() {
            Some(_) => opened.file.tensors().iter().map(|entry| entry.name.clone()).collect(),
            None => opened.names().map(|(name, _)| name.into()).collect(),
        };
        // The stable sort is the faster one here: numbered layers come in few runs that are in order already.
        names.sort();
        Ok(names)
    }

    /// The file's tensors by name. Nothing is read of them before [`TensorSnapshot::to_data`].
    ///
    /// # Errors
    /// As [`Store::keys`].
    pub fn get_all_snapshots(&self) -> Result<&BTreeMap<String, TensorSnapshot>> {
        let opened = self.opened()?;
        Ok(opened.snapshots.get_or_init(|| {
            let path: Option<Arc<str>> = match &self.place {
                Place::File(named) => Some(Place::to_read(named, self.extension()).display().to_string().into()),
                Place::Memory(_) => None,
            };
            let snapshot = |(key, name, index): (&str, &str, usize)| {
                Some((key.into(), TensorSnapshot::of_file(name.into(), &opened.file, index, path.clone())?))
            };
            if opened.file.model_names().is_none() {
                return opened.names().filter_map(|(name, index)| snapshot((name, name, index))).collect();
            }
            let loaded: BTreeMap<usize, &str> = opened.names().map(|(name, index)| (index, name)).collect();
            let listed = opened.file.tensors().iter().enumerate();
            listed
                .filter_map(|(at, entry)| snapshot((&entry.name, loaded.get(&at).copied().unwrap_or(&entry.name), at)))
                .collect()
        }))
    }

    /// The tensor of this name.
    ///
    /// # Errors
    /// As [`Store::keys`].
    pub fn get_snapshot(&self, name: &str) -> Result<Option<&TensorSnapshot>> {
        Ok(self.get_all_snapshots()?.get(name))
    }

    /// The format that the file is read as, such as `safetensors`.
    ///
    /// # Errors
    /// As [`Store::keys`].
    pub fn format_name(&self) -> Result<&'static str> {
        Ok(self.opened()?.file.format())
    }

    /// The text that the file keeps beside its tensors.
    ///
    /// # Errors
    /// As [`Store::keys`].
    pub fn read_metadata(&self) -> Result<&BTreeMap<String, String>> {
        Ok(self.opened()?.file.metadata())
    }

    /// The values that the file keeps beside its tensors.
    ///
    /// # Errors
    /// As [`Store::keys`].
    pub fn read_values(&self) -> Result<&Value> {
        Ok(self.opened()?.file.values())
    }

    /// The bytes of a store in memory.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if it has none yet, or is a file.
    pub fn get_bytes(&self) -> Result<Vec<u8>> {
        match &self.place {
            Place::Memory(Some(bytes)) => Ok(bytes.to_vec()),
            Place::Memory(None) => Err(Error::argument("nothing was saved into the store yet")),
            Place::File(_) => Err(Error::argument("the store is a file: its bytes are there")),
        }
    }

    pub(super) fn opened(&self) -> Result<&Opened> {
        self.settings.check()?;
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let opened = self.open_anew().map_err(|error| self.place.locate(error))?;
        Ok(self.opened.get_or_init(|| opened))
    }

    fn open_anew(&self) -> Result<Opened> {
        let file = self.with_input(|input| self.format.open(input))?;
        let renamed = self.renamed(&*file)?;
        Ok(Opened { file, renamed, snapshots: OnceLock::new() })
    }

    /// What `open` makes of the store's bytes.
    pub(super) fn with_input<T>(&self, open: impl FnOnce(&Input<'_>) -> Result<T>) -> Result<T> {
        let mut options = self.settings.read.clone();
        options.share = self.settings.zero_copy;
        options.digests = self.settings.digests.unwrap_or(!self.settings.zero_copy);
        let path;
        let (source, path): (Arc<dyn Source>, Option<&Path>) = match &self.place {
            Place::Memory(Some(bytes)) => (Arc::new(bytes.clone()), None),
            Place::Memory(None) => return Err(Error::argument("nothing was saved into the store yet")),
            Place::File(named) => {
                path = Place::to_read(named, self.extension());
                (open_file(&path, options.share)?, Some(&path))
            }
        };
        open(&Input { source, path, options: &options })
    }

    fn extension(&self) -> Option<&'static str> {
        F::EXTENSION.filter(|_| self.settings.auto_extension)
    }

    /// The tensors under the top-level key, by their new names: those that a load sees. None where these are the file's own names.
    fn renamed(&self, file: &dyn TensorFile) -> Result<Option<Vec<(String, usize)>>> {
        if file.model_names().is_none() && self.settings.top_level_key.is_none() && self.settings.remapper.is_empty() {
            return check_listed(file.tensors()).map(|()| None);
        }
        let all: Vec<(usize, &str)> = match file.model_names() {
            Some(names) => names.iter().enumerate().filter_map(|(at, name)| Some((at, name.as_deref()?))).collect(),
            None => file.tensors().iter().map(|entry| entry.name.as_str()).enumerate().collect(),
        };
        let names: Vec<(usize, &str)> = match &self.settings.top_level_key {
            None => all,
            Some(key) => {
                let prefix = format!("{}.", model_key(file, key));
                let under: Vec<_> =
                    all.iter().filter_map(|(at, name)| Some((*at, name.strip_prefix(&prefix)?))).collect();
                if under.is_empty() {
                    return Err(nothing_under(key, all.into_iter().map(|(_, name)| name)));
                }
                under
            }
        };
        let renamed = self.settings.remapper.rename_all(names.iter().map(|(_, name)| *name))?;
        Ok(Some(renamed.into_iter().zip(names).map(|(renamed, (index, _))| (renamed, index)).collect()))
    }

    /// Loads a module's slots.
    pub(super) fn load_tree(&self, tree: Tree<LeafMut<'_>>) -> Result<LoadResult> {
        let opened = self.opened()?;
        let habits = self.habits(Some(&*opened.file));
        let mut options = self.settings.load.clone();
        options.skip_enum_variants = habits.skip_enum_variants;
        let mut result = load(tree, &options, |layout, result| {
            let names = self.numbered(opened, layout, habits.map_indices_contiguous, result);
            let tensors = self.adapted(opened, &names, layout, habits.framework, result)?;
            if !lacks(layout, &tensors, &options.filter)? {
                result.notes.extend(note(opened, layout, tensors.is_translated(), false));
                return Ok(tensors);
            }
            let Some(mut remapping) = self.infer(opened, &names, layout, habits.framework) else {
                return Ok(tensors);
            };
            remapping.applied = self.settings.auto_remap && !remapping.ambiguous;
            let (applied, from_pytorch) = (remapping.applied, remapping.from_pytorch);
            let remapper = infer::remapper(&remapping)?;
            result.remapping = Some(remapping);
            if !applied {
                return Ok(tensors);
            }
            let names = remapper.rename_all(names.iter().map(String::as_str))?;
            let framework = if from_pytorch { Some(Framework::PyTorch) } else { habits.framework };
            let tensors = self.adapted(opened, &names, layout, framework, result)?;
            let may_be_pytorchs = matches!(framework, None | Some(Framework::Burn));
            result.notes.extend(note(opened, layout, tensors.is_translated(), may_be_pytorchs));
            Ok(tensors)
        })
        .map_err(|error| self.place.locate(error))?;
        result.notes.extend(refused(opened.file.refusals()));
        result.file = self.place.shown();
        result.format = opened.file.format().to_string();
        if result.is_success() || !options.validate && !result.errors.iter().any(crate::transform::is_damage) {
            return Ok(result);
        }
        Err(self.place.locate(Error::new(ErrorKind::NotLoaded(Box::new(result)))))
    }

    /// The file's tensors under these names, after the adapters.
    fn adapted(
        &self,
        opened: &Opened,
        names: &[String],
        layout: &Layout,
        framework: Option<Framework>,
        result: &mut LoadResult,
    ) -> Result<NamedTensors<'static>> {
        let mut tensors = opened.named(names, result)?;
        for adapter in &self.settings.from_adapters {
            adapter.adapt(&mut tensors, layout, Direction::Load)?;
        }
        if let Some(framework) = framework {
            framework.to_burn().adapt(&mut tensors, layout, Direction::Load)?;
        }
        Ok(tensors)
    }

    /// The rules that would make the file's names those that the module, through the adapters, asks for.
    fn infer(
        &self,
        opened: &Opened,
        names: &[String],
        layout: &Layout,
        framework: Option<Framework>,
    ) -> Option<Remapping> {
        let entries = opened.file.tensors();
        let file: Vec<_> = names
            .iter()
            .zip(opened.names())
            .map(|(name, (_, index))| (name.clone(), entries[index].shape.clone()))
            .collect();
        let inverses: Vec<_> = self.settings.from_adapters.iter().filter_map(|adapter| adapter.inverse()).collect();
        let own = framework.map_or(&IdentityAdapter as &dyn ModuleAdapter, Framework::from_burn);
        // Each with whether the load must then translate from PyTorch's layout, which it does not of itself.
        let lasts: &[(&dyn ModuleAdapter, bool)] = match framework {
            Some(Framework::PyTorch) => &[(&BurnToPyTorchAdapter, false), (&BurnToPyTorchStackedAdapter, false)],
            None | Some(Framework::Burn) if inverses.is_empty() => {
                &[(own, false), (&BurnToPyTorchAdapter, true), (&BurnToPyTorchStackedAdapter, true)]
            }
            _ => &[(own, false)],
        };
        let form = |(last, from_pytorch): &(&dyn ModuleAdapter, bool)| {
            let adapters: Vec<&dyn ModuleAdapter> = inverses.iter().map(|adapter| &**adapter).chain([*last]).collect();
            // What a framework has no layer for is in none of its files: there are no names for it to be found under.
            Some((infer::wanted(layout, &adapters).ok()?, *from_pytorch))
        };
        let mut forms: Vec<_> = lasts.iter().filter_map(form).collect();
        forms.dedup_by(|one, before| one.0 == before.0);
        let mut theirs = forms.iter().filter(|(_, from_pytorch)| *from_pytorch);
        if let Some(remapping) = theirs.find_map(|(wanted, _)| infer::as_they_are(&file, wanted)) {
            return Some(Remapping { from_pytorch: true, ..remapping });
        }
        let inferred = |(wanted, from_pytorch): &(Vec<_>, bool)| {
            Some(Remapping { from_pytorch: *from_pytorch, ..infer::infer(&file, wanted)? })
        };
        let mut found: Vec<Remapping> = forms.iter().filter_map(inferred).collect();
        let certain = found.iter().position(|remapping| !remapping.ambiguous).unwrap_or_default();
        (!found.is_empty()).then(|| found.swap_remove(certain))
    }

    /// The names of the file's tensors, with the gaps of lists closed if that is wanted.
    fn numbered(&self, opened: &Opened, layout: &Layout, contiguous: bool, result: &mut LoadResult) -> Vec<String> {
        let names: Vec<String> = opened.names().map(|(name, _)| name.into()).collect();
        if !contiguous {
            return names;
        }
        let compacted = compact(&names, layout, self.settings.indices_kept.as_ref());
        for (from, to) in names.into_iter().zip(&compacted) {
            if from != *to {
                result.renumbered.push((from, to.clone()));
            }
        }
        compacted
    }
}

/// What a key is called in the model. A key is given as the file lists it, and in Julia's files places count from 1 there.
fn model_key<'k>(file: &'k dyn TensorFile, key: &'k str) -> &'k str {
    let is_inside = |entry: &TensorEntry| entry.name.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
    let named = file.tensors().iter().zip(file.model_names().unwrap_or_default());
    let first = named.filter(|(entry, _)| is_inside(entry)).find_map(|(_, name)| name.as_deref());
    let end = |name: &str| name.match_indices('.').nth(key.matches('.').count()).map_or(name.len(), |(at, _)| at);
    first.map_or(key, |name| &name[..end(name)])
}

fn nothing_under<'n>(key: &str, names: impl Iterator<Item = &'n str>) -> Error {
    /// Keys that are shown.
    const SHOWN: usize = 10;
    let mut keys: Vec<&str> = names.filter_map(|name| Some(name.split_once('.')?.0)).collect();
    keys.dedup();
    keys.truncate(SHOWN);
    let there = if keys.is_empty() { "no keys with tensors".into() } else { format!("`{}`", keys.join("`, `")) };
    Error::argument(format!("no tensor is under the key `{key}`; the file has {there}"))
}

/// What the reader refuses of a file.
fn refused(refusals: &[(String, Error)]) -> impl Iterator<Item = String> {
    /// Refusals that are shown: a file can list as many as it has bytes for.
    const SHOWN: usize = 10;
    let shown = |(name, error): &(String, Error)| format!("`{name}` of the file is refused: {error}");
    let more = refusals.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| format!("{more} more of the file are refused"));
    refusals.iter().take(SHOWN).map(shown).chain(more)
}

impl Opened {
    /// The names of its tensors for the caller, with their places in the file.
    fn names(&self) -> impl Iterator<Item = (&str, usize)> {
        let own = if self.renamed.is_none() { self.file.tensors() } else { &[] };
        let own = own.iter().enumerate().map(|(index, entry)| (entry.name.as_str(), index));
        own.chain(self.renamed.iter().flatten().map(|(name, index)| (name.as_str(), *index)))
    }

    /// The file's tensors under these names, and those that lie in the same bytes.
    fn named(&self, names: &[String], result: &mut LoadResult) -> Result<NamedTensors<'static>> {
        let mut tensors = NamedTensors::of_file(&self.file);
        let mut storages: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for (name, (_, index)) in names.iter().zip(self.names()) {
            let entry = &self.file.tensors()[index];
            let tensor = LazyTensor::of_file(&self.file, index, entry.dtype, entry.shape.clone());
            let named = NamedTensor {
                name: name.clone(),
                tensor,
                sources: vec![entry.name.clone()],
                id: entry.param_id.map(ParamId::from),
                storage: entry.storage,
                in_columns: false,
            };
            if let Some(storage) = entry.storage {
                storages.entry(storage).or_default().push(entry.name.clone());
            }
            tensors.insert(named)?;
        }
        let beside = self.file.model_names().unwrap_or_default().iter().zip(self.file.tensors());
        result.dropped = beside.filter(|(name, _)| name.is_none()).map(|(_, entry)| entry.name.clone()).collect();
        result.shared = storages.into_values().filter(|names| names.len() > 1).collect();
        Ok(tensors)
    }
}

impl<F: WriteFormat> Store<F> {
    /// Saves a module's leaves.
    pub(super) fn save_tree(&mut self, tree: Tree<LeafRef<'_>>) -> Result<()> {
        self.settings.check()?;
        let habits = self.habits(None);
        let leaves = leaves_of(tree, &self.settings.load.filter, habits.skip_enum_variants)?;
        let mut adapters: Vec<&dyn ModuleAdapter> =
            self.settings.to_adapters.iter().map(|adapter| &**adapter).collect();
        // All that Burn lays out otherwise is weights in columns.
        let differs = |framework: &Framework| *framework != Framework::Burn || leaves.has_columns();
        adapters.extend(habits.framework.filter(differs).map(Framework::from_burn));
        let remapper: &KeyRemapper = &self.settings.remapper;
        let (set, translated) = leaves.to_set(&adapters, remapper)?;
        let default = self.format.default_metadata(translated).filter(|_| self.settings.default_metadata);
        let mut metadata = default.unwrap_or_default();
        metadata.extend(self.settings.metadata.clone());
        let output = Output::new(&set, &metadata, self.settings.digests.unwrap_or(true));
        match &self.place {
            Place::File(path) => {
                let path = Place::to_write(path, self.extension());
                let mut read_only = self.format.read_only_extensions().iter();
                if let Some(other) =
                    read_only.find(|own| path.extension().is_some_and(|it| it.eq_ignore_ascii_case(own)))
                {
                    let what =
                        format!("a `.{other}` file has another form than what is written here: use another extension");
                    return Err(Error::argument(what).in_file(path.display()));
                }
                self.format
                    .write_file(&output, &path, !self.settings.overwrite)
                    .map_err(|error| error.in_file(path.display()))?;
            }
            Place::Memory(_) => {
                let mut bytes = Vec::new();
                self.format.write(&output, &mut bytes)?;
                drop(set);
                self.place = Place::Memory(Some(bytes.into()));
            }
        }
        self.opened = OnceLock::new();
        Ok(())
    }
}
