//! Classifiers of several outputs: each row is given a label of each output's classes.

use alloc::format;
use alloc::vec::Vec;

use ndarray::Array2;

use super::labels::Labels;
use super::probability::argmax;
use super::read::at;
use crate::error::{Error, Result};
use crate::format::sklearn::Estimator;

/// The labels of each output's classes: a list of arrays where there are `several`, else one array.
pub(super) fn read_classes(estimator: &Estimator, several: bool) -> Result<Vec<Labels>> {
    let path = "classes_";
    if !several {
        return at(estimator, path, Labels::read).map(|classes| alloc::vec![classes]);
    }
    let each = estimator.items(path)?.iter().enumerate();
    each.map(|(place, classes)| Labels::read(classes).map_err(|error| error.in_tensor(format!("{path}.{place}"))))
        .collect()
}

/// What a model of one output gives, made by the method that gives as much for each; of several outputs it is an error that names that
/// method.
pub(super) fn only<T>(outputs: usize, method: &str, each: impl FnOnce() -> Result<Vec<T>>) -> Result<T> {
    if outputs == 1
        && let Some(one) = each()?.pop()
    {
        return Ok(one);
    }
    Err(Error::argument(format!("the model has {outputs} outputs, and `{method}` is for one: call `{method}_each`")))
}

/// The labels of the largest scores, of each output.
pub(super) fn label_each(classes: &[Labels], scores: &[Array2<f64>]) -> Result<Vec<Labels>> {
    classes.iter().zip(scores).map(|(classes, scores)| classes.take(scores.rows().into_iter().map(argmax))).collect()
}
