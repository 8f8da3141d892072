//! Keras.

use std::sync::Arc;

use crate::error::Result;
use crate::format::TensorFile;
use crate::format::keras::KerasFile;
use crate::limits::Budget;
use crate::store::{Format, Habits, Input, Store};

/// Keras' models and weights, `.h5`, `.keras` and `.weights.h5`. Read only. The paths of its tensors are written with dots.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keras;

/// A store of Keras' files.
pub type KerasStore = Store<Keras>;

impl Format for Keras {
    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
        let budget = Budget::new(input.options.limits.clone(), input.source.len());
        Ok(Arc::new(KerasFile::open(Arc::clone(&input.source), &budget)?))
    }

    fn habits(&self, _file: Option<&dyn TensorFile>) -> Habits {
        Habits::KERAS
    }
}
