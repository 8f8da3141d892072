//! Naive Bayes with a normal distribution for each feature.

use ndarray::{Array1, Array2, ArrayView2};

use super::input::check_rows;
use super::labels::Labels;
use super::probability::{label, softmax};
use super::read::{at, buffer, matrix};
use super::{FromEstimator, check_class};
use crate::error::{Error, Result};
use crate::format::sklearn::Estimator;
use crate::module::{Buffer, Module, Param};

/// Gaussian naive Bayes.
#[derive(Clone, Debug, Module)]
pub struct GaussianNB {
    /// The mean of each feature in each class, `[classes, features]`.
    pub mean: Param<Array2<f64>>,
    /// Its variance, smoothed, `[classes, features]`.
    pub variance: Param<Array2<f64>>,
    /// How probable each class is before anything is known, `[classes]`.
    pub prior: Buffer<Array1<f64>>,
    /// The label of each class.
    #[module(constant)]
    pub classes: Labels,
}

impl GaussianNB {
    /// The label of each row of `[rows, features]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Labels> {
        let scores = self.predict_joint_log_proba(x)?;
        if scores.ncols() == 1 {
            self.classes.take(vec![0; scores.nrows()])
        } else {
            label(&scores, &self.classes, |_| true)
        }
    }

    /// The probability of each class, `[rows, classes]`.
    ///
    /// # Errors
    /// As [`GaussianNB::predict`].
    pub fn predict_proba(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let mut scores = self.predict_joint_log_proba(x)?;
        softmax(&mut scores);
        Ok(scores)
    }

    /// The logarithm of the probability of row and class together, `[rows, classes]`.
    ///
    /// # Errors
    /// As [`GaussianNB::predict`].
    pub fn predict_joint_log_proba(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        check_rows(&x, self.mean.ncols())?;
        let classes = self.mean.nrows();
        if self.variance.dim() != self.mean.dim() || self.prior.len() != classes {
            return Err(Error::argument("each class has a mean and a variance for each feature, and a prior"));
        }
        let mut scores = Array2::zeros((x.nrows(), classes));
        for (class, mut scores) in scores.columns_mut().into_iter().enumerate() {
            let (mean, variance) = (self.mean.row(class), self.variance.row(class));
            let constant = self.prior[class].ln()
                - 0.5 * variance.iter().map(|v| (2.0 * core::f64::consts::PI * v).ln()).sum::<f64>();
            for (row, score) in x.rows().into_iter().zip(&mut scores) {
                let terms = row.iter().zip(mean).zip(variance).map(|((x, mean), v)| (x - mean) * (x - mean) / v);
                *score = constant - 0.5 * terms.sum::<f64>();
            }
        }
        Ok(scores)
    }
}

impl FromEstimator for GaussianNB {
    const CLASSES: &'static [&'static str] = &["GaussianNB"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        // Before 1.0 it was called `sigma_`.
        let variance = if estimator.has("var_") { "var_" } else { "sigma_" };
        Ok(Self {
            mean: matrix(estimator, "theta_")?,
            variance: matrix(estimator, variance)?,
            prior: buffer(estimator, "class_prior_")?,
            classes: at(estimator, "classes_", Labels::read)?,
        })
    }
}
