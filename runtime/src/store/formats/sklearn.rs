//! scikit-learn.

use std::sync::Arc;

use crate::error::Result;
use crate::format::TensorFile;
use crate::format::sklearn::SklearnFile;
use crate::store::{Format, Input, Store};

/// The files of scikit-learn's users: pickles, `.pkl`, and joblib's, `.joblib`, plain or compressed. Read only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sklearn;

/// A store of pickled estimators.
pub type SklearnStore = Store<Sklearn>;

impl Format for Sklearn {
    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
        Ok(Arc::new(SklearnFile::open(Arc::clone(&input.source), input.options)?))
    }
}
