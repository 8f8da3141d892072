//! ONNX.

use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::format::TensorFile;
use crate::format::onnx::{Location, OnnxFile};
use crate::io::{Symlinks, open_beneath};
use crate::limits::Budget;
use crate::source::Source;
use crate::store::{Format, Input, Store};

/// The weights of ONNX models, `.onnx`, with those in files beside the model. Read only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Onnx;

/// A store of ONNX models.
pub type OnnxStore = Store<Onnx>;

impl Format for Onnx {
    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
        let budget = Budget::new(input.options.limits.clone(), input.source.len());
        let source = Arc::clone(&input.source);
        let Some(path) = input.path else {
            return Ok(Arc::new(OnnxFile::open(source, None, &budget)?.with_zero_copy(input.options.share)));
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let beside = |location: &Location| -> Result<Arc<dyn Source>> {
            Ok(Arc::new(open_beneath(folder, location.as_str(), Symlinks::Refuse)?))
        };
        Ok(Arc::new(OnnxFile::open(source, Some(&beside), &budget)?.with_zero_copy(input.options.share)))
    }
}
