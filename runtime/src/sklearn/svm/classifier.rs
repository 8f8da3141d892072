//! Support vector classification: a machine for each pair of classes, and their votes.

use alloc::vec;
use alloc::vec::Vec;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::kernel::{Kernel, support};
use crate::error::{Error, Result};
use crate::format::sklearn::{Attribute, Estimator};
use crate::module::{Buffer, Module, Param};
use crate::sklearn::labels::Labels;
use crate::sklearn::probability::argmax;
use crate::sklearn::read::{at, at_option, buffer, matrix, vector, vector_of};
use crate::sklearn::{FromEstimator, check_class};

/// Support vector classification.
#[derive(Clone, Debug, Module)]
pub struct SVC {
    /// `[vectors, features]`, those of each class in a row.
    pub support_vectors: Buffer<Array2<f64>>,
    /// Their places in the data, `[vectors]`.
    pub support: Buffer<Array1<i64>>,
    /// How many each class has, `[classes]`.
    pub num_support: Buffer<Array1<i64>>,
    /// The weights of each in its class' machines, `[classes - 1, vectors]`, with libsvm's signs.
    pub dual_coef: Param<Array2<f64>>,
    /// Added to the sum of each machine, `[pairs]`, with libsvm's signs.
    pub intercept: Param<Array1<f64>>,
    /// Where it was fitted with probabilities: the slope and the offset of each machine's sigmoid, `[2, pairs]`.
    pub sigmoids: Option<Param<Array2<f64>>>,
    /// The label of each class.
    #[module(constant)]
    pub classes: Labels,
    /// How alike rows and vectors are.
    #[module(constant)]
    pub kernel: Kernel,
    /// Whether the decision function has a column a class; otherwise it has one a pair.
    #[module(constant)]
    pub one_against_rest: bool,
    /// Whether the decision function tells classes with equally many votes apart.
    #[module(constant)]
    pub break_ties: bool,
}

/// The pairs of classes in the order of libsvm.
fn pairs(classes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..classes).flat_map(move |i| (i + 1..classes).map(move |j| (i, j)))
}

impl SVC {
    /// The label of each row of `[rows, features]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Labels> {
        let (sums, classes) = (self.sums(x)?, self.classes.len());
        if self.break_ties && self.one_against_rest && classes > 2 {
            return self.classes.take(self.by_class(&sums).rows().into_iter().map(argmax));
        }
        let winner = |sums: ArrayView1<'_, f64>| {
            let mut votes = vec![0.0; classes];
            for ((i, j), sum) in pairs(classes).zip(sums) {
                votes[if *sum > 0.0 { i } else { j }] += 1.0;
            }
            argmax(ArrayView1::from(&votes))
        };
        self.classes.take(sums.rows().into_iter().map(winner))
    }

    /// `[rows, classes]`, or `[rows, pairs]` where that was asked for; `[rows, 1]` for two classes.
    ///
    /// # Errors
    /// As [`SVC::predict`].
    pub fn decision_function(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let sums = self.sums(x)?;
        Ok(match (self.classes.len(), self.one_against_rest) {
            // libsvm is positive for the first class, scikit-learn for the second.
            (2, _) => sums.mapv_into(|sum| -sum),
            (_, true) => self.by_class(&sums),
            (_, false) => sums,
        })
    }

    /// The probability of each class, `[rows, classes]`: the sigmoids of all pairs, coupled.
    ///
    /// # Errors
    /// As [`SVC::predict`], and where it was fitted without probabilities.
    pub fn predict_proba(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let Some(sigmoids) = &self.sigmoids else {
            return Err(Error::argument("the model was fitted without probabilities"));
        };
        let (sums, classes) = (self.sums(x)?, self.classes.len());
        if sigmoids.dim() != (2, sums.ncols()) {
            return Err(Error::argument("each pair of classes has a sigmoid of two numbers"));
        }
        let mut probabilities = Array2::zeros((sums.nrows(), classes));
        for (sums, mut target) in sums.rows().into_iter().zip(probabilities.rows_mut()) {
            let mut of_pairs = Array2::zeros((classes, classes));
            for (pair, (i, j)) in pairs(classes).enumerate() {
                let p = probability_of_first(sums[pair] * sigmoids[[0, pair]] + sigmoids[[1, pair]]);
                of_pairs[[i, j]] = p;
                of_pairs[[j, i]] = 1.0 - p;
            }
            target.assign(&couple(&of_pairs));
        }
        Ok(probabilities)
    }

    /// The sum of each pair's machine, `[rows, pairs]`: positive for the first class of the pair.
    fn sums(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let classes = self.classes.len();
        let alike = self.kernel.matrix(x, &self.support_vectors, &self.support)?;
        let counts = self.num_support.iter().map(|count| usize::try_from(*count).ok()).collect::<Option<Vec<_>>>();
        let counts = counts.filter(|counts| counts.len() == classes);
        let total =
            counts.as_ref().and_then(|counts| counts.iter().try_fold(0usize, |sum, count| sum.checked_add(*count)));
        let num_pairs = self.intercept.len();
        let fits = classes >= 2
            && classes.checked_mul(classes - 1).map(|twice| twice / 2) == Some(num_pairs)
            && total == Some(alike.ncols())
            && self.dual_coef.dim() == (classes - 1, alike.ncols());
        let Some(counts) = counts.filter(|_| fits) else {
            return Err(Error::argument("each class has support vectors, and each pair of classes weights of them"));
        };
        let mut starts = Vec::with_capacity(classes);
        let mut next = 0;
        for count in &counts {
            starts.push(next);
            next += count;
        }
        let mut sums = Array2::zeros((alike.nrows(), num_pairs));
        for (alike, mut sums) in alike.rows().into_iter().zip(sums.rows_mut()) {
            for (pair, (i, j)) in pairs(classes).enumerate() {
                // A vector's weights are those of its class against each other one, in their order.
                let of = |class: usize, row: usize| {
                    let vectors = starts[class]..starts[class] + counts[class];
                    vectors.map(|vector| self.dual_coef[[row, vector]] * alike[vector]).sum::<f64>()
                };
                sums[pair] = of(i, j - 1) + of(j, i) + self.intercept[pair];
            }
        }
        Ok(sums)
    }

    /// Votes, with what breaks ties between them in a range of less than one vote.
    fn by_class(&self, sums: &Array2<f64>) -> Array2<f64> {
        let classes = self.classes.len();
        let mut scores = Array2::zeros((sums.nrows(), classes));
        for (sums, mut scores) in sums.rows().into_iter().zip(scores.rows_mut()) {
            let mut confidence = vec![0.0; classes];
            for ((i, j), sum) in pairs(classes).zip(sums) {
                confidence[i] += sum;
                confidence[j] -= sum;
                scores[if *sum < 0.0 { j } else { i }] += 1.0;
            }
            for (score, confidence) in scores.iter_mut().zip(confidence) {
                *score += confidence / (3.0 * (confidence.abs() + 1.0));
            }
        }
        scores
    }
}

