//! What travels beside an item while it is read.

use super::lazy::Lazy;
use crate::codec::slot::{BlobSlot, ErrorSlot};
use crate::dtype::DType;
use crate::limits::Budget;

/// What travels beside the item while it is read.
#[derive(Clone, Copy)]
pub(in crate::recorder) struct Context<'a> {
    pub(in crate::recorder) blobs: &'a BlobSlot,
    pub(in crate::recorder) errors: &'a ErrorSlot,
    pub(in crate::recorder) budget: &'a Budget,
    /// The dtype that most blobs have.
    pub(in crate::recorder) hint: DType,
    /// How tensors are left in the file, if they are.
    pub(in crate::recorder) lazy: Option<&'a Lazy>,
}
