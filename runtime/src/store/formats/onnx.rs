//! ONNX.

use std::sync::Arc;

use crate::error::Result;
use crate::format::TensorFile;
use crate::format::onnx::OnnxFile;
use crate::io::{Beneath, Links};
use crate::limits::Budget;
use crate::store::{Format, Input, Store};

/// The weights of ONNX models, `.onnx`, with those in files beside the model. Read only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Onnx {
    links: Links,
}

/// A store of ONNX models.
pub type OnnxStore = Store<Onnx>;

impl Store<Onnx> {
    /// Whether the files of external data may be links, symbolic as in the caches of model hubs or hard as in those of packages.
    /// They may not by default: a link leads out of the model's folder.
    pub fn allow_symlinks(mut self, allow: bool) -> Self {
        self.format_mut().links = if allow { Links::Follow } else { Links::Refuse };
        self
    }
}

impl Format for Onnx {
    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
        let budget = Budget::new(input.options.limits.clone(), input.source.len());
        let source = Arc::clone(&input.source);
        let Some(path) = input.path else {
            return Ok(Arc::new(OnnxFile::open(source, None, &budget)?.with_zero_copy(input.options.share)));
        };
        let beside = Beneath::folder_of(path, self.links);
        Ok(Arc::new(OnnxFile::open(source, Some(&beside), &budget)?.with_zero_copy(input.options.share)))
    }
}
