//! How a file is opened.

use crate::limits::Limits;

/// How a file is opened: the same choices for every format.
///
/// ```
/// use vellum::format::ReadOptions;
///
/// let mut options = ReadOptions::default();
/// options.share = true;
/// assert!(options.digests);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReadOptions {
    /// What the file may make its reader do.
    pub limits: Limits,
    /// Tensors share the source's bytes where these are in memory already (static or mapped) instead of copying them. Off at first.
    pub share: bool,
    /// Each tensor that is read is checked against its digest, where the file has one. On at first: it costs less than the copy.
    /// Without it only [`TensorFile::verify`](super::TensorFile::verify) checks them, so that mapped bytes stay untouched until they
    /// are used.
    pub digests: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { limits: Limits::default(), share: false, digests: true }
    }
}
