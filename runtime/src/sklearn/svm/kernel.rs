//! How alike two rows are.

use alloc::vec::Vec;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::format::sklearn::{Attribute, Estimator};
use crate::module::Buffer;
use crate::sklearn::input::{check_finite, check_rows};
use crate::sklearn::read::{at, buffer, full_matrix_of, not_a_word};

/// Which kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum KernelKind {
    /// `x · y`
    Linear,
    /// `(gamma x · y + coef0) ^ degree`
    Poly,
    /// `exp(-gamma |x - y|²)`
    #[default]
    Rbf,
    /// `tanh(gamma x · y + coef0)`
    Sigmoid,
    /// Rows are the kernel with each row of the data already.
    Precomputed,
}

/// A kernel with its numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Kernel {
    /// Which it is.
    pub kind: KernelKind,
    /// Its scale.
    pub gamma: f64,
    /// Its constant.
    pub coef0: f64,
    /// Its power.
    pub degree: f64,
}

impl Kernel {
    pub(super) fn read(estimator: &Estimator) -> Result<Self> {
        let kind = match estimator.get("kernel").map(Attribute::as_text) {
            Some(Ok("linear")) => KernelKind::Linear,
            Some(Ok("poly")) => KernelKind::Poly,
            Some(Ok("rbf")) => KernelKind::Rbf,
            Some(Ok("sigmoid")) => KernelKind::Sigmoid,
            Some(Ok("precomputed")) => KernelKind::Precomputed,
            _ => return not_a_word(estimator, "kernel"),
        };
        Ok(Self {
            kind,
            gamma: estimator.f64("_gamma")?,
            coef0: estimator.f64("coef0")?,
            degree: estimator.f64("degree")?,
        })
    }

    fn of(&self, x: ArrayView1<'_, f64>, y: ArrayView1<'_, f64>) -> f64 {
        match self.kind {
            KernelKind::Linear | KernelKind::Precomputed => x.dot(&y),
            KernelKind::Poly => (self.gamma * x.dot(&y) + self.coef0).powf(self.degree),
            KernelKind::Rbf => (-self.gamma * x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()).exp(),
            KernelKind::Sigmoid => (self.gamma * x.dot(&y) + self.coef0).tanh(),
        }
    }

    /// The kernel of each row with each support vector, `[rows, vectors]`.
    pub(super) fn matrix(
        &self,
        x: ArrayView2<'_, f64>,
        vectors: &Array2<f64>,
        support: &Array1<i64>,
    ) -> Result<Array2<f64>> {
        if self.kind == KernelKind::Precomputed {
            let places = support.iter().map(|place| usize::try_from(*place).ok().filter(|place| *place < x.ncols()));
            let Some(places) = places.collect::<Option<Vec<_>>>() else {
                return Err(Error::argument("a precomputed kernel has a column for each row of the data"));
            };
            check_finite(&x)?;
            return Ok(x.select(ndarray::Axis(1), &places));
        }
        check_rows(&x, vectors.ncols())?;
        Ok(Array2::from_shape_fn((x.nrows(), vectors.nrows()), |(row, vector)| {
            self.of(x.row(row), vectors.row(vector))
        }))
    }
}

/// Support vectors, `[vectors, features]`, and their places in the data, `[vectors]`.
type Support = (Buffer<Array2<f64>>, Buffer<Array1<i64>>);

/// The support vectors of an estimator and their places. A precomputed kernel needs only the places.
pub(super) fn support(estimator: &Estimator, kernel: Kernel) -> Result<Support> {
    let support: Buffer<Array1<i64>> = buffer(estimator, "support_")?;
    let vectors = match kernel.kind {
        KernelKind::Precomputed => Array2::zeros((support.len(), 0)),
        _ => at(estimator, "support_vectors_", full_matrix_of)?,
    };
    Ok((Buffer::new(vectors), support))
}
