//! NumPy.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Result;
use crate::format::TensorFile;
use crate::format::numpy::{NumpyFile, write_npz};
use crate::limits::Budget;
use crate::source::Sink;
use crate::store::{Format, Input, Output, Store, WriteFormat};

/// NumPy's archives of arrays, `.npz`, and single arrays, `.npy`. Archives are written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Npz {
    compressed: bool,
}

/// A store of NumPy's files.
pub type NpzStore = Store<Npz>;

impl Store<Npz> {
    /// Whether arrays are compressed when they are saved. They are not by default.
    pub fn compressed(mut self, compressed: bool) -> Self {
        self.format_mut().compressed = compressed;
        self
    }
}

impl Format for Npz {
    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
        let budget = Budget::new(input.options.limits.clone(), input.source.len());
        let file = NumpyFile::open(Arc::clone(&input.source), &budget)?;
        Ok(Arc::new(file.with_zero_copy(input.options.share)))
    }
}

impl WriteFormat for Npz {
    /// An archive has room for arrays only.
    fn default_metadata(&self, _translated: bool) -> Option<BTreeMap<String, String>> {
        None
    }

    /// One array.
    fn read_only_extensions(&self) -> &'static [&'static str] {
        &["npy"]
    }

    fn expected_len(&self, output: &Output<'_>) -> Option<u64> {
        (!self.compressed).then(|| output.tensor_bytes())
    }

    fn write(&self, output: &Output<'_>, sink: &mut dyn Sink) -> Result<()> {
        output.check_no_metadata("npz")?;
        write_npz(output.set, self.compressed, sink)
    }
}
