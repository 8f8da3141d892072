//! What travels beside an item while it is read.

use serde::de;

use super::lazy::Lazy;
use crate::codec::slot::{BlobSlot, ErrorSlot, Hint};
use crate::dtype::DType;
use crate::limits::Budget;

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
}

impl Context<'_> {
    /// Charges a node of the tree, and the bytes that it takes.
    pub(super) fn charge_node<E: de::Error>(&self, bytes: usize) -> Result<(), E> {
        let charged = self.budget.charge_objects(1);
        let charged = charged.and_then(|()| self.budget.charge_held(bytes as u64));
        charged.map_err(|error| E::custom(self.errors.park(error)))
    }

    /// The same, where the file says that its floats are of this dtype: most tensors are.
    pub(in crate::recorder) fn of_floats(self, stored: DType) -> Self {
        Self { hint: Hint::new(stored, self.float), ..self }
    }
}
