//! Sparse arrays, as the whole that they stand for.

use ndarray::{Array1, Array2};

use crate::error::{Error, Result};
use crate::limits::{Budget, Limits};

/// An array by compressed rows, as SciPy keeps it: row `r` has `data[k]` in column `indices[k]` for each `k` from `starts[r]` up to
/// `starts[r + 1]`; numbers in one place are added, and 0 is where there is none.
pub(super) struct CompressedRows {
    pub(super) data: Array1<f64>,
    pub(super) indices: Array1<i64>,
    pub(super) starts: Array1<i64>,
    pub(super) shape: [i64; 2],
}

impl CompressedRows {
    /// All elements.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) where the parts do not fit each other;
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) where the whole is much larger than what is stored of it.
    pub(super) fn to_dense(&self) -> Result<Array2<f64>> {
        let malformed = || Error::refused("a sparse array whose parts do not fit each other");
        let place = |number: i64| usize::try_from(number).map_err(|_| malformed());
        let (rows, columns) = (place(self.shape[0])?, place(self.shape[1])?);
        let (data, indices) = (self.data.as_slice().unwrap_or_default(), self.indices.as_slice().unwrap_or_default());
        if rows.checked_add(1) != Some(self.starts.len()) || indices.len() != data.len() {
            return Err(malformed());
        }
        let stored = size_of_val(data) + size_of_val(indices) + self.starts.len() * size_of::<i64>();
        // An axis of no length would make another of any length cost nothing.
        let whole = rows.max(1).checked_mul(columns.max(1)).and_then(|count| count.checked_mul(size_of::<f64>()));
        let whole = whole.ok_or_else(malformed)?;
        Budget::new(Limits::default(), stored as u64).charge_expanded(whole as u64)?;
        let mut array = Array2::zeros((rows, columns));
        for (mut row, ends) in array.rows_mut().into_iter().zip(self.starts.windows(2)) {
            let range = place(ends[0])?..place(ends[1])?;
            let (Some(places), Some(numbers)) = (indices.get(range.clone()), data.get(range)) else {
                return Err(malformed());
            };
            for (column, number) in places.iter().zip(numbers) {
                *row.get_mut(place(*column)?).ok_or_else(malformed)? += *number;
            }
        }
        Ok(array)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::error::ErrorKind;

    fn rows(indices: Array1<i64>, starts: Array1<i64>, shape: [i64; 2]) -> CompressedRows {
        CompressedRows { data: array![1.0, 2.0, 4.0], indices, starts, shape }
    }

    #[test]
    fn numbers_are_where_they_belong_and_those_of_one_place_are_added() {
        let found = rows(array![2, 0, 0], array![0, 1, 1, 3], [3, 3]).to_dense().unwrap();
        assert_eq!(found, array![[0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [6.0, 0.0, 0.0]]);
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        for (indices, starts, shape) in [
            (array![0, 1, 3], array![0, 1, 3], [2, 3]),
            (array![0, 1, -1], array![0, 1, 3], [2, 3]),
            (array![0, 1, 2], array![0, 1, 4], [2, 3]),
            (array![0, 1, 2], array![0, 3, 1], [2, 3]),
            (array![0, 1, 2], array![-1, 1, 3], [2, 3]),
            (array![0, 1, 2], array![0, 3], [2, 3]),
            (array![0, 1], array![0, 1, 2], [2, 3]),
            (array![0, 1, 2], array![0, 1, 3], [2, -3]),
            (array![0, 1, 2], array![0, 1, 3], [2, i64::MAX]),
        ] {
            let error = rows(indices, starts, shape).to_dense().unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{error}");
        }
    }

    #[test]
    fn a_whole_that_is_much_larger_than_its_parts_is_over_the_limit() {
        for (starts, shape) in [(array![0, 1, 3], [2, 1 << 40]), (array![0], [0, 1 << 40])] {
            let error = rows(array![0, 1, 2], starts, shape).to_dense().unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Limit { .. }), "{error}");
        }
    }
}
