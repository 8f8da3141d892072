//! What travels beside an item while it is read.

use core::cell::Cell;

use serde::de;

use super::lazy::Lazy;
use crate::codec::slot::{BlobSlot, ErrorSlot, Hint};
use crate::dtype::DType;
use crate::error::Error;
use crate::limits::Budget;
use crate::record::FileTensor;

/// What travels beside the item while it is read.
#[derive(Clone, Copy)]
pub(in crate::recorder) struct Context<'a> {
    pub(in crate::recorder) blobs: &'a BlobSlot,
    pub(in crate::recorder) errors: &'a ErrorSlot,
    pub(in crate::recorder) budget: &'a Budget,
    /// What most blobs are.
    pub(in crate::recorder) hint: Hint,
    /// What all floats become, if that is known.
    pub(in crate::recorder) float: Option<DType>,
    /// How tensors are left in the file, if they are.
    pub(in crate::recorder) lazy: Option<&'a Lazy>,
    /// How many tensors were read.
    pub(in crate::recorder) tensors: &'a Cell<u64>,
    /// Levels of nesting around the item, where it is not the decoder that counts them: serde_json's has a limit of its own.
    #[cfg(any(feature = "mpk", feature = "json"))]
    pub(in crate::recorder) depth: u64,
}

impl Context<'_> {
    /// Charges a node of the tree, and the bytes that it takes.
    pub(super) fn charge_node<E: de::Error>(&self, bytes: usize) -> Result<(), E> {
        self.budget.charge_objects(1).map_err(|error| self.fail(error))?;
        self.charge_bytes(bytes)
    }

    /// Charges the bytes of a text.
    pub(super) fn charge_bytes<E: de::Error>(&self, bytes: usize) -> Result<(), E> {
        self.budget.charge_held(bytes as u64).map_err(|error| self.fail(error))
    }

    /// The same for what has a name, which is checked.
    pub(super) fn charge_named<E: de::Error>(&self, name: &str, bytes: usize) -> Result<(), E> {
        self.budget.check_name(name.len() as u64).map_err(|error| self.fail(error))?;
        self.charge_node(bytes)
    }

    /// Counts a tensor.
    pub(super) fn count_tensor<E: de::Error>(&self) -> Result<(), E> {
        let count = self.tensors.get().saturating_add(1);
        self.tensors.set(count);
        self.budget.check_tensors(count).map_err(|error| self.fail(error))
    }

    /// Charges what a tensor takes beside its elements.
    pub(super) fn charge_tensor<E: de::Error>(&self) -> Result<(), E> {
        /// About what the allocator takes for the handles of a tensor's bytes and for its shape.
        const HANDLES: usize = 96;
        self.charge_bytes(size_of::<FileTensor>() + HANDLES)
    }

    /// What travels one level deeper.
    #[cfg(any(feature = "mpk", feature = "json"))]
    pub(super) fn deeper<E: de::Error>(self) -> Result<Self, E> {
        let depth = self.depth.saturating_add(1);
        self.budget.check_depth(depth).map_err(|error| self.fail(error))?;
        Ok(Self { depth, ..self })
    }

    fn fail<E: de::Error>(&self, error: Error) -> E {
        E::custom(self.errors.park(error))
    }

    /// The same, where the file says that its floats are of this dtype: most tensors are.
    pub(in crate::recorder) fn of_floats(self, stored: DType) -> Self {
        Self { hint: Hint::new(stored, self.float), ..self }
    }
}
