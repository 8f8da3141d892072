//! The nearest rows of the data that a model was fitted on.

use alloc::vec::Vec;

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::input::check_rows;
use super::labels::Labels;
use super::outputs::{label_each, only, read_classes};
use super::probability::normalise;
use super::read::{at, full_matrix_of, has_no_form, matrix_of, not_a_word, vector_of};
use super::{FromEstimator, check_class};
use crate::error::{Error, Result};
use crate::format::sklearn::{Attribute, Estimator};
use crate::module::{Buffer, Module};

/// How far apart two rows are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Metric {
    /// The root of the sum of squares.
    #[default]
    Euclidean,
    /// The sum of differences.
    Manhattan,
    /// The largest difference.
    Chebyshev,
    /// The `p`-th root of the sum of `p`-th powers.
    Minkowski(f64),
    /// 1 less the cosine of the angle between them.
    Cosine,
}

/// What a neighbour counts for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Weights {
    /// As much as any other.
    #[default]
    Uniform,
    /// The inverse of its distance; one at no distance counts alone.
    Distance,
}

impl Metric {
    fn distance(self, a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> f64 {
        let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
        match self {
            Self::Euclidean => differences.map(|d| d * d).sum::<f64>().sqrt(),
            Self::Manhattan => differences.sum(),
            Self::Chebyshev => differences.fold(0.0, f64::max),
            Self::Minkowski(p) => differences.map(|d| d.powf(p)).sum::<f64>().powf(1.0 / p),
            Self::Cosine => {
                let norm = |x: ArrayView1<'_, f64>| match x.dot(&x).sqrt() {
                    0.0 => 1.0,
                    norm => norm,
                };
                // Rounding would else make distances negative.
                (1.0 - a.dot(&b) / (norm(a) * norm(b))).clamp(0.0, 2.0)
            }
        }
    }

    fn read(estimator: &Estimator) -> Result<Self> {
        let word = if estimator.has("effective_metric_") { "effective_metric_" } else { "metric" };
        Ok(match estimator.text(word)? {
            "euclidean" | "l2" => Self::Euclidean,
            "manhattan" | "cityblock" | "l1" => Self::Manhattan,
            "chebyshev" => Self::Chebyshev,
            "cosine" => Self::Cosine,
            "minkowski" => {
                if estimator.has("effective_metric_params_.w") {
                    return has_no_form("effective_metric_params_.w", "weights of features");
                }
                let p = if estimator.has("effective_metric_params_.p") { "effective_metric_params_.p" } else { "p" };
                match estimator.f64(p)? {
                    1.0 => Self::Manhattan,
                    2.0 => Self::Euclidean,
                    f64::INFINITY => Self::Chebyshev,
                    p => Self::Minkowski(p),
                }
            }
            _ => return not_a_word(estimator, word),
        })
    }
}

/// Checks the rows, and that there are as many neighbours as are to count.
fn check(x: ArrayView2<'_, f64>, data: &Array2<f64>, count: usize) -> Result<()> {
    check_rows(&x, data.ncols())?;
    if (1..=data.nrows()).contains(&count) {
        return Ok(());
    }
    Err(Error::argument(alloc::format!("{count} neighbours are to count, and there are {} rows", data.nrows())))
}

/// The nearest rows to one, with what each counts for.
fn neighbors(
    row: ArrayView1<'_, f64>,
    data: &Array2<f64>,
    count: usize,
    metric: Metric,
    weights: Weights,
) -> Vec<(usize, f64)> {
    let mut nearest: Vec<(usize, f64)> =
        data.rows().into_iter().map(|other| metric.distance(row, other)).enumerate().collect();
    // Of equally near ones the first, so that what is chosen does not depend on chance.
    let order = |a: &(usize, f64), b: &(usize, f64)| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0));
    if count < nearest.len() {
        nearest.select_nth_unstable_by(count, order);
        nearest.truncate(count);
    }
    nearest.sort_unstable_by(order);
    let one_is_here = nearest.iter().any(|(_, distance)| *distance == 0.0);
    for (_, value) in &mut nearest {
        *value = match weights {
            Weights::Uniform => 1.0,
            Weights::Distance if one_is_here => f64::from(u8::from(*value == 0.0)),
            Weights::Distance => 1.0 / *value,
        };
    }
    nearest
}

