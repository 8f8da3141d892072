//! The outputs of trees that classify: their classes, and where in a tree's values they are.

use alloc::format;
use alloc::vec::Vec;

use ndarray::{Array2, s};

use super::nodes::Tree;
use crate::error::{Error, Result};
use crate::format::sklearn::Estimator;
use crate::sklearn::labels::Labels;
use crate::sklearn::outputs::read_classes;

/// The labels of each output of a tree or a forest. A file that does not say how many outputs there are has one.
pub(super) fn classes_of(estimator: &Estimator) -> Result<Vec<Labels>> {
    let path = "n_outputs_";
    let outputs = if estimator.get(path).is_some() { estimator.i64(path)? } else { 1 };
    let classes = read_classes(estimator, outputs != 1)?;
    if i64::try_from(classes.len()) == Ok(outputs) {
        return Ok(classes);
    }
    let why = format!("there are classes of {} outputs, and the model has {outputs}", classes.len());
    Err(Error::refused(why).in_tensor("classes_"))
}

/// The outputs and classes that a tree's values are of: each output has room for as many classes as the one that has most.
pub(super) fn form(classes: &[Labels]) -> (usize, usize) {
    (classes.len(), classes.iter().map(Labels::len).max().unwrap_or(0))
}

/// Checks that a tree that is read gives values for these classes.
pub(super) fn check_form(tree: &Tree, classes: &[Labels]) -> Result<()> {
    let (found, wanted) = (tree.outputs(), form(classes));
    if found == wanted {
        return Ok(());
    }
    let told = |(outputs, classes): (usize, usize)| format!("{outputs} outputs of {classes} classes");
    Err(Error::refused(format!("a tree gives values for {}, and the model has {}", told(found), told(wanted))))
}

/// Values of the [`form`] of these classes, `[rows, outputs * classes]`, as `[rows, classes]` for each output.
pub(super) fn split(values: Array2<f64>, classes: &[Labels]) -> Vec<Array2<f64>> {
    let (outputs, widest) = form(classes);
    if outputs == 1 {
        return alloc::vec![values];
    }
    let each = classes.iter().enumerate().map(|(output, classes)| {
        let start = output * widest;
        values.slice(s![.., start..start + classes.len()]).to_owned()
    });
    each.collect()
}
