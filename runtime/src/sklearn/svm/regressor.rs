//! Support vector regression.

use ndarray::{Array1, Array2, ArrayView2};

use super::kernel::{Kernel, support};
use crate::error::{Error, Result};
use crate::format::sklearn::Estimator;
use crate::module::{Buffer, Module, Param};
use crate::sklearn::read::{matrix, vector};
use crate::sklearn::{FromEstimator, check_class};

/// Support vector regression.
#[derive(Clone, Debug, Module)]
pub struct SVR {
    /// `[vectors, features]`.
    pub support_vectors: Buffer<Array2<f64>>,
    /// Their places in the data, `[vectors]`.
    pub support: Buffer<Array1<i64>>,
    /// The weight of each, `[1, vectors]`.
    pub dual_coef: Param<Array2<f64>>,
    /// Added to the sum, `[1]`.
    pub intercept: Param<Array1<f64>>,
    /// How alike rows and vectors are.
    #[module(constant)]
    pub kernel: Kernel,
}

impl SVR {
    /// `[rows, features]` to `[rows, 1]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let alike = self.kernel.matrix(x, &self.support_vectors, &self.support)?;
        if self.dual_coef.dim() != (1, alike.ncols()) || self.intercept.len() != 1 {
            return Err(Error::argument("each support vector has a weight"));
        }
        Ok(alike.dot(&self.dual_coef.t()) + &**self.intercept)
    }
}

impl FromEstimator for SVR {
    const CLASSES: &'static [&'static str] = &["SVR", "NuSVR"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let kernel = Kernel::read(estimator)?;
        let (support_vectors, support) = support(estimator, kernel)?;
        Ok(Self {
            support_vectors,
            support,
            dual_coef: matrix(estimator, "_dual_coef_")?,
            intercept: vector(estimator, "_intercept_")?,
            kernel,
        })
    }
}
