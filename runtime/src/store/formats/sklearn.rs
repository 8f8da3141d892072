//! scikit-learn.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::format::TensorFile;
use crate::format::sklearn::{Estimator, SklearnFile};
use crate::sklearn::FromEstimator;
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

impl Store<Sklearn> {
    /// The estimator that the file holds, or the one under the key of [`Store::with_top_level_key`] in a dict or a list of several. Its
    /// arrays are read when they are asked for.
    ///
    /// # Errors
    /// What is wrong with the file; [`ErrorKind::Refused`](crate::ErrorKind::Refused) if something else is there.
    pub fn estimator(&self) -> Result<Estimator> {
        let estimator = self.with_input(|input| {
            let file = SklearnFile::open(Arc::clone(&input.source), input.options)?;
            let Some(key) = &self.settings.top_level_key else { return file.estimator().cloned() };
            let found =
                file.root().get(key).ok_or_else(|| Error::refused("there is nothing under this key").in_tensor(key))?;
            found.as_estimator().cloned().map_err(|error| error.in_tensor(key))
        });
        estimator.map_err(|error| self.place.locate(error))
    }

    /// The model that the file holds, read as a whole: [`FromEstimator`] of [`Store::estimator`].
    ///
    /// # Errors
    /// Those of both.
    pub fn model<M: FromEstimator>(&self) -> Result<M> {
        M::from_estimator(&self.estimator()?).map_err(|error| self.place.locate(error))
    }
}
