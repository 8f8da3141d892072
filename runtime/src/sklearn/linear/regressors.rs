//! Linear regression, however it was fitted.

use ndarray::{Array1, Array2, ArrayView2};

use super::scores;
use crate::error::Result;
use crate::format::sklearn::Estimator;
use crate::module::{Module, Param};
use crate::sklearn::read::{matrix, vector};
use crate::sklearn::{FromEstimator, check_class};

macro_rules! regressors {
    ($($(#[$doc:meta])* $name:ident from $($class:literal)+;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Module)]
        pub struct $name {
            /// Weights, `[outputs, features]`.
            pub coef: Param<Array2<f64>>,
            /// Added to each output, `[outputs]` or `[1]`.
            pub intercept: Param<Array1<f64>>,
        }

        impl $name {
            /// `[rows, features]` to `[rows, outputs]`.
            ///
            /// # Errors
            /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
            pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
                scores(x, &self.coef, &self.intercept)
            }
        }

        impl FromEstimator for $name {
            const CLASSES: &'static [&'static str] = &[$($class),+];

            fn from_estimator(estimator: &Estimator) -> Result<Self> {
                check_class::<Self>(estimator)?;
                Ok(Self { coef: matrix(estimator, "coef_")?, intercept: vector(estimator, "intercept_")? })
            }
        }
    )*};
}

regressors! {
    /// Ordinary least squares.
    LinearRegression from "LinearRegression";
    /// Least squares with a penalty on the squares of the weights.
    Ridge from "Ridge" "RidgeCV";
    /// Least squares with a penalty on the sizes of the weights.
    Lasso from "Lasso" "LassoCV" "LassoLars" "MultiTaskLasso";
    /// Least squares with both penalties.
    ElasticNet from "ElasticNet" "ElasticNetCV" "MultiTaskElasticNet";
    /// A linear model fitted by stochastic gradient descent.
    SGDRegressor from "SGDRegressor";
}
