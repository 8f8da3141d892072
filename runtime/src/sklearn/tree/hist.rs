//! Histogram-based gradient boosting.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use super::hist_tree::{HistTree, set_of};
use crate::error::{Error, Result};
use crate::format::sklearn::{Attribute, Estimator};
use crate::module::{Buffer, Module, Param};
use crate::sklearn::compose::ColumnTransformer;
use crate::sklearn::input::{Table, check_features};
use crate::sklearn::labels::Labels;
use crate::sklearn::probability::{label, of_two, sigmoid, softmax};
use crate::sklearn::read::{at, matrix_of, not_a_word, vector_of};
use crate::sklearn::{FromEstimator, check_class};

/// What a regressor's sums go through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Link {
    /// Nothing.
    #[default]
    Identity,
    /// The exponential, for losses of what is positive.
    Log,
}

/// Histogram-based gradient boosting that classifies.
#[derive(Clone, Debug, Module)]
pub struct HistGradientBoostingClassifier {
    /// What makes numbers of categories, where there are some.
    pub preprocessor: Option<Box<ColumnTransformer>>,
    /// The trees: for each stage one a score.
    pub stages: Vec<Vec<HistTree>>,
    /// What scores start at, `[scores]`.
    pub baseline: Param<Array1<f64>>,
    /// For each feature that is a category, its known values: a bit for each of 256, `[8]`.
    pub known: Vec<Option<Buffer<Array1<u32>>>>,
    /// The label of each class.
    #[module(constant)]
    pub classes: Labels,
}

/// Histogram-based gradient boosting that gives numbers.
#[derive(Clone, Debug, Module)]
pub struct HistGradientBoostingRegressor {
    /// What makes numbers of categories, where there are some.
    pub preprocessor: Option<Box<ColumnTransformer>>,
    /// The trees, one a stage.
    pub stages: Vec<Vec<HistTree>>,
    /// What the sum starts at, `[1]`.
    pub baseline: Param<Array1<f64>>,
    /// As in [`HistGradientBoostingClassifier`].
    pub known: Vec<Option<Buffer<Array1<u32>>>>,
    /// What sums go through.
    #[module(constant)]
    pub link: Link,
}

/// The parts that both have.
struct Parts {
    preprocessor: Option<Box<ColumnTransformer>>,
    stages: Vec<Vec<HistTree>>,
    baseline: Param<Array1<f64>>,
    known: Vec<Option<Buffer<Array1<u32>>>>,
}

/// The sum of all stages, `[rows, scores]`.
fn sums(
    preprocessor: Option<&ColumnTransformer>,
    stages: &[Vec<HistTree>],
    baseline: &Array1<f64>,
    known: &[Option<Buffer<Array1<u32>>>],
    x: &Table,
) -> Result<Array2<f64>> {
    let x = match preprocessor {
        Some(preprocessor) => preprocessor.transform(x)?,
        None => x.to_array()?,
    };
    check_features(&x.view(), known.len())?;
    let known: Vec<Option<Array1<u32>>> = known.iter().map(|set| set.as_ref().map(|set| set.val())).collect();
    let mut columns: Vec<Vec<f64>> = baseline.iter().map(|start| alloc::vec![*start; x.nrows()]).collect();
    for stage in stages {
        if stage.len() != columns.len() {
            return Err(Error::argument("each stage has a tree for each score"));
        }
        for (tree, sums) in stage.iter().zip(&mut columns) {
            tree.add(x.view(), &known, sums)?;
        }
    }
    Ok(Array2::from_shape_fn((x.nrows(), columns.len()), |(row, score)| columns[score][row]))
}

impl HistGradientBoostingClassifier {
    /// The label of each row of a table, or of an array `[rows, features]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict(&self, x: impl Into<Table>) -> Result<Labels> {
        label(&self.decision_function(x)?, &self.classes, |score| score > 0.0)
    }

    /// The score of each class, `[rows, classes]`; of two classes, `[rows, 1]` with those of the second.
    ///
    /// # Errors
    /// As [`HistGradientBoostingClassifier::predict`].
    pub fn decision_function(&self, x: impl Into<Table>) -> Result<Array2<f64>> {
        sums(self.preprocessor.as_deref(), &self.stages, &self.baseline, &self.known, &x.into())
    }

    /// The probability of each class, `[rows, classes]`.
    ///
    /// # Errors
    /// As [`HistGradientBoostingClassifier::predict`].
    pub fn predict_proba(&self, x: impl Into<Table>) -> Result<Array2<f64>> {
        let mut scores = self.decision_function(x)?;
        if scores.ncols() == 1 {
            return of_two(scores.column(0).mapv(sigmoid));
        }
        softmax(&mut scores);
        Ok(scores)
    }
}