/// Platt's sigmoid, kept away from certainty as libsvm does.
fn probability_of_first(x: f64) -> f64 {
    const LEAST: f64 = 1e-7;
    let p = if x >= 0.0 { (-x).exp() / (1.0 + (-x).exp()) } else { 1.0 / (1.0 + x.exp()) };
    p.clamp(LEAST, 1.0 - LEAST)
}

/// Probabilities of classes from those of pairs, by the second method of Wu, Lin and Weng (2004), iterated as libsvm does: up to
/// `max(100, classes)` times, until no class is off by more than `0.005 / classes`.
#[expect(clippy::cast_precision_loss, reason = "there are few classes")]
fn couple(of_pairs: &Array2<f64>) -> Array1<f64> {
    let classes = of_pairs.nrows();
    let tolerance = 0.005 / classes as f64;
    let q = Array2::from_shape_fn((classes, classes), |(t, j)| {
        if t == j {
            (0..classes).filter(|j| *j != t).map(|j| of_pairs[[j, t]] * of_pairs[[j, t]]).sum()
        } else {
            -of_pairs[[j, t]] * of_pairs[[t, j]]
        }
    });
    let mut p = Array1::from_elem(classes, 1.0 / classes as f64);
    for _ in 0..classes.max(100) {
        let mut qp = q.dot(&p);
        let mut pqp = p.dot(&qp);
        if qp.iter().all(|value| (value - pqp).abs() < tolerance) {
            break;
        }
        for t in 0..classes {
            let step = (pqp - qp[t]) / q[[t, t]];
            p[t] += step;
            pqp = (pqp + step * (step * q[[t, t]] + 2.0 * qp[t])) / (1.0 + step) / (1.0 + step);
            for j in 0..classes {
                qp[j] = (qp[j] + step * q[[t, j]]) / (1.0 + step);
                p[j] /= 1.0 + step;
            }
        }
    }
    p
}

impl FromEstimator for SVC {
    const CLASSES: &'static [&'static str] = &["SVC", "NuSVC"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let kernel = Kernel::read(estimator)?;
        let (support_vectors, support) = support(estimator, kernel)?;
        // Since 1.1 these have an underscore, and the plain names are computed.
        let named = |new, old| if estimator.has(new) { new } else { old };
        let (slopes, offsets) = (named("_probA", "probA_"), named("_probB", "probB_"));
        let slopes: Option<Array1<f64>> = at_option(estimator, slopes, vector_of)?;
        let offsets: Option<Array1<f64>> = at_option(estimator, offsets, vector_of)?;
        let sigmoids = match (slopes, offsets) {
            (Some(a), Some(b)) if !a.is_empty() && a.len() == b.len() => {
                let rows = Array2::from_shape_fn((2, a.len()), |(row, pair)| if row == 0 { a[pair] } else { b[pair] });
                Some(Param::new(rows))
            }
            _ => None,
        };
        Ok(Self {
            support_vectors,
            support,
            num_support: buffer(estimator, named("_n_support", "n_support_"))?,
            dual_coef: matrix(estimator, "_dual_coef_")?,
            intercept: vector(estimator, "_intercept_")?,
            sigmoids,
            classes: at(estimator, "classes_", Labels::read)?,
            kernel,
            one_against_rest: estimator.text("decision_function_shape")? == "ovr",
            break_ties: estimator.get("break_ties").map_or(Ok(false), Attribute::to_bool)?,
        })
    }
}
