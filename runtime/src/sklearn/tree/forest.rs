//! Forests: the mean of many trees.

use alloc::format;
use alloc::vec::Vec;

use ndarray::{Array2, ArrayView2};

use super::decision::gives_counts;
use super::nodes::{Tree, rows_of};
use super::outputs::{check_form, classes_of, form, split};
use crate::error::{Error, Result};
use crate::format::sklearn::Estimator;
use crate::module::Module;
use crate::sklearn::labels::Labels;
use crate::sklearn::outputs::{label_each, only};
use crate::sklearn::probability::divisor;
use crate::sklearn::{FromEstimator, check_class};

macro_rules! classifiers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Module)]
        pub struct $name {
            /// The trees.
            pub trees: Vec<Tree>,
            /// The label of each class, for each output.
            #[module(constant)]
            pub classes: Vec<Labels>,
            /// Whether what leaves give is yet to be divided by its sum: they gave counts of rows before 1.4.
            #[module(constant)]
            pub counts: bool,
        }

        impl $name {
            /// The label of each row of `[rows, features]`.
            ///
            /// # Errors
            /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features, and for a forest of several outputs:
            /// see `predict_each`.
            pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Labels> {
                only(self.classes.len(), "predict", || self.predict_each(x))
            }

            /// The labels of each row of `[rows, features]`, for each output.
            ///
            /// # Errors
            /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
            pub fn predict_each(&self, x: ArrayView2<'_, f64>) -> Result<Vec<Labels>> {
                label_each(&self.classes, &self.predict_proba_each(x)?)
            }

            /// The mean over the trees of the share of each class in the row's leaf, `[rows, classes]`.
            ///
            /// # Errors
            /// As `predict`; of several outputs, see `predict_proba_each`.
            pub fn predict_proba(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
                only(self.classes.len(), "predict_proba", || self.predict_proba_each(x))
            }

            /// The mean over the trees of the share of each class in the row's leaf, `[rows, classes]` for each output.
            ///
            /// # Errors
            /// As `predict_each`.
            pub fn predict_proba_each(&self, x: ArrayView2<'_, f64>) -> Result<Vec<Array2<f64>>> {
                Ok(split(mean(&self.trees, x, form(&self.classes), self.counts)?, &self.classes))
            }
        }

        impl FromEstimator for $name {
            const CLASSES: &'static [&'static str] = &[stringify!($name)];

            fn from_estimator(estimator: &Estimator) -> Result<Self> {
                check_class::<Self>(estimator)?;
                let (trees, classes) = (trees(estimator)?, classes_of(estimator)?);
                for (place, tree) in trees.iter().enumerate() {
                    let path = || format!("estimators_.{place}.tree_.value");
                    check_form(tree, &classes).map_err(|error| error.in_tensor(path()))?;
                }
                Ok(Self { trees, classes, counts: gives_counts(estimator) })
            }
        }
    )*};
}

macro_rules! regressors {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Module)]
        pub struct $name {
            /// The trees.
            pub trees: Vec<Tree>,
        }

        impl $name {
            /// `[rows, features]` to `[rows, outputs]`.
            ///
            /// # Errors
            /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
            pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
                let outputs = self.trees.first().map_or(0, |tree| tree.outputs().0);
                mean(&self.trees, x, (outputs, 1), false)
            }
        }

        impl FromEstimator for $name {
            const CLASSES: &'static [&'static str] = &[stringify!($name)];

            fn from_estimator(estimator: &Estimator) -> Result<Self> {
                check_class::<Self>(estimator)?;
                Ok(Self { trees: trees(estimator)? })
            }
        }
    )*};
}

classifiers! {
    /// A random forest that classifies.
    RandomForestClassifier;
    /// Extremely randomised trees that classify.
    ExtraTreesClassifier;
}

regressors! {
    /// A random forest that gives numbers.
    RandomForestRegressor;
    /// Extremely randomised trees that give numbers.
    ExtraTreesRegressor;
}

fn trees(estimator: &Estimator) -> Result<Vec<Tree>> {
    let trees = estimator.estimators("estimators_")?.into_iter().enumerate();
    trees
        .map(|(place, tree)| Tree::read(tree, "tree_").map_err(|e| e.in_tensor(format!("estimators_.{place}.tree_"))))
        .collect()
}

/// The mean of what trees of this many outputs and classes give, `[rows, outputs * classes]`. Each tree's counts become shares of their
/// output first.
#[expect(clippy::cast_precision_loss, reason = "there are fewer trees than a float counts")]
fn mean(trees: &[Tree], x: ArrayView2<'_, f64>, form: (usize, usize), counts: bool) -> Result<Array2<f64>> {
    let Some(first) = trees.first() else { return Err(Error::argument("a forest has no trees")) };
    let fits =
        |tree: &Tree| tree.num_features == first.num_features && tree.outputs() == form && tree.width().is_some();
    if !trees.iter().all(fits) {
        return Err(Error::argument("the trees of a forest have the same features and give values of the same form"));
    }
    let rows = rows_of(x, first.num_features)?;
    let (outputs, classes) = form;
    let mut sums = Array2::<f64>::zeros((rows.nrows(), outputs * classes));
    for tree in trees {
        tree.walk()?.each(&rows, |row, values| {
            let mut sums = sums.row_mut(row);
            if !counts {
                return sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
            for (mut sums, counts) in sums.exact_chunks_mut(classes).into_iter().zip(values.exact_chunks(classes)) {
                let whole = divisor(counts.sum());
                sums.zip_mut_with(&counts, |sum, count| *sum += count / whole);
            }
        });
    }
    sums /= trees.len() as f64;
    Ok(sums)
}
