//! What every module can do with stores and snapshots.

use std::collections::BTreeMap;

use super::builder::Store;
use super::format::{Format, WriteFormat};
use super::snapshot::TensorSnapshot;
use crate::error::{Error, ErrorKind, Result};
use crate::module::Module;
use crate::path::TensorPath;
use crate::report::{Difference, LoadPolicy, LoadResult, Severity};
use crate::transform::{LoadOptions, ModuleAdapter, NamedTensors, PathFilter, leaves_of, load};

/// Saving and loading modules by the names of their tensors, and moving tensors between modules. Every [`Module`] has it.
pub trait ModuleSnapshot: Module {
    /// Saves this module, from where its tensors are.
    ///
    /// # Errors
    /// What cannot be saved, naming the tensor; an I/O error. Then the old file is still there, whole.
    fn save_into<F: WriteFormat>(&self, store: &mut Store<F>) -> Result<()> {
        store.save_tree(self.tree())
    }

    /// Loads this module's tensors.
    ///
    /// # Errors
    /// What is wrong with the file, or how it differs from the module ([`Error::load_result`]). Then the module is as it was.
    fn load_from<F: Format>(&mut self, store: &mut Store<F>) -> Result<LoadResult> {
        store.load_tree(self.tree_mut())
    }

    /// The module's tensors that the filter takes, after the adapter. Vellum's tensors share their elements with them; plain arrays
    /// are copied.
    ///
    /// What is wrong with the filter or the adapter is kept in the snapshots: [`ModuleSnapshot::apply`] and
    /// [`TensorSnapshot::to_data`] give it. [`ModuleSnapshot::try_collect`] gives it at once.
    fn collect(
        &self,
        filter: Option<PathFilter>,
        adapter: Option<Box<dyn ModuleAdapter>>,
        skip_enum_variants: bool,
    ) -> Vec<TensorSnapshot> {
        self.try_collect(filter, adapter, skip_enum_variants)
            .unwrap_or_else(|error| vec![TensorSnapshot::failed(&error)])
    }

    /// As [`ModuleSnapshot::collect`], with the error at once.
    ///
    /// # Errors
    /// A malformed filter; what the adapter fails at; a tensor whose elements cannot be had.
    fn try_collect(
        &self,
        filter: Option<PathFilter>,
        adapter: Option<Box<dyn ModuleAdapter>>,
        skip_enum_variants: bool,
    ) -> Result<Vec<TensorSnapshot>> {
        let leaves = leaves_of(self.tree(), &filter.unwrap_or_default(), skip_enum_variants)?;
        let named = leaves.named(&adapter.as_deref().into_iter().collect::<Vec<_>>())?;
        named
            .into_iter()
            .map(|tensor| {
                let data = tensor.tensor.to_data().map_err(|error| error.in_tensor(&tensor.name))?;
                let mut snapshot = TensorSnapshot::from_data(tensor.name, data);
                snapshot.param_id = tensor.id;
                Ok(snapshot)
            })
            .collect()
    }

    /// Takes snapshots into this module: all or none. Of several of one name the last counts. What the snapshots lack is kept and listed
    /// as missing; the result's errors say why nothing was taken.
    fn apply(
        &mut self,
        snapshots: Vec<TensorSnapshot>,
        filter: Option<PathFilter>,
        adapter: Option<Box<dyn ModuleAdapter>>,
        skip_enum_variants: bool,
    ) -> LoadResult {
        match self.try_apply(snapshots, filter, adapter, skip_enum_variants) {
            Ok(result) => result,
            Err(error) => match error.into_kind() {
                ErrorKind::NotLoaded(result) => *result,
                kind => {
                    let path = TensorPath::root();
                    let mut result = LoadResult { format: FROM.into(), ..LoadResult::default() };
                    result.errors.push(Difference::Data { path, error: Error::new(kind) });
                    result
                }
            },
        }
    }

    /// As [`ModuleSnapshot::apply`], with the errors as an error.
    ///
    /// # Errors
    /// What the snapshots' collection or the adapter failed at; how they differ from the module. Then the module is as it was.
    fn try_apply(
        &mut self,
        snapshots: Vec<TensorSnapshot>,
        filter: Option<PathFilter>,
        adapter: Option<Box<dyn ModuleAdapter>>,
        skip_enum_variants: bool,
    ) -> Result<LoadResult> {
        snapshots.iter().try_for_each(TensorSnapshot::check)?;
        let options = LoadOptions {
            filter: filter.unwrap_or_default(),
            policy: LoadPolicy { missing: Severity::Allow, ..LoadPolicy::default() },
            skip_enum_variants,
            ..LoadOptions::default()
        };
        let mut result = load(self.tree_mut(), &options, |layout, _| {
            let mut tensors = NamedTensors::default();
            for snapshot in snapshots {
                let _replaced = tensors.take(&snapshot.full_path);
                tensors.insert(snapshot.into_named())?;
            }
            if let Some(adapter) = adapter {
                adapter.adapt(&mut tensors, layout, crate::transform::Direction::Load)?;
            }
            Ok(tensors)
        })?;
        result.format = FROM.into();
        if result.is_success() { Ok(result) } else { Err(Error::new(ErrorKind::NotLoaded(Box::new(result)))) }
    }
}

/// What the result of a transfer says it is from.
const FROM: &str = "snapshots";

impl<M: Module> ModuleSnapshot for M {}

/// A store as a list of tensors: what stores of all formats are to code that only reads.
pub trait ModuleStore {
    /// As [`Store::keys`].
    ///
    /// # Errors
    /// As there.
    fn keys(&self) -> Result<Vec<String>>;

    /// As [`Store::get_all_snapshots`].
    ///
    /// # Errors
    /// As there.
    fn get_all_snapshots(&self) -> Result<&BTreeMap<String, TensorSnapshot>>;

    /// As [`Store::get_snapshot`].
    ///
    /// # Errors
    /// As there.
    fn get_snapshot(&self, name: &str) -> Result<Option<&TensorSnapshot>>;
}

impl<F: Format> ModuleStore for Store<F> {
    fn keys(&self) -> Result<Vec<String>> {
        self.keys()
    }

    fn get_all_snapshots(&self) -> Result<&BTreeMap<String, TensorSnapshot>> {
        self.get_all_snapshots()
    }

    fn get_snapshot(&self, name: &str) -> Result<Option<&TensorSnapshot>> {
        self.get_snapshot(name)
    }
}
