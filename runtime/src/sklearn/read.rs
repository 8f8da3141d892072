//! Arrays of an estimator in the form that models keep them.

use alloc::format;
use alloc::vec::Vec;

use ndarray::{Array1, Array2, Array3};

use super::sparse::CompressedRows;
use crate::convert::{Conversion, convert};
use crate::dtype::Element;
use crate::error::{Error, Result};
use crate::format::sklearn::{Array, Attribute, Estimator};
use crate::module::{Buffer, Param};

/// The numbers of an array, row-major, with the lengths of its axes.
fn numbers<E: Element>(array: &Array) -> Result<(Vec<E>, Vec<usize>)> {
    let numbers = convert(array.read()?, E::DTYPE, &Conversion::default().across_kinds())?;
    let shape = numbers.shape().to_vec();
    Ok((numbers.into_vec()?, shape))
}

fn of_other_rank<T>(shape: &[usize], wanted: &str) -> Result<T> {
    Err(Error::refused(format!("{wanted} is wanted, and this is an array of shape {shape:?}")))
}

/// An array of one axis; a single number is one of length 1.
pub(super) fn vector_of<E: Element>(attribute: &Attribute) -> Result<Array1<E>> {
    let (numbers, shape) = match attribute {
        Attribute::Float(_) | Attribute::Int(_) => {
            let number = Array::from(crate::tensor::TensorData::scalar(attribute.to_f64()?));
            numbers(&number)?
        }
        _ => numbers(attribute.as_array()?)?,
    };
    if shape.len() > 1 { of_other_rank(&shape, "one axis") } else { Ok(Array1::from_vec(numbers)) }
}

/// An array of two axes; one of one axis is a single row.
pub(super) fn matrix_of<E: Element>(attribute: &Attribute) -> Result<Array2<E>> {
    let (numbers, shape) = numbers(attribute.as_array()?)?;
    let sizes = match shape[..] {
        [columns] => (1, columns),
        [rows, columns] => (rows, columns),
        _ => return of_other_rank(&shape, "two axes"),
    };
    Array2::from_shape_vec(sizes, numbers).map_err(|_| Error::refused("an array of another size than its shape"))
}

/// As [`matrix_of`], of an array that may be one of SciPy's by compressed rows.
pub(super) fn full_matrix_of(attribute: &Attribute) -> Result<Array2<f64>> {
    let Attribute::Estimator(object) = attribute else { return matrix_of(attribute) };
    if !object.class.starts_with("scipy.sparse.") || !matches!(object.name(), "csr_matrix" | "csr_array") {
        return matrix_of(attribute);
    }
    let [rows, columns] = object.items("_shape")? else { return of_other_rank(&[], "two axes") };
    let rows = CompressedRows {
        data: at(object, "data", vector_of)?,
        indices: at(object, "indices", vector_of)?,
        starts: at(object, "indptr", vector_of)?,
        shape: [rows.to_i64()?, columns.to_i64()?],
    };
    rows.to_dense()
}

/// An array of three axes.
pub(super) fn cube_of<E: Element>(attribute: &Attribute) -> Result<Array3<E>> {
    let (numbers, shape) = numbers(attribute.as_array()?)?;
    let [a, b, c] = shape[..] else { return of_other_rank(&shape, "three axes") };
    Array3::from_shape_vec((a, b, c), numbers).map_err(|_| Error::refused("an array of another size than its shape"))
}

/// Reads the attribute at `path`, with the path in the error.
pub(super) fn at<T>(estimator: &Estimator, path: &str, read: impl FnOnce(&Attribute) -> Result<T>) -> Result<T> {
    read(estimator.attribute(path)?).map_err(|error| error.in_tensor(path))
}

/// As [`at`], where the attribute may be absent or `None`.
pub(super) fn at_option<T>(
    estimator: &Estimator,
    path: &str,
    read: impl FnOnce(&Attribute) -> Result<T>,
) -> Result<Option<T>> {
    if estimator.has(path) { at(estimator, path, read).map(Some) } else { Ok(None) }
}

/// A trained array of one axis.
pub(super) fn vector(estimator: &Estimator, path: &str) -> Result<Param<Array1<f64>>> {
    at(estimator, path, vector_of).map(Param::new)
}

/// A trained array of two axes.
pub(super) fn matrix(estimator: &Estimator, path: &str) -> Result<Param<Array2<f64>>> {
    at(estimator, path, full_matrix_of).map(Param::new)
}

/// An array of one axis that is no parameter.
pub(super) fn buffer<E: Element>(estimator: &Estimator, path: &str) -> Result<Buffer<Array1<E>>> {
    at(estimator, path, vector_of).map(Buffer::new)
}

/// Whether scikit-learn wrote it at this version or a later one; a file that does not say is of a current one.
pub(super) fn is_since(estimator: &Estimator, major: u32, minor: u32) -> bool {
    let Some(version) = estimator.version() else { return true };
    let mut numbers = version.split('.').map(|part| {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part[..digits].parse::<u32>().unwrap_or(0)
    });
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (major, minor)
}

/// The error for a setting that has no form here.
pub(super) fn has_no_form<T>(path: &str, setting: &str) -> Result<T> {
    Err(Error::refused(format!("the setting `{setting}` has no form here")).in_tensor(path))
}

/// The error for a setting that is neither of the words that scikit-learn has for it.
pub(super) fn not_a_word<T>(estimator: &Estimator, path: &str) -> Result<T> {
    match estimator.get(path) {
        Some(Attribute::Text(word)) => has_no_form(path, word),
        Some(other) => has_no_form(path, other.kind()),
        None => estimator.attribute(path).and_then(|_| has_no_form(path, "")),
    }
}
