//! What a module says of itself: its tensors by name, and the layers they are in.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::collections::HashMap;
use std::sync::OnceLock;

use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::module::{Owner, OwnerKind};
use crate::path::{PathPart, TensorPath, join};
use crate::record::LayerKind;
use crate::shape::Shape;
use crate::value::Value;

/// A tensor of a module: all but its elements.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Slot {
    /// Its name: the path, without enum variants if they are skipped.
    pub name: String,
    /// Its typed path.
    pub path: TensorPath,
    /// The parts it is in, from the root: one for each step of the path.
    pub owners: Vec<Owner>,
    /// The dtype of its elements.
    pub dtype: DType,
    /// The lengths of its axes.
    pub shape: Shape,
    skips_variants: bool,
    in_columns: bool,
}

impl Slot {
    pub(super) fn new(path: &TensorPath, owners: &[Owner], dtype: DType, shape: Shape, skips_variants: bool) -> Self {
        let name = name_of(path, skips_variants);
        Self { name, path: path.clone(), owners: owners.to_vec(), dtype, shape, skips_variants, in_columns: false }
    }

    pub(super) fn lying_in_columns(mut self, in_columns: bool) -> Self {
        self.in_columns = in_columns;
        self
    }

    /// Whether Burn's files have it transposed.
    pub(super) fn is_in_columns(&self) -> bool {
        self.in_columns
    }

    /// The types it is in, from the root, with dots between them, such as `Model.Vec.Linear`: what filters by predicate are shown.
    pub fn container(&self) -> String {
        let names: Vec<&str> = self.owners.iter().map(|owner| owner.name).collect();
        names.join(".")
    }

    /// The layer it is directly in.
    pub fn layer(&self) -> LayerKind {
        self.owners.last().map_or(LayerKind::Other, |owner| owner.layer)
    }

    /// The name of the type it is directly in.
    pub fn owner_name(&self) -> &'static str {
        self.owners.last().map_or("", |owner| owner.name)
    }

    /// The name of the part that the first `steps` steps lead to.
    fn prefix(&self, steps: usize) -> String {
        let path: TensorPath = self.path.parts().iter().take(steps).cloned().collect();
        name_of(&path, self.skips_variants)
    }
}

/// The tensors of a module, in the order of declaration.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    slots: Vec<Slot>,
    places: HashMap<String, usize>,
    lists: OnceLock<Lists>,
    /// The hyperparameters, by their names.
    constants: BTreeMap<String, Value>,
}

/// The places of each list, by its name, that tensors are at.
type Lists = BTreeMap<String, BTreeSet<usize>>;

impl Layout {
    /// Appends a tensor.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) if there is one of that name already.
    pub(super) fn push(&mut self, slot: Slot) -> Result<()> {
        // They would lack this one.
        self.lists.take();
        if let Some(first) = self.places.insert(slot.name.clone(), self.slots.len()) {
            let first = &self.slots[first].path;
            return Err(Error::argument(alloc::format!(
                "the module has two tensors of the name `{}`, at `{first}` and at `{}`",
                slot.name,
                slot.path
            )));
        }
        self.slots.push(slot);
        Ok(())
    }

    /// Notes a hyperparameter.
    pub(super) fn push_constant(&mut self, path: &TensorPath, skips_variants: bool, value: Value) {
        self.constants.insert(name_of(path, skips_variants), value);
    }

    /// The tensors.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The tensor of this name.
    pub fn get(&self, name: &str) -> Option<&Slot> {
        self.slots.get(*self.places.get(name)?)
    }

    /// The place of the tensor of this name in the order of declaration.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// The outermost layer that the tensor at a place is in, and the place of its first tensor. Outside of layers that is the tensor's own.
    pub(super) fn outermost(&self, mut place: usize) -> (LayerKind, usize) {
        let Some(slot) = self.slots.get(place) else { return (LayerKind::Other, place) };
        let Some(steps) = slot.owners.iter().position(|owner| owner.layer != LayerKind::Other) else {
            return (LayerKind::Other, place);
        };
        let prefix = slot.path.parts().get(..steps).unwrap_or_default();
        // A layer's tensors stand together.
        while place > 0 && self.slots[place - 1].path.parts().starts_with(prefix) {
            place -= 1;
        }
        (slot.owners[steps].layer, place)
    }

    /// The layers that say what they are, outer ones before those inside of them.
    pub fn layers(&self) -> Vec<Layer<'_>> {
        let mut layers: Vec<Layer<'_>> = Vec::new();
        let mut known = BTreeMap::new();
        for slot in &self.slots {
            for (steps, owner) in slot.owners.iter().enumerate() {
                if owner.layer == LayerKind::Other {
                    continue;
                }
                let key: TensorPath = slot.path.parts().iter().take(steps).cloned().collect();
                let place = *known.entry((key.to_string(), steps)).or_insert_with(|| {
                    let parent = steps.checked_sub(1).and_then(|at| slot.owners.get(at));
                    let index = match slot.path.parts().get(steps.wrapping_sub(1)) {
                        Some(PathPart::Index(index)) if parent.is_some_and(|parent| parent.kind == OwnerKind::List) => {
                            Some(*index)
                        }
                        _ => None,
                    };
                    layers.push(Layer {
                        prefix: slot.prefix(steps),
                        parent: slot.prefix(steps.saturating_sub(1)),
                        index,
                        kind: owner.layer,
                        type_name: owner.name,
                        slots: Vec::new(),
                        constants: &self.constants,
                    });
                    layers.len() - 1
                });
                layers[place].slots.push(slot);
            }
        }
        layers
    }

    /// The places, in order, that tensors are at in the list of this name.
    pub(super) fn list_indices(&self, list: &str) -> Vec<usize> {
        // Only a load that closes gaps asks, and then for one list after the other.
        self.lists.get_or_init(|| self.lists()).get(list).into_iter().flatten().copied().collect()
    }

    fn lists(&self) -> Lists {
        let mut lists = Lists::new();
        for slot in &self.slots {
            for (steps, (part, owner)) in slot.path.parts().iter().zip(&slot.owners).enumerate() {
                if let (PathPart::Index(index), OwnerKind::List) = (part, owner.kind) {
                    lists.entry(slot.prefix(steps)).or_default().insert(*index);
                }
            }
        }
        lists
    }
}

/// A layer of a module that says what it is, with all tensors in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Layer<'a> {
    /// Its name; empty at the root.
    pub prefix: String,
    /// The name of the part it is directly in.
    pub parent: String,
    /// Its place, if it is in a list.
    pub index: Option<usize>,
    /// Which layer it is.
    pub kind: LayerKind,
    /// Its type's name.
    pub type_name: &'static str,
    /// Its tensors.
    pub slots: Vec<&'a Slot>,
    constants: &'a BTreeMap<String, Value>,
}

impl Layer<'_> {
    /// The full name of something in this layer.
    pub fn name(&self, inner: &str) -> String {
        join(&self.prefix, inner)
    }

    /// The hyperparameter of this name within the layer.
    pub fn constant(&self, inner: &str) -> Option<&'_ Value> {
        self.constants.get(&self.name(inner))
    }

    /// The tensor of this name within the layer.
    pub fn slot(&self, inner: &str) -> Option<&Slot> {
        let name = self.name(inner);
        self.slots.iter().find(|slot| slot.name == name).copied()
    }
}

/// The name of what is at a path.
fn name_of(path: &TensorPath, skips_variants: bool) -> String {
    if skips_variants { path.without_variants().to_string() } else { path.to_string() }
}