/// Rows are of the class that most of their neighbours are of.
#[derive(Clone, Debug, Module)]
pub struct KNeighborsClassifier {
    /// The data it was fitted on, `[rows, features]`.
    pub data: Buffer<Array2<f64>>,
    /// The place of each row's class, `[rows, outputs]`.
    pub targets: Buffer<Array2<i64>>,
    /// The label of each class, for each output.
    #[module(constant)]
    pub classes: Vec<Labels>,
    /// How many neighbours count.
    #[module(constant)]
    pub num_neighbors: usize,
    /// Which are near.
    #[module(constant)]
    pub metric: Metric,
    /// What each counts for.
    #[module(constant)]
    pub weights: Weights,
}

/// Rows are the mean of their neighbours.
#[derive(Clone, Debug, Module)]
pub struct KNeighborsRegressor {
    /// The data it was fitted on, `[rows, features]`.
    pub data: Buffer<Array2<f64>>,
    /// The targets of each row, `[rows, outputs]`.
    pub targets: Buffer<Array2<f64>>,
    /// How many neighbours count.
    #[module(constant)]
    pub num_neighbors: usize,
    /// Which are near.
    #[module(constant)]
    pub metric: Metric,
    /// What each counts for.
    #[module(constant)]
    pub weights: Weights,
}

impl KNeighborsClassifier {
    /// The label of each row of `[rows, features]`.
    ///
    /// Of equally near rows those that come first in the data count; scikit-learn leaves open which do.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features, and for a model of several outputs: see
    /// [`KNeighborsClassifier::predict_each`].
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Labels> {
        only(self.classes.len(), "predict", || self.predict_each(x))
    }

    /// The labels of each row of `[rows, features]`, for each output; see [`KNeighborsClassifier::predict`] for equally near rows.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict_each(&self, x: ArrayView2<'_, f64>) -> Result<Vec<Labels>> {
        label_each(&self.classes, &self.votes(x)?)
    }

    /// The probability of each class, `[rows, classes]`.
    ///
    /// # Errors
    /// As [`KNeighborsClassifier::predict`]; of several outputs, see [`KNeighborsClassifier::predict_proba_each`].
    pub fn predict_proba(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        only(self.classes.len(), "predict_proba", || self.predict_proba_each(x))
    }

    /// The probability of each class, `[rows, classes]` for each output.
    ///
    /// # Errors
    /// As [`KNeighborsClassifier::predict_each`].
    pub fn predict_proba_each(&self, x: ArrayView2<'_, f64>) -> Result<Vec<Array2<f64>>> {
        let mut votes = self.votes(x)?;
        votes.iter_mut().for_each(normalise);
        Ok(votes)
    }

    /// What the neighbours of each row say, `[rows, classes]` for each output.
    fn votes(&self, x: ArrayView2<'_, f64>) -> Result<Vec<Array2<f64>>> {
        check(x, &self.data, self.num_neighbors)?;
        if self.targets.dim() != (self.data.nrows(), self.classes.len()) {
            return Err(Error::argument("each row of the data is of a class of each output"));
        }
        let mut votes: Vec<Array2<f64>> =
            self.classes.iter().map(|classes| Array2::zeros((x.nrows(), classes.len()))).collect();
        for (row, of_row) in x.rows().into_iter().enumerate() {
            for (place, weight) in neighbors(of_row, &self.data, self.num_neighbors, self.metric, self.weights) {
                for (votes, class) in votes.iter_mut().zip(self.targets.row(place)) {
                    match usize::try_from(*class).ok().and_then(|class| votes.get_mut((row, class))) {
                        Some(votes) => *votes += weight,
                        None => return Err(Error::argument("each row of the data is of one of the classes")),
                    }
                }
            }
        }
        Ok(votes)
    }
}

