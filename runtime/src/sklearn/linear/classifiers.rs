//! Linear classification.

use ndarray::{Array1, Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::scores;
use crate::error::{Error, Result};
use crate::format::sklearn::{Attribute, Estimator};
use crate::module::{Module, Param};
use crate::sklearn::labels::Labels;
use crate::sklearn::probability::{label, of_two, one_against_rest, sigmoid, softmax};
use crate::sklearn::read::{at, matrix, vector};
use crate::sklearn::{FromEstimator, check_class};

/// How a linear classifier turns its scores into probabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Probabilities {
    /// It has none: a support vector machine's loss.
    #[default]
    None,
    /// The sigmoid of each class' score, normalised.
    OneAgainstRest,
    /// The softmax of all classes' scores.
    Multinomial,
    /// Scores between -1 and 1 as probabilities, for the modified Huber loss.
    Clipped,
}

macro_rules! classifiers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Module)]
        pub struct $name {
            /// Weights, `[classes, features]`, or `[1, features]` for two classes.
            pub coef: Param<Array2<f64>>,
            /// Added to each score, as many as there are rows of weights.
            pub intercept: Param<Array1<f64>>,
            /// The label of each class.
            #[module(constant)]
            pub classes: Labels,
            /// How scores become probabilities.
            #[module(constant)]
            pub probabilities: Probabilities,
        }

        impl $name {
            /// The label of each row of `[rows, features]`.
            ///
            /// # Errors
            /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
            pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Labels> {
                label(&self.decision_function(x)?, &self.classes, |score| score > 0.0)
            }

            /// The score of each class, `[rows, classes]`; of two classes, `[rows, 1]` with those of the second.
            ///
            /// # Errors
            /// As `predict`.
            pub fn decision_function(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
                scores(x, &self.coef, &self.intercept)
            }

            /// The probability of each class, `[rows, classes]`.
            ///
            /// # Errors
            /// As `predict`, and for a loss that has no probabilities.
            pub fn predict_proba(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
                probabilities(self.decision_function(x)?, self.probabilities)
            }
        }
    )*};
}

classifiers! {
    /// Logistic regression.
    LogisticRegression;
    /// A linear classifier fitted by stochastic gradient descent; which one, its loss says. Also a perceptron, or a linear support vector
    /// machine.
    SGDClassifier;
}

fn probabilities(mut scores: Array2<f64>, how: Probabilities) -> Result<Array2<f64>> {
    match how {
        Probabilities::None => Err(Error::argument("a classifier of this loss has no probabilities")),
        Probabilities::OneAgainstRest => one_against_rest(scores),
        Probabilities::Multinomial if scores.ncols() == 1 => {
            of_two(scores.column(0).mapv(|score| sigmoid(2.0 * score)))
        }
        Probabilities::Multinomial => {
            softmax(&mut scores);
            Ok(scores)
        }
        Probabilities::Clipped => {
            scores.mapv_inplace(|score| f64::midpoint(score.clamp(-1.0, 1.0), 1.0));
            if scores.ncols() == 1 {
                return of_two(scores.column(0).to_owned());
            }
            for mut row in scores.rows_mut() {
                // All at their least: no class is more probable than another.
                if row.iter().all(|p| *p == 0.0) {
                    row.fill(1.0);
                }
                let sum = row.sum();
                row.mapv_inplace(|p| p / sum);
            }
            Ok(scores)
        }
    }
}

impl FromEstimator for LogisticRegression {
    const CLASSES: &'static [&'static str] = &["LogisticRegression", "LogisticRegressionCV"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let classes = at(estimator, "classes_", Labels::read)?;
        // Up to 1.7 there was a choice; since then two classes are told apart by one sigmoid, more by a softmax.
        let word = |path| estimator.get(path).and_then(|word| word.as_text().ok());
        let one_against_rest = match word("multi_class") {
            Some("multinomial") => false,
            Some("ovr" | "warn") => true,
            _ => classes.len() <= 2 || word("solver") == Some("liblinear"),
        };
        Ok(Self {
            coef: matrix(estimator, "coef_")?,
            intercept: vector(estimator, "intercept_")?,
            classes,
            probabilities: if one_against_rest { Probabilities::OneAgainstRest } else { Probabilities::Multinomial },
        })
    }
}

impl FromEstimator for SGDClassifier {
    const CLASSES: &'static [&'static str] = &["SGDClassifier", "Perceptron", "LinearSVC"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let probabilities = match estimator.get("loss") {
            Some(Attribute::Text(loss)) if matches!(&**loss, "log_loss" | "log") => Probabilities::OneAgainstRest,
            Some(Attribute::Text(loss)) if &**loss == "modified_huber" => Probabilities::Clipped,
            _ => Probabilities::None,
        };
        Ok(Self {
            coef: matrix(estimator, "coef_")?,
            intercept: vector(estimator, "intercept_")?,
            classes: at(estimator, "classes_", Labels::read)?,
            probabilities,
        })
    }
}
