//! Models whose scores are `x · coefᵀ + intercept`.

mod classifiers;
mod regressors;

pub use classifiers::{
    LogisticRegression, LogisticRegressionRecord, Probabilities, SGDClassifier, SGDClassifierRecord,
};
pub use regressors::{
    ElasticNet, ElasticNetRecord, Lasso, LassoRecord, LinearRegression, LinearRegressionRecord, Ridge, RidgeRecord,
    SGDRegressor, SGDRegressorRecord,
};

use ndarray::{Array1, Array2, ArrayView2};

use super::input::check_rows;
use crate::error::{Error, Result};
use crate::module::Param;

/// `[rows, features]` to `[rows, outputs]`. One intercept may serve all outputs.
fn scores(x: ArrayView2<'_, f64>, coef: &Param<Array2<f64>>, intercept: &Param<Array1<f64>>) -> Result<Array2<f64>> {
    check_rows(&x, coef.ncols())?;
    if intercept.len() != 1 && intercept.len() != coef.nrows() {
        return Err(Error::argument("a linear model has an intercept for each of its outputs"));
    }
    Ok(x.dot(&coef.t()) + &**intercept)
}