impl KNeighborsRegressor {
    /// `[rows, features]` to `[rows, outputs]`; see [`KNeighborsClassifier::predict`] for equally near rows.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        check(x, &self.data, self.num_neighbors)?;
        if self.targets.nrows() != self.data.nrows() {
            return Err(Error::argument("each row of the data has targets"));
        }
        let mut means = Array2::zeros((x.nrows(), self.targets.ncols()));
        for (row, mut mean) in x.rows().into_iter().zip(means.rows_mut()) {
            let mut sum = 0.0;
            for (place, weight) in neighbors(row, &self.data, self.num_neighbors, self.metric, self.weights) {
                mean.scaled_add(weight, &self.targets.row(place));
                sum += weight;
            }
            mean /= sum;
        }
        Ok(means)
    }
}

/// What both models are made with.
fn settings(estimator: &Estimator) -> Result<(usize, Metric, Weights)> {
    let count = usize::try_from(estimator.i64("n_neighbors")?)
        .map_err(|_| Error::refused("a number of neighbours is negative").in_tensor("n_neighbors"))?;
    let weights = match estimator.get("weights") {
        Some(Attribute::Text(word)) if &**word == "uniform" => Weights::Uniform,
        Some(Attribute::Text(word)) if &**word == "distance" => Weights::Distance,
        Some(Attribute::None) => Weights::Uniform,
        _ => return not_a_word(estimator, "weights"),
    };
    Ok((count, Metric::read(estimator)?, weights))
}

impl FromEstimator for KNeighborsClassifier {
    const CLASSES: &'static [&'static str] = &["KNeighborsClassifier"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let (num_neighbors, metric, weights) = settings(estimator)?;
        let several = matches!(estimator.get("outputs_2d_"), Some(Attribute::Bool(true)));
        let data = at(estimator, "_fit_X", full_matrix_of)?;
        let classes = read_classes(estimator, several)?;
        let targets: Array2<i64> = if several {
            at(estimator, "_y", matrix_of)?
        } else {
            at(estimator, "_y", vector_of)?.insert_axis(Axis(1))
        };
        let (found, wanted) = (targets.dim(), (data.nrows(), classes.len()));
        if found != wanted {
            let why =
                alloc::format!("{wanted:?} is wanted, the rows and the outputs, and this is an array of {found:?}");
            return Err(Error::refused(why).in_tensor("_y"));
        }
        Ok(Self { data: Buffer::new(data), targets: Buffer::new(targets), classes, num_neighbors, metric, weights })
    }
}

impl FromEstimator for KNeighborsRegressor {
    const CLASSES: &'static [&'static str] = &["KNeighborsRegressor"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let (num_neighbors, metric, weights) = settings(estimator)?;
        let data = at(estimator, "_fit_X", full_matrix_of)?;
        let targets: Array2<f64> = at(estimator, "_y", matrix_of)?;
        // Of one output there is one axis, which is the rows.
        let targets = if targets.nrows() == 1 && data.nrows() != 1 { targets.reversed_axes() } else { targets };
        let targets = targets.as_standard_layout().into_owned();
        Ok(Self { data: Buffer::new(data), targets: Buffer::new(targets), num_neighbors, metric, weights })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_neighbour_at_no_distance_counts_alone() {
        let data = array![[0.0], [1.0], [3.0]];
        let of = |x: f64, weights| neighbors(array![x].view(), &data, 2, Metric::Euclidean, weights);
        assert_eq!(of(1.0, Weights::Distance), vec![(1, 1.0), (0, 0.0)]);
        assert_eq!(of(2.0, Weights::Distance), vec![(1, 1.0), (2, 1.0)]);
        assert_eq!(of(0.5, Weights::Uniform), vec![(0, 1.0), (1, 1.0)]);
    }

    #[test]
    fn each_metric_is_its_own() {
        let (a, b) = (array![0.0, 0.0], array![3.0, 4.0]);
        let of = |metric: Metric| metric.distance(a.view(), b.view());
        assert_eq!((of(Metric::Euclidean), of(Metric::Manhattan), of(Metric::Chebyshev)), (5.0, 7.0, 4.0));
        assert!((of(Metric::Minkowski(3.0)) - 91f64.cbrt()).abs() < 1e-12);
        assert!((of(Metric::Cosine) - 1.0).abs() < 1e-12);
    }
}
