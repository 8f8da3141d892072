//! GGUF.

use std::sync::Arc;

use crate::error::Result;
use crate::format::gguf::{GgmlType, GgufFile, quantized_as, write};
use crate::format::{TensorEntry, TensorFile};
use crate::limits::Budget;
use crate::source::Sink;
use crate::store::{Format, Input, Output, Store, WriteFormat};
use crate::value::Value;

/// The container of llama.cpp, `.gguf`. Quantised tensors are read as floats; tensors are written as they are, unless
/// [`Store::quantized`] says otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gguf {
    quantized: Option<GgmlType>,
}

/// A store of GGUF files.
pub type GgufStore = Store<Gguf>;

impl Store<Gguf> {
    /// Quantises the matrices that are saved to this type, [`GgmlType::Q8_0`] or [`GgmlType::Q4_0`]: those of [`quantized_as`]. What is loaded
    /// again is near what was saved, and not equal to it.
    pub fn quantized(mut self, kind: GgmlType) -> Self {
        self.format_mut().quantized = Some(kind);
        self
    }
}

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
        let encode = |entry: &TensorEntry| self.quantized.and_then(|kind| quantized_as(kind)(entry));
        write(output.set, &metadata, &encode, sink)
    }
}
