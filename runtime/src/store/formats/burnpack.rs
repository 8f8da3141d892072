//! Burnpack.

use std::sync::Arc;

use crate::error::Result;
use crate::format::TensorFile;
use crate::format::burnpack::{BurnpackFile, Writer};
use crate::source::Sink;
use crate::store::{Format, Habits, Input, Output, Store, WriteFormat};

/// Burn's own format, `.bpk`: the ids of parameters come back with them. Weights of layers of `LinearLayout::Col` are in it as Burn has
/// them, `[d_output, d_input]`; a file of ours says which those are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Burnpack;

/// A store of Burnpack files.
pub type BurnpackStore = Store<Burnpack>;

impl Format for Burnpack {
    const EXTENSION: Option<&'static str> = Some("bpk");

    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
        Ok(Arc::new(BurnpackFile::open(Arc::clone(&input.source), input.options)?))
    }

    fn habits(&self, file: Option<&dyn TensorFile>) -> Habits {
        if file.is_none_or(TensorFile::is_of_burn) { Habits::BURN } else { Habits::default() }
    }
}

impl WriteFormat for Burnpack {
    fn write(&self, output: &Output<'_>, sink: &mut dyn Sink) -> Result<()> {
        let writer = Writer::new().metadata(output.metadata.clone()).in_columns(output.in_columns.to_vec());
        writer.digests(output.digests).write(output.set, sink)
    }
}