impl HistGradientBoostingRegressor {
    /// A table, or an array `[rows, features]`, to `[rows, 1]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict(&self, x: impl Into<Table>) -> Result<Array2<f64>> {
        let sums = sums(self.preprocessor.as_deref(), &self.stages, &self.baseline, &self.known, &x.into())?;
        Ok(match self.link {
            Link::Identity => sums,
            Link::Log => sums.mapv_into(f64::exp),
        })
    }
}

fn parts(estimator: &Estimator) -> Result<Parts> {
    let path = "_predictors";
    let tree = |stage: usize, (place, tree): (usize, &Attribute)| {
        let tree = tree.as_estimator().and_then(HistTree::read);
        tree.map_err(|error| error.in_tensor(format!("{path}.{stage}.{place}")))
    };
    let stages = estimator.items(path)?.iter().enumerate();
    let stages = stages.map(|(stage, trees)| trees.items()?.iter().enumerate().map(|item| tree(stage, item)).collect());
    let preprocessor = match estimator.get("_preprocessor") {
        None | Some(Attribute::None) => None,
        Some(preprocessor) => Some(Box::new(ColumnTransformer::from_estimator(preprocessor.as_estimator()?)?)),
    };
    let baseline = match estimator.attribute("_baseline_prediction")? {
        number @ (Attribute::Float(_) | Attribute::Int(_)) => vector_of(number)?,
        Attribute::Array(array) if array.shape().rank() == 0 => vector_of(&Attribute::Array(array.clone()))?,
        _ => {
            let matrix: Array2<f64> = at(estimator, "_baseline_prediction", matrix_of)?;
            matrix.iter().copied().collect()
        }
    };
    Ok(Parts {
        preprocessor,
        stages: stages.collect::<Result<_>>()?,
        baseline: Param::new(baseline),
        known: known(estimator)?,
    })
}

/// The known categories of each feature.
fn known(estimator: &Estimator) -> Result<Vec<Option<Buffer<Array1<u32>>>>> {
    let thresholds = estimator.items("_bin_mapper.bin_thresholds_")?;
    let categorical: Vec<bool> = match estimator.get("_bin_mapper.is_categorical_") {
        Some(flags @ Attribute::Array(_)) => vector_of::<u8>(flags)?.iter().map(|flag| *flag != 0).collect(),
        _ => Vec::new(),
    };
    let set = |(feature, categories): (usize, &Attribute)| {
        if categorical.get(feature) == Some(&true) {
            Ok(Some(Buffer::new(Array1::from_vec(set_of(&vector_of(categories)?)))))
        } else {
            Ok(None)
        }
    };
    thresholds.iter().enumerate().map(set).collect()
}

impl FromEstimator for HistGradientBoostingClassifier {
    const CLASSES: &'static [&'static str] = &["HistGradientBoostingClassifier"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let Parts { preprocessor, stages, baseline, known } = parts(estimator)?;
        Ok(Self { preprocessor, stages, baseline, known, classes: at(estimator, "classes_", Labels::read)? })
    }
}

impl FromEstimator for HistGradientBoostingRegressor {
    const CLASSES: &'static [&'static str] = &["HistGradientBoostingRegressor"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let link = match estimator.text("loss")? {
            "squared_error" | "least_squares" | "absolute_error" | "least_absolute_deviation" | "quantile" => {
                Link::Identity
            }
            "poisson" | "gamma" => Link::Log,
            _ => return not_a_word(estimator, "loss"),
        };
        let Parts { preprocessor, stages, baseline, known } = parts(estimator)?;
        Ok(Self { preprocessor, stages, baseline, known, link })
    }
}
