//! Single trees.

use alloc::vec::Vec;

use ndarray::{Array2, ArrayView2};

use super::nodes::{Tree, values};
use super::outputs::{check_form, classes_of, form, split};
use crate::error::Result;
use crate::format::sklearn::Estimator;
use crate::module::Module;
use crate::sklearn::labels::Labels;
use crate::sklearn::outputs::{label_each, only};
use crate::sklearn::probability::normalise;
use crate::sklearn::read::is_since;
use crate::sklearn::{FromEstimator, check_class};

/// A decision tree that classifies.
#[derive(Clone, Debug, Module)]
pub struct DecisionTreeClassifier {
    /// The tree; what a leaf gives is, for each output, the share of each class, or how many rows of each there were. Where outputs have
    /// fewer classes than others, zeros follow.
    pub tree: Tree,
    /// The label of each class, for each output.
    #[module(constant)]
    pub classes: Vec<Labels>,
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
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features, and for a tree of several outputs: see
    /// [`DecisionTreeClassifier::predict_each`].
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Labels> {
        only(self.classes.len(), "predict", || self.predict_each(x))
    }

    /// The labels of each row of `[rows, features]`, for each output.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict_each(&self, x: ArrayView2<'_, f64>) -> Result<Vec<Labels>> {
        label_each(&self.classes, &self.values(x)?)
    }

    /// The share of each class in the row's leaf, `[rows, classes]`.
    ///
    /// # Errors
    /// As [`DecisionTreeClassifier::predict`]; of several outputs, see [`DecisionTreeClassifier::predict_proba_each`].
    pub fn predict_proba(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        only(self.classes.len(), "predict_proba", || self.predict_proba_each(x))
    }

    /// The share of each class in the row's leaf, `[rows, classes]` for each output.
    ///
    /// # Errors
    /// As [`DecisionTreeClassifier::predict_each`].
    pub fn predict_proba_each(&self, x: ArrayView2<'_, f64>) -> Result<Vec<Array2<f64>>> {
        let mut values = self.values(x)?;
        if self.counts {
            values.iter_mut().for_each(normalise);
        }
        Ok(values)
    }

    fn values(&self, x: ArrayView2<'_, f64>) -> Result<Vec<Array2<f64>>> {
        let form = form(&self.classes);
        Ok(split(values(&self.tree, x, form)?, &self.classes))
    }
}

impl DecisionTreeRegressor {
    /// `[rows, features]` to `[rows, outputs]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        values(&self.tree, x, (self.tree.outputs().0, 1))
    }
}

/// Whether the leaves of a classifier's trees give counts, or may do so: they give shares since 1.4, whose builds before the release had both.
pub(super) fn gives_counts(estimator: &Estimator) -> bool {
    !is_since(estimator, 1, 5)
}

impl FromEstimator for DecisionTreeClassifier {
    const CLASSES: &'static [&'static str] = &["DecisionTreeClassifier", "ExtraTreeClassifier"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let (tree, classes) = (Tree::read(estimator, "tree_")?, classes_of(estimator)?);
        check_form(&tree, &classes).map_err(|error| error.in_tensor("tree_.value"))?;
        Ok(Self { tree, classes, counts: gives_counts(estimator) })
    }
}

impl FromEstimator for DecisionTreeRegressor {
    const CLASSES: &'static [&'static str] = &["DecisionTreeRegressor", "ExtraTreeRegressor"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        Ok(Self { tree: Tree::read(estimator, "tree_")? })
    }
}
