//! Scores to probabilities and to classes.

use ndarray::{Array1, Array2, ArrayView1, Axis, concatenate};

use super::labels::Labels;
use crate::error::{Error, Result};

/// `1 / (1 + exp(-x))`, without overflow.
pub(super) fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let power = x.exp();
        power / (1.0 + power)
    }
}

/// Each row's softmax, in place.
pub(super) fn softmax(scores: &mut Array2<f64>) {
    for mut row in scores.rows_mut() {
        let largest = row.fold(f64::NEG_INFINITY, |a, b| a.max(*b));
        row.mapv_inplace(|x| (x - largest).exp());
        let sum = row.sum();
        row.mapv_inplace(|x| x / sum);
    }
}

/// The place of the first largest; the first NaN counts as largest, as in NumPy.
pub(super) fn argmax(row: ArrayView1<'_, f64>) -> usize {
    let mut best = 0;
    for (place, value) in row.iter().enumerate() {
        if row[best].is_nan() {
            break;
        }
        if *value > row[best] || value.is_nan() {
            best = place;
        }
    }
    best
}

/// The label of each row: of the largest score, or by the sign of a single one.
pub(super) fn label(scores: &Array2<f64>, classes: &Labels, is_second: impl Fn(f64) -> bool) -> Result<Labels> {
    if scores.ncols() == 1 {
        return classes.take(scores.column(0).iter().map(|score| usize::from(is_second(*score))));
    }
    classes.take(scores.rows().into_iter().map(argmax))
}

/// The probabilities of two classes, from that of the second.
pub(super) fn of_two(second: Array1<f64>) -> Result<Array2<f64>> {
    let second = second.insert_axis(Axis(1));
    let first = second.mapv(|p| 1.0 - p);
    concatenate(Axis(1), &[first.view(), second.view()]).map_err(|error| Error::argument(alloc::format!("{error}")))
}

/// One classifier a class, each against all others: their probabilities, normalised where there are several.
pub(super) fn one_against_rest(scores: Array2<f64>) -> Result<Array2<f64>> {
    let mut probabilities = scores.mapv_into(sigmoid);
    if probabilities.ncols() == 1 {
        return of_two(probabilities.column(0).to_owned());
    }
    normalise(&mut probabilities);
    Ok(probabilities)
}

/// Divides each row by its sum; one of zeros stays.
pub(super) fn normalise(probabilities: &mut Array2<f64>) {
    for mut row in probabilities.rows_mut() {
        let sum = divisor(row.sum());
        row.mapv_inplace(|p| p / sum);
    }
}

/// What a row of this sum is divided by: nothing changes where all are 0.
pub(super) fn divisor(sum: f64) -> f64 {
    if sum == 0.0 { 1.0 } else { sum }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn large_scores_do_not_overflow() {
        assert_eq!((sigmoid(-1000.0), sigmoid(0.0), sigmoid(1000.0)), (0.0, 0.5, 1.0));
        let mut scores = array![[1000.0, 1000.0], [-1000.0, 1000.0]];
        softmax(&mut scores);
        assert_eq!(scores, array![[0.5, 0.5], [0.0, 1.0]]);
    }

    #[test]
    fn of_equal_scores_the_first_is_the_largest() {
        assert_eq!(argmax(array![1.0, 3.0, 3.0].view()), 1);
        assert_eq!(argmax(array![1.0, f64::NAN, 3.0].view()), 1);
    }
}
