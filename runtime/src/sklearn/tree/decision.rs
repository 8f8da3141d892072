//! Single trees.

use ndarray::{Array2, ArrayView2};

use super::nodes::{Tree, values};
use crate::error::Result;
use crate::format::sklearn::Estimator;
use crate::module::Module;
use crate::sklearn::labels::Labels;
use crate::sklearn::probability::{argmax, normalise};
use crate::sklearn::read::{at, is_since, several_outputs};
use crate::sklearn::{FromEstimator, check_class};

/// A decision tree that classifies.
#[derive(Clone, Debug, Module)]
pub struct DecisionTreeClassifier {
    /// The tree; what a leaf gives is the share of each class, or how many rows of each there were.
    pub tree: Tree,
    /// The label of each class.
    #[module(constant)]
    pub classes: Labels,
    /// Whether what leaves give is yet to be divided by its sum: they gave counts before 1.4.
    #[module(constant)]
    pub counts: bool,
}

/// A decision tree that gives numbers.
#[derive(Clone, Debug, Module)]
pub struct DecisionTreeRegressor {
    /// The tree; what a leaf gives is `[outputs, 1]`.
    pub tree: Tree,
}

impl DecisionTreeClassifier {
    /// The label of each row of `[rows, features]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Labels> {
        self.classes.take(self.values(x)?.rows().into_iter().map(argmax))
    }

    /// The share of each class in the row's leaf, `[rows, classes]`.
    ///
    /// # Errors
    /// As [`DecisionTreeClassifier::predict`].
    pub fn predict_proba(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let mut values = self.values(x)?;
        if self.counts {
            normalise(&mut values);
        }
        Ok(values)
    }

    fn values(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        values(&self.tree, x, self.classes.len())
    }
}

impl DecisionTreeRegressor {
    /// `[rows, features]` to `[rows, outputs]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        values(&self.tree, x, self.tree.outputs().0)
    }
}

/// The labels of a tree or a forest, which has one output.
pub(super) fn classes_of(estimator: &Estimator) -> Result<Labels> {
    if estimator.get("n_outputs_").is_some() && estimator.i64("n_outputs_")? != 1 {
        return Err(several_outputs("n_outputs_"));
    }
    at(estimator, "classes_", Labels::read)
}

/// Whether the leaves of a classifier's trees give counts, or may do so: they give shares since 1.4, whose builds before the release had both.
pub(super) fn gives_counts(estimator: &Estimator) -> bool {
    !is_since(estimator, 1, 5)
}

impl FromEstimator for DecisionTreeClassifier {
    const CLASSES: &'static [&'static str] = &["DecisionTreeClassifier", "ExtraTreeClassifier"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        Ok(Self {
            tree: Tree::read(estimator, "tree_")?,
            classes: classes_of(estimator)?,
            counts: gives_counts(estimator),
        })
    }
}

impl FromEstimator for DecisionTreeRegressor {
    const CLASSES: &'static [&'static str] = &["DecisionTreeRegressor", "ExtraTreeRegressor"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        Ok(Self { tree: Tree::read(estimator, "tree_")? })
    }
}
