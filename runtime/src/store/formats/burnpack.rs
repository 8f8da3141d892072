//! Burnpack.

use std::sync::Arc;

use crate::error::Result;
use crate::format::TensorFile;
use crate::format::burnpack::{BurnpackFile, Writer};
use crate::source::Sink;
use crate::store::{Format, Input, Output, Store, WriteFormat};

/// Burn's own format, `.bpk`: the ids of parameters come back with them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Burnpack;

/// A store of Burnpack files.
pub type BurnpackStore = Store<Burnpack>;

impl Format for Burnpack {
    const EXTENSION: Option<&'static str> = Some("bpk");

    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
        Ok(Arc::new(BurnpackFile::open(Arc::clone(&input.source), input.options)?))
    }
}

impl WriteFormat for Burnpack {
    fn write(&self, output: &Output<'_>, sink: &mut dyn Sink) -> Result<()> {
        Writer::new().metadata(output.metadata.clone()).digests(output.digests).write(output.set, sink)
    }
}
