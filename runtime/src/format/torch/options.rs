//! How a file of PyTorch is opened.

use crate::limits::Limits;

/// How a file of PyTorch is opened.
///
/// ```
/// use vellum::format::torch::TorchOptions;
///
/// let options = TorchOptions::new().share(true).allow_missing_crcs(true);
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default)]
pub struct TorchOptions {
    pub(super) limits: Limits,
    pub(super) share: bool,
    pub(super) missing_crcs: bool,
}

impl TorchOptions {
    /// The default limits, tensors copied, CRCs demanded.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the file may make its reader do.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whether tensors share the source's bytes, where these are in memory already and lie as a tensor holds them, instead of
    /// copying them.
    #[must_use]
    pub fn share(mut self, share: bool) -> Self {
        self.share = share;
        self
    }

    /// Whether a zip that was written without any CRC is opened: `torch.serialization.set_crc32_options(False)` makes such files.
    /// Damage to them cannot be seen. A CRC that is there is always checked.
    #[must_use]
    pub fn allow_missing_crcs(mut self, allow: bool) -> Self {
        self.missing_crcs = allow;
        self
    }
}
