//! Flux.

use std::sync::Arc;

use crate::error::Result;
use crate::format::julia::{open_plain, write_plain};
use crate::format::{FileFormat, TensorFile, bson, detect, jld2};
use crate::limits::Budget;
use crate::source::Sink;
use crate::store::{Format, Habits, Input, Output, Store, WriteFormat};

/// The states of Flux models, as Julia's JLD2 and BSON.jl save them, `.jld2` and `.bson`. Layers are translated, enum variants are no part of
/// names, and the gaps of a `Chain` are closed, unless the caller says otherwise.
///
/// A file is listed by its own names, whose places count from 1 (`model_state.layers.1.weight`); a load sees places that count from 0, and so do
/// the rules of names ([`Store::with_regex`], [`Store::with_key_remapping`]). The state of a model is under the key that it was saved by, which
/// is given as the file lists it: `.with_top_level_key("model_state")`, or `"models.1"` for the first of several.
///
/// Written, and read too: plain HDF5 for `HDF5.jl` ([`write_plain`]), with Flux's layouts, names and counting. In Julia
/// `read(h5open("model.h5")["layers/1/weight"])` is the weight as Flux has it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flux;

/// A store of Flux' files.
pub type FluxStore = Store<Flux>;

impl Format for Flux {
    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
        let budget = Budget::new(input.options.limits.clone(), input.source.len());
        let source = Arc::clone(&input.source);
        Ok(Arc::new(match detect(&source)? {
            FileFormat::Bson => bson::open(source, &budget)?,
            FileFormat::Hdf5 if !jld2::is_jld2(&source)? => open_plain(source, &budget)?,
            _ => jld2::open(source, &budget)?,
        }))
    }

    fn habits(&self, _file: Option<&dyn TensorFile>) -> Habits {
        Habits::FLUX
    }
}

impl WriteFormat for Flux {
    fn write(&self, output: &Output<'_>, sink: &mut dyn Sink) -> Result<()> {
        write_plain(output.set, output.metadata, sink)
    }
}
