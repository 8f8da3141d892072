//! PyTorch.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Result;
use crate::format::TensorFile;
use crate::format::torch::{TorchFile, TorchOptions, write_state_dict};
use crate::source::Sink;
use crate::store::{Format, Habits, Input, Output, Store, WriteFormat};

/// PyTorch's files, `.pt`, `.pth` and `.pth.tar`: state dicts, checkpoints and whole models as their weights. Written as a state dict.
///
/// Layers are translated, enum variants are no part of names, and the gaps of a `Sequential` are closed, unless the caller says otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pytorch {
    missing_crcs: bool,
}

/// A store of PyTorch's files.
pub type PytorchStore = Store<Pytorch>;

impl Store<Pytorch> {
    /// Whether a zip that was written without any CRC is opened. Damage to it cannot be seen.
    pub fn allow_missing_crcs(mut self, allow: bool) -> Self {
        self.format_mut().missing_crcs = allow;
        self
    }
}

impl Format for Pytorch {
    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
        let options = TorchOptions::new()
            .limits(input.options.limits.clone())
            .share(input.options.share)
            .allow_missing_crcs(self.missing_crcs);
        Ok(Arc::new(TorchFile::open(Arc::clone(&input.source), &options)?))
    }

    fn habits(&self, _file: Option<&dyn TensorFile>) -> Habits {
        Habits::PYTORCH
    }
}

impl WriteFormat for Pytorch {
    /// A state dict has room for tensors only.
    fn default_metadata(&self, _translated: bool) -> Option<BTreeMap<String, String>> {
        None
    }

    fn write(&self, output: &Output<'_>, sink: &mut dyn Sink) -> Result<()> {
        output.check_no_metadata("pytorch")?;
        write_state_dict(output.set, sink)
    }
}
