//! Models of scikit-learn that predict here what they predict there.
//!
//! Each type is named as scikit-learn names it, derives [`Module`](crate::Module), and is made from what a `.pkl` or `.joblib` file holds
//! ([`FromEstimator`]). From then on it is a module like any other: every recorder and every store saves and loads it.
//!
//! Numbers are `f64` and inputs are `[rows, features]`; trees compare features as `f32`, as scikit-learn's do. What a model was not
//! made for (other features, a value of no known category) is an error, and so is a part that does not fit the others: nothing panics,
//! whatever a file held.
//!
//! | task | models |
//! |---|---|
//! | regression | [`LinearRegression`], [`Ridge`], [`Lasso`], [`ElasticNet`], [`SGDRegressor`], [`SVR`], [`MLPRegressor`], [`KNeighborsRegressor`] |
//! | classification | [`LogisticRegression`], [`SGDClassifier`], [`SVC`], [`MLPClassifier`], [`KNeighborsClassifier`], [`GaussianNB`] |
//! | trees | [`DecisionTreeClassifier`], [`RandomForestClassifier`], [`ExtraTreesClassifier`], [`GradientBoostingClassifier`], [`HistGradientBoostingClassifier`], and the regressor of each |
//! | transformation | [`StandardScaler`], [`MinMaxScaler`], [`OneHotEncoder`], [`OrdinalEncoder`], [`PCA`], [`KMeans`] |
//! | composition | [`Pipeline`], [`ColumnTransformer`], and [`Model`], which is any of these |
//!
//! Classifiers give one label a row by `predict`, and by `predict_proba` the probability of each class. Trees, forests, neighbours and
//! perceptrons may have several outputs, fitted on a matrix of labels: for these there are `predict_each` and `predict_proba_each`, which
//! give as much for each output, also where there is one. [`MLPClassifier`] says what a perceptron gives that was fitted on indicators.
//!
//! The rules are those of scikit-learn's own code, versions 0.24 to 1.9; where versions differ, the one that a file states counts.
#![expect(clippy::needless_pass_by_value, reason = "views are passed by value, as in ndarray")]

mod bayes;
mod compose;
mod input;
mod k_means;
mod labels;
mod linear;
mod mlp;
mod neighbors;
mod outputs;
mod pca;
mod preprocessing;
mod probability;
mod read;
mod sparse;
mod svm;
mod tree;

pub use bayes::{GaussianNB, GaussianNBRecord};
pub use compose::{
    ColumnTransformer, ColumnTransformerRecord, Columns, Model, ModelRecord, Part, PartRecord, Pipeline, PipelineRecord,
};
pub use input::{Column, Table};
pub use k_means::{KMeans, KMeansRecord};
pub use labels::Labels;
pub use linear::*;
pub use mlp::{Activation, MLPClassifier, MLPClassifierRecord, MLPRegressor, MLPRegressorRecord};
pub use neighbors::{
    KNeighborsClassifier, KNeighborsClassifierRecord, KNeighborsRegressor, KNeighborsRegressorRecord, Metric, Weights,
};
pub use pca::{PCA, PCARecord};
pub use preprocessing::*;
pub use svm::{Kernel, KernelKind, SVC, SVCRecord, SVR, SVRRecord};
pub use tree::*;

use crate::error::{Error, Result};
use crate::format::sklearn::Estimator;

/// A model that is made from scikit-learn's.
pub trait FromEstimator: Sized {
    /// The classes that it is made from, by name without their modules.
    const CLASSES: &'static [&'static str];

    /// The model of a fitted estimator, all of its parts read.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused), naming the attribute, for another class, an estimator that was not fitted, and a
    /// setting that has no form here, such as a kernel that is a function of Python's; those of reading the file.
    fn from_estimator(estimator: &Estimator) -> Result<Self>;
}

/// Checks that an estimator is of one of the classes that `M` is made from.
fn check_class<M: FromEstimator>(estimator: &Estimator) -> Result<()> {
    if estimator.class.starts_with("sklearn.") && M::CLASSES.contains(&estimator.name()) {
        return Ok(());
    }
    Err(Error::refused(alloc::format!("`{}` is no {}", estimator.class, M::CLASSES.join(" or "))))
}
