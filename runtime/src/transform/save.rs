//! From a module to named tensors that a format writes.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::adapt::{Direction, ModuleAdapter};
use super::filter::PathFilter;
use super::layout::{Layout, Slot};
use super::lazy::LazyTensor;
use super::named::{NamedTensor, NamedTensors};
use super::rename::KeyRemapper;
use crate::error::{Error, Result};
use crate::format::{TensorEntry, TensorSet};
use crate::module::Owner;
use crate::module::visit::{Walker, walk};
use crate::path::{PathPart, TensorPath};
use crate::record::{LayerKind, LeafRef, TieId, Tree};
use crate::value::Value;

/// The tensors of a module, with their places.
pub(crate) struct Leaves<'m> {
    layout: Layout,
    leaves: Vec<LeafRef<'m>>,
}

/// The tensors of a module that a filter takes.
///
/// # Errors
/// A malformed filter; two tensors of one name.
pub(crate) fn leaves_of<'m>(
    tree: Tree<LeafRef<'m>>,
    filter: &PathFilter,
    skip_enum_variants: bool,
) -> Result<Leaves<'m>> {
    filter.check()?;
    let mut collecting = Collecting {
        leaves: Leaves { layout: Layout::default(), leaves: Vec::new() },
        filter,
        skip_enum_variants,
        error: None,
    };
    walk(tree, &mut collecting);
    match collecting.error {
        Some(error) => Err(error),
        None => Ok(collecting.leaves),
    }
}

struct Collecting<'m, 'f> {
    leaves: Leaves<'m>,
    filter: &'f PathFilter,
    skip_enum_variants: bool,
    error: Option<Error>,
}

impl<'m> Walker<LeafRef<'m>> for Collecting<'m, '_> {
    fn enter(&mut self, _part: &PathPart, _owner: &Owner) {}

    fn leaf(&mut self, path: &TensorPath, leaf: LeafRef<'m>, owners: &[Owner]) {
        let slot = Slot::new(path, owners, leaf.dtype(), leaf.shape(), self.skip_enum_variants)
            .lying_in_columns(leaf.is_in_columns());
        let pushed = self.filter.takes(&slot).and_then(|takes| {
            if takes {
                self.leaves.layout.push(slot)?;
                self.leaves.leaves.push(leaf);
            }
            Ok(())
        });
        if let Err(error) = pushed {
            self.error.get_or_insert(error);
        }
    }

    fn exit(&mut self, _part: &PathPart, _owner: &Owner) {}

    fn constant(&mut self, path: &TensorPath, value: Value) {
        self.leaves.layout.push_constant(path, self.skip_enum_variants, value);
    }
}

impl Leaves<'_> {
    /// Whether a weight lies in columns.
    pub(crate) fn has_columns(&self) -> bool {
        self.layout.slots().iter().any(Slot::is_in_columns)
    }

    /// The tensors as they are, named by their places.
    fn tensors(&self) -> impl Iterator<Item = NamedTensor<'_>> {
        let mut ties: BTreeMap<TieId, u64> = BTreeMap::new();
        self.layout.slots().iter().zip(&self.leaves).map(move |(slot, leaf)| {
            let next = ties.len() as u64;
            NamedTensor {
                id: leaf.id(),
                storage: leaf.tie().map(|tie| *ties.entry(tie).or_insert(next)),
                ..NamedTensor::implied(slot.name.clone(), LazyTensor::of_leaf(leaf))
            }
        })
    }

    /// The tensors by name, after the adapters.
    pub(crate) fn named<'a>(&'a self, adapters: &[&dyn ModuleAdapter]) -> Result<NamedTensors<'a>> {
        let mut tensors = NamedTensors::with_capacity(self.leaves.len());
        for tensor in self.tensors() {
            tensors.insert(NamedTensor { sources: alloc::vec![tensor.name.clone()], ..tensor })?;
        }
        for adapter in adapters {
            adapter.adapt(&mut tensors, &self.layout, Direction::Save)?;
        }
        Ok(tensors)
    }

    /// What a format writes, and whether it is translated for PyTorch.
    pub(crate) fn to_set<'a>(
        &'a self,
        adapters: &[&dyn ModuleAdapter],
        remapper: &KeyRemapper,
    ) -> Result<(SaveSet<'a>, bool)> {
        let (layers, mut tensors, translated) = if adapters.is_empty() {
            let layers = (0..self.leaves.len()).map(|place| self.layout.outermost(place).0).collect();
            (layers, self.tensors().collect(), false)
        } else {
            self.adapted(adapters)?
        };
        if !remapper.is_empty() {
            let renamed = remapper.rename_all(tensors.iter().map(|tensor| tensor.name.as_str()))?;
            for (tensor, renamed) in tensors.iter_mut().zip(renamed) {
                tensor.name = renamed;
            }
        }
        let in_columns = tensors.iter().filter(|tensor| tensor.in_columns).map(|tensor| tensor.name.clone()).collect();
        let set = tensors.into_iter().map(|NamedTensor { name, tensor, id, storage, .. }| {
            let (dtype, shape, param_id) = (tensor.dtype(), tensor.shape().clone(), id.map(|id| id.as_u64()));
            (TensorEntry { name, dtype, shape, param_id, storage }, tensor)
        });
        let (entries, tensors) = set.unzip();
        Ok((SaveSet { entries, tensors, layers, in_columns }, translated))
    }

    /// What adapters make of the tensors, with the outermost layer that each is in, and whether that is a translation.
    fn adapted<'a>(&'a self, adapters: &[&dyn ModuleAdapter]) -> Result<(Vec<LayerKind>, Vec<NamedTensor<'a>>, bool)> {
        let named = self.named(adapters)?;
        let translated = named.is_translated();
        let in_layer = |tensor: NamedTensor<'a>| {
            let places = tensor.sources.iter().filter_map(|source| self.layout.place(source));
            (places.map(|place| self.layout.outermost(place)).min_by_key(|(_, first)| *first), tensor)
        };
        let mut placed: Vec<_> = named.into_iter().map(in_layer).collect();
        // What adapters made of a layer stands where the layer does: some formats go by the order.
        placed.sort_by_key(|(layer, _)| layer.as_ref().map(|(_, first)| *first));
        let kind = |layer: Option<(LayerKind, usize)>| layer.map_or(LayerKind::Other, |(kind, _)| kind);
        let (layers, tensors) = placed.into_iter().map(|(layer, tensor)| (kind(layer), tensor)).unzip();
        Ok((layers, tensors, translated))
    }
}

/// Lazy tensors to be written.
pub(crate) struct SaveSet<'a> {
    entries: Vec<TensorEntry>,
    tensors: Vec<LazyTensor<'a>>,
    layers: Vec<LayerKind>,
    in_columns: Vec<String>,
}

impl SaveSet<'_> {
    /// The names of the tensors that are given with their axes exchanged.
    pub(crate) fn in_columns(&self) -> &[String] {
        &self.in_columns
    }

    /// The outermost layer that each tensor is in.
    pub(crate) fn layers(&self) -> &[LayerKind] {
        &self.layers
    }
}

impl TensorSet for SaveSet<'_> {
    fn entries(&self) -> &[TensorEntry] {
        &self.entries
    }

    fn write_to(&self, index: usize, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.tensors[index].write_to(sink).map_err(|error| error.in_tensor(&self.entries[index].name))
    }
}
