//! Flux.

use std::sync::Arc;

use crate::error::Result;
use crate::format::{FileFormat, TensorFile, bson, detect, jld2};
use crate::limits::Budget;
use crate::store::{Format, Input, Store};

/// The states of Flux models, as Julia's JLD2 and BSON.jl save them, `.jld2` and `.bson`. Read only.
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
            _ => jld2::open(source, &budget)?,
        }))
    }
}
