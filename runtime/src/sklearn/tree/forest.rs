//! Forests: the mean of many trees.

use alloc::format;
use alloc::vec::Vec;

use ndarray::{Array2, ArrayView2};

use super::decision::{classes_of, gives_counts};
use super::nodes::{Tree, rows_of};
use crate::error::{Error, Result};
use crate::format::sklearn::Estimator;
use crate::module::Module;
use crate::sklearn::labels::Labels;
use crate::sklearn::probability::{argmax, divisor};
use crate::sklearn::{FromEstimator, check_class};

macro_rules! classifiers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Module)]
        pub struct $name {
            /// The trees.
            pub trees: Vec<Tree>,
            /// The label of each class.
            #[module(constant)]
            pub classes: Labels,
            /// Whether what leaves give is yet to be divided by its sum: they gave counts of rows before 1.4.
            #[module(constant)]
            pub counts: bool,
        }

        impl $name {
            /// The label of each row of `[rows, features]`.
            ///
            /// # Errors
            /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
            pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Labels> {
                self.classes.take(self.predict_proba(x)?.rows().into_iter().map(argmax))
            }

            /// The mean over the trees of the share of each class in the row's leaf, `[rows, classes]`.
            ///
            /// # Errors
            /// As `predict`.
            pub fn predict_proba(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
                mean(&self.trees, x, self.classes.len(), self.counts)
            }
        }

        impl FromEstimator for $name {
            const CLASSES: &'static [&'static str] = &[stringify!($name)];

            fn from_estimator(estimator: &Estimator) -> Result<Self> {
                check_class::<Self>(estimator)?;
                Ok(Self {
                    trees: trees(estimator)?,
                    classes: classes_of(estimator)?,
                    counts: gives_counts(estimator),
                })
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
                mean(&self.trees, x, outputs, false)
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

/// The mean of what trees give, `[rows, width]`. Each tree's counts become shares first.
#[expect(clippy::cast_precision_loss, reason = "there are fewer trees than a float counts")]
fn mean(trees: &[Tree], x: ArrayView2<'_, f64>, width: usize, counts: bool) -> Result<Array2<f64>> {
    let Some(first) = trees.first() else { return Err(Error::argument("a forest has no trees")) };
    if trees.iter().any(|tree| tree.num_features != first.num_features || tree.width() != Some(width)) {
        return Err(Error::argument("the trees of a forest have the same features and give values of the same form"));
    }
    let rows = rows_of(x, first.num_features)?;
    let mut sums = Array2::<f64>::zeros((rows.nrows(), width));
    for tree in trees {
        tree.walk()?.each(&rows, |row, values| {
            let whole = if counts { divisor(values.sum()) } else { 1.0 };
            for (sum, value) in sums.row_mut(row).iter_mut().zip(values) {
                *sum += value / whole;
            }
        });
    }
    sums /= trees.len() as f64;
    Ok(sums)
}
