//! GGUF.

use std::sync::Arc;

use crate::error::Result;
use crate::format::TensorFile;
use crate::format::gguf::{GgufFile, write};
use crate::limits::Budget;
use crate::source::Sink;
use crate::store::{Format, Input, Output, Store, WriteFormat};
use crate::value::Value;

/// The container of llama.cpp, `.gguf`. Quantised tensors are read as floats; tensors are written as they are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gguf;

/// A store of GGUF files.
pub type GgufStore = Store<Gguf>;

impl Format for Gguf {
    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
        let budget = Budget::new(input.options.limits.clone(), input.source.len());
        let file = GgufFile::open(Arc::clone(&input.source), &budget)?;
        Ok(Arc::new(file.with_zero_copy(input.options.share)))
    }
}

impl WriteFormat for Gguf {
    fn write(&self, output: &Output<'_>, sink: &mut dyn Sink) -> Result<()> {
        let metadata: Vec<(String, Value)> =
            output.metadata.iter().map(|(key, text)| (key.clone(), Value::Str(text.clone()))).collect();
        write(output.set, &metadata, &|_| None, sink)
    }
}
