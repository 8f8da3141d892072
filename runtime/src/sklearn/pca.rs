//! Principal components.

use ndarray::{Array1, Array2, ArrayView2};

use super::input::check_rows;
use super::read::{buffer, matrix};
use super::{FromEstimator, check_class};
use crate::error::{Error, Result};
use crate::format::sklearn::Estimator;
use crate::module::{Buffer, Module, Param};

/// Projection onto principal components.
#[derive(Clone, Debug, Module)]
pub struct PCA {
    /// The directions, `[components, features]`.
    pub components: Param<Array2<f64>>,
    /// The mean of each feature, taken away first, `[features]`.
    pub mean: Buffer<Array1<f64>>,
    /// Where it whitens: the variance of each component, `[components]`.
    pub variance: Option<Buffer<Array1<f64>>>,
}

impl PCA {
    /// `[rows, features]` to `[rows, components]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn transform(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        check_rows(&x, self.components.ncols())?;
        if self.mean.len() != x.ncols() {
            return Err(Error::argument("a mean for each feature is wanted"));
        }
        let mut projected = (&x - &*self.mean).dot(&self.components.t());
        if let Some(variance) = &self.variance {
            if variance.len() != projected.ncols() {
                return Err(Error::argument("a variance for each component is wanted"));
            }
            // A direction without variance would be divided by nothing.
            projected /= &variance.mapv(|variance| variance.sqrt().max(f64::EPSILON));
        }
        Ok(projected)
    }
}

impl FromEstimator for PCA {
    const CLASSES: &'static [&'static str] = &["PCA", "IncrementalPCA"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let variance = if estimator.bool("whiten")? { Some(buffer(estimator, "explained_variance_")?) } else { None };
        Ok(Self { components: matrix(estimator, "components_")?, mean: buffer(estimator, "mean_")?, variance })
    }
}
