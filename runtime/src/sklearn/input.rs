//! What models are given: rows of numbers, or columns of numbers and text.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use ndarray::{Array2, ArrayView2};

use crate::error::{Error, Result};

/// A column of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Column {
    /// Numbers; NaN where one is missing.
    Numbers(Vec<f64>),
    /// Text; `None` where it is missing.
    Texts(Vec<Option<String>>),
}

/// Columns of one length, with names or without: what encoders and [`ColumnTransformer`](super::ColumnTransformer) take.
///
/// An array of numbers is a table without names. A table that has rows keeps their number where no column is left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: Vec<(Option<String>, Column)>,
    rows: usize,
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Texts(values) => values.len(),
        }
    }
}

impl From<Vec<f64>> for Column {
    fn from(values: Vec<f64>) -> Self {
        Self::Numbers(values)
    }
}

impl From<Vec<String>> for Column {
    fn from(values: Vec<String>) -> Self {
        Self::Texts(values.into_iter().map(Some).collect())
    }
}

impl From<Vec<Option<String>>> for Column {
    fn from(values: Vec<Option<String>>) -> Self {
        Self::Texts(values)
    }
}

impl From<&[&str]> for Column {
    fn from(values: &[&str]) -> Self {
        Self::Texts(values.iter().map(|text| Some((*text).into())).collect())
    }
}

impl From<&[Option<&str>]> for Column {
    fn from(values: &[Option<&str>]) -> Self {
        Self::Texts(values.iter().map(|text| text.map(String::from)).collect())
    }
}

impl Table {
    /// A table without columns and without rows; its first column says how many there are.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a column with a name.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) if the columns so far are of another length.
    pub fn with(self, name: impl Into<String>, column: impl Into<Column>) -> Result<Self> {
        self.push(Some(name.into()), column.into())
    }

    /// Appends a column without a name.
    ///
    /// # Errors
    /// As [`Table::with`].
    pub fn with_unnamed(self, column: impl Into<Column>) -> Result<Self> {
        self.push(None, column.into())
    }

    fn push(mut self, name: Option<String>, column: Column) -> Result<Self> {
        let (rows, len) = (self.rows, column.len());
        if len != rows && (!self.columns.is_empty() || rows > 0) {
            return Err(Error::argument(format!("a column of {len} values is added to a table of {rows} rows")));
        }
        self.rows = len;
        self.columns.push((name, column));
        Ok(self)
    }

    /// Number of rows.
    pub fn num_rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn num_columns(&self) -> usize {
        self.columns.len()
    }

    /// The columns in their order.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &Column> {
        self.columns.iter().map(|(_, column)| column)
    }

    /// The columns' names; `None` where one has none.
    pub fn names(&self) -> impl ExactSizeIterator<Item = Option<&str>> {
        self.columns.iter().map(|(name, _)| name.as_deref())
    }

    /// The table of these columns of this one.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) if it lacks one.
    pub fn select(&self, places: &[usize]) -> Result<Self> {
        let columns = places.iter().map(|place| self.columns.get(*place).cloned()).collect::<Option<_>>();
        match columns {
            Some(columns) => Ok(Self { columns, rows: self.rows }),
            None => Err(Error::argument(format!("the table has {} columns, which are too few", self.num_columns()))),
        }
    }

    /// The numbers as an array `[rows, columns]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) if a column is of text.
    pub fn to_array(&self) -> Result<Array2<f64>> {
        let mut array = Array2::zeros((self.num_rows(), self.num_columns()));
        for (place, (mut target, column)) in array.columns_mut().into_iter().zip(self.columns()).enumerate() {
            match column {
                Column::Numbers(values) => target.iter_mut().zip(values).for_each(|(to, value)| *to = *value),
                Column::Texts(_) => {
                    return Err(Error::argument(format!("column {place} is text where numbers are wanted")));
                }
            }
        }
        Ok(array)
    }
}

impl From<ArrayView2<'_, f64>> for Table {
    fn from(array: ArrayView2<'_, f64>) -> Self {
        let columns = array.columns().into_iter().map(|column| (None, Column::Numbers(column.to_vec())));
        Self { columns: columns.collect(), rows: array.nrows() }
    }
}

impl From<&Array2<f64>> for Table {
    fn from(array: &Array2<f64>) -> Self {
        array.view().into()
    }
}

impl From<Array2<f64>> for Table {
    fn from(array: Array2<f64>) -> Self {
        array.view().into()
    }
}

impl From<&Self> for Table {
    fn from(table: &Self) -> Self {
        table.clone()
    }
}

/// Checks that rows have as many features as a model was fitted on.
pub(super) fn check_features(x: &ArrayView2<'_, f64>, wanted: usize) -> Result<()> {
    let found = x.ncols();
    if wanted == 0 {
        // As many rows as it states would fit into no bytes at all.
        return Err(Error::argument("the model was fitted on no features"));
    }
    if found == wanted {
        return Ok(());
    }
    Err(Error::argument(format!("the rows have {found} features, and the model was fitted on {wanted}")))
}

/// As [`check_features`], for models that know no missing and no infinite values.
pub(super) fn check_rows(x: &ArrayView2<'_, f64>, wanted: usize) -> Result<()> {
    check_features(x, wanted)?;
    check_finite(x)
}

/// Checks that no value is missing or infinite: scikit-learn refuses such too.
pub(super) fn check_finite(x: &ArrayView2<'_, f64>) -> Result<()> {
    match x.indexed_iter().find(|(_, x)| !x.is_finite()) {
        None => Ok(()),
        Some(((row, column), x)) => {
            Err(Error::argument(format!("row {row} has {x} in column {column}, and the model takes finite numbers")))
        }
    }
}
