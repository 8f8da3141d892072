//! How a file of PyTorch is opened.

use crate::format::ReadOptions;
use crate::limits::Limits;

/// How a file of PyTorch is opened: as any other ([`ReadOptions`]), and whether CRCs may be missing.
///
/// ```
/// use vellum::format::torch::TorchOptions;
///
/// let options = TorchOptions::new().share(true).allow_missing_crcs(true);
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default)]
pub struct TorchOptions {
    pub(super) read: ReadOptions,
    pub(super) missing_crcs: bool,
}

impl TorchOptions {
    /// The default limits, tensors copied, CRCs demanded and checked.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the file may make its reader do.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.read.limits = limits;
        self
    }

    /// Whether tensors share the source's bytes, where these are in memory already and lie as a tensor holds them, instead of
    /// copying them.
    #[must_use]
    pub fn share(mut self, share: bool) -> Self {
        self.read.share = share;
        self
    }

    /// Whether the CRC of a storage is checked when a tensor of it is read. Without this only
    /// [`TensorFile::verify`](crate::format::TensorFile::verify) checks it, so that mapped bytes stay untouched until they are used.
    #[must_use]
    pub fn digests(mut self, digests: bool) -> Self {
        self.read.digests = digests;
        self
    }

    /// Whether a zip that was written without any CRC is opened: `torch.serialization.set_crc32_options(False)` makes such files.
    /// Damage to them cannot be seen. CRCs that are there are checked all the same.
    #[must_use]
    pub fn allow_missing_crcs(mut self, allow: bool) -> Self {
        self.missing_crcs = allow;
        self
    }
}

impl From<ReadOptions> for TorchOptions {
    fn from(read: ReadOptions) -> Self {
        Self { read, ..Self::default() }
    }
}
