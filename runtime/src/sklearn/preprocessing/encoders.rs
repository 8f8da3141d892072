//! Categories as numbers.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use ndarray::{Array2, ArrayViewMut1};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::format::sklearn::{Attribute, Estimator};
use crate::module::Module;
use crate::sklearn::input::{Column, Table};
use crate::sklearn::labels::{Labels, is_nan};
use crate::sklearn::read::{at, at_option, is_since, not_a_word, vector_of};
use crate::sklearn::{FromEstimator, check_class};

/// What becomes of a value that is none of its column's categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Unknown {
    /// It is an error.
    #[default]
    Error,
    /// It is in no category.
    Ignore,
    /// It is in the category of infrequent values, where there is one.
    Infrequent,
    /// It becomes this number.
    Value(f64),
}

/// A column of zeros and ones for each category.
///
/// What is missing in a column (NaN, or no text) is of the category of missing values, if it has one. Where Python's `None` and NaN are two
/// categories, that is the first of them.
#[derive(Clone, Debug, Module)]
pub struct OneHotEncoder {
    /// The categories of each column.
    #[module(constant)]
    pub categories: Vec<Labels>,
    /// For each column whose infrequent categories are one: the place of each category among those that are left.
    #[module(constant)]
    pub groups: Vec<Option<Vec<usize>>>,
    /// The place of the infrequent category among those that are left, by column.
    #[module(constant)]
    pub infrequent: Vec<Option<usize>>,
    /// The place of the category that gets no column, by column.
    #[module(constant)]
    pub drop: Vec<Option<usize>>,
    /// What becomes of other values.
    #[module(constant)]
    pub unknown: Unknown,
}

/// A number for each category. What is missing is a category as in [`OneHotEncoder`].
#[derive(Clone, Debug, Module)]
pub struct OrdinalEncoder {
    /// The categories of each column.
    #[module(constant)]
    pub categories: Vec<Labels>,
    /// What each of them becomes, by column: its place, that among the ones that are left where infrequent ones are one, or what was set
    /// for the category of missing values.
    #[module(constant)]
    pub numbers: Vec<Vec<f64>>,
    /// What becomes of other values.
    #[module(constant)]
    pub unknown: Unknown,
}

/// The category of each value of a column; `None` for a value of none.
fn places(column: &Column, categories: &Labels) -> Vec<Option<usize>> {
    let places = categories.places();
    match column {
        Column::Numbers(values) => values.iter().map(|value| places.of_number(*value)).collect(),
        Column::Texts(values) => values.iter().map(|value| places.of_text(value.as_deref())).collect(),
    }
}

fn check_columns(x: &Table, wanted: usize) -> Result<()> {
    let found = x.num_columns();
    if found == wanted {
        return Ok(());
    }
    Err(Error::argument(format!("the table has {found} columns, and the encoder was fitted on {wanted}")))
}

fn is_unknown<T>(column: usize, row: usize) -> Result<T> {
    Err(Error::argument(format!("the value in row {row} of column {column} is of no known category")))
}

fn no_place<T>() -> Result<T> {
    Err(Error::argument("an encoder's categories, groups and dropped categories are of one number"))
}

impl OneHotEncoder {
    /// A table to `[rows, categories]`, the columns of each of its own columns in a row.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of columns, and for an unknown value where that is
    /// an error.
    pub fn transform(&self, x: impl Into<Table>) -> Result<Array2<f64>> {
        let x = x.into();
        check_columns(&x, self.categories.len())?;
        let widths = (0..self.categories.len()).map(|column| self.width(column)).collect::<Result<Vec<_>>>()?;
        let mut encoded = Array2::zeros((x.num_rows(), widths.iter().sum()));
        let mut start = 0;
        for (column, (values, width)) in x.columns().zip(widths).enumerate() {
            for (row, place) in places(values, &self.categories[column]).into_iter().enumerate() {
                let kept = match place {
                    Some(place) => self.kept(column, place)?,
                    None => match self.unknown {
                        Unknown::Error => return is_unknown(column, row),
                        Unknown::Infrequent => self.infrequent.get(column).copied().flatten(),
                        Unknown::Ignore | Unknown::Value(_) => None,
                    },
                };
                let Some(kept) = kept else { continue };
                let dropped = self.drop.get(column).copied().flatten();
                let place = match dropped {
                    Some(dropped) if dropped == kept => continue,
                    Some(dropped) if dropped < kept => kept - 1,
                    _ => kept,
                };
                match encoded.row_mut(row).get_mut(start + place) {
                    Some(cell) if place < width => *cell = 1.0,
                    _ => return no_place(),
                }
            }
            start += width;
        }
        Ok(encoded)
    }

    /// The place of a category among those that are left.
    fn kept(&self, column: usize, place: usize) -> Result<Option<usize>> {
        match self.groups.get(column) {
            Some(Some(group)) => group.get(place).map_or_else(no_place, |kept| Ok(Some(*kept))),
            _ => Ok(Some(place)),
        }
    }

    /// How many columns one becomes.
    fn width(&self, column: usize) -> Result<usize> {
        let left = match self.groups.get(column) {
            Some(Some(group)) => group.iter().max().map_or(0, |last| last.saturating_add(1)),
            _ => self.categories[column].len(),
        };
        if left > self.categories[column].len() {
            return no_place();
        }
        Ok(left.saturating_sub(usize::from(self.drop.get(column).copied().flatten().is_some())))
    }
}

impl OrdinalEncoder {
    /// A table to `[rows, columns]`.
    ///
    /// # Errors
    /// As [`OneHotEncoder::transform`].
    pub fn transform(&self, x: impl Into<Table>) -> Result<Array2<f64>> {
        let x = x.into();
        check_columns(&x, self.categories.len())?;
        let mut encoded = Array2::zeros((x.num_rows(), x.num_columns()));
        for (column, (values, target)) in x.columns().zip(encoded.columns_mut()).enumerate() {
            self.encode(column, values, target)?;
        }
        Ok(encoded)
    }

    fn encode(&self, column: usize, values: &Column, mut target: ArrayViewMut1<'_, f64>) -> Result<()> {
        for (row, place) in places(values, &self.categories[column]).into_iter().enumerate() {
            target[row] = match (place, self.unknown) {
                (Some(place), _) => match self.numbers.get(column).and_then(|numbers| numbers.get(place)) {
                    Some(number) => *number,
                    None => return no_place(),
                },
                (None, Unknown::Value(value)) => value,
                (None, _) => return is_unknown(column, row),
            };
        }
        Ok(())
    }
}

/// A list with an item for each column, absent where the estimator has no such setting.
fn of_columns<T: Clone>(
    estimator: &Estimator,
    path: &str,
    columns: usize,
    read: impl Fn(&Attribute) -> Result<T>,
) -> Result<Vec<Option<T>>> {
    let item = |item: &Attribute| if matches!(item, Attribute::None) { Ok(None) } else { read(item).map(Some) };
    let list = at_option(estimator, path, |list| match list {
        Attribute::Array(_) => vector_of::<i64>(list)?.iter().map(|place| item(&Attribute::Int(*place))).collect(),
        _ => list.items()?.iter().map(item).collect(),
    })?;
    Ok(list.unwrap_or_else(|| vec![None; columns]))
}

fn place(attribute: &Attribute) -> Result<usize> {
    usize::try_from(attribute.to_i64()?).map_err(|_| Error::refused("a place of a category is negative"))
}

fn places_of(attribute: &Attribute) -> Result<Vec<usize>> {
    let of = |n: &i64| usize::try_from(*n).map_err(|_| Error::refused("a place of a category is negative"));
    vector_of::<i64>(attribute)?.iter().map(of).collect()
}

fn categories(estimator: &Estimator) -> Result<Vec<Labels>> {
    at(estimator, "categories_", |list| list.items()?.iter().map(Labels::read).collect())
}

impl FromEstimator for OneHotEncoder {
    const CLASSES: &'static [&'static str] = &["OneHotEncoder"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let categories = categories(estimator)?;
        let columns = categories.len();
        let groups = of_columns(estimator, "_default_to_infrequent_mappings", columns, places_of)?;
        let first_infrequent = of_columns(estimator, "_infrequent_indices", columns, |places| {
            places_of(places)?.first().copied().ok_or_else(|| Error::refused("there is no infrequent category"))
        })?;
        let infrequent = first_infrequent.into_iter().zip(&groups).map(|(first, group)| {
            let (first, group) = (first?, group.as_ref()?);
            group.get(first).copied()
        });
        let infrequent = infrequent.collect();
        // Before 1.1 nothing was grouped.
        let drop = if estimator.has("_drop_idx_after_grouping") { "_drop_idx_after_grouping" } else { "drop_idx_" };
        let unknown = match estimator.text("handle_unknown")? {
            "error" => Unknown::Error,
            "ignore" => Unknown::Ignore,
            // Until 1.8, which grouped them, they were in no category.
            "warn" if !is_since(estimator, 1, 8) => Unknown::Ignore,
            "infrequent_if_exist" | "warn" => Unknown::Infrequent,
            _ => return not_a_word(estimator, "handle_unknown"),
        };
        Ok(Self { drop: of_columns(estimator, drop, columns, place)?, categories, groups, infrequent, unknown })
    }
}

/// What each category of a column becomes. NaN is the category of missing values, and in no group; `None` is a category like others.
#[expect(clippy::cast_precision_loss, reason = "there are fewer categories than a float counts")]
fn numbers(read: &Attribute, labels: &Labels, group: Option<&[usize]>, missing: f64) -> Result<Vec<f64>> {
    let items = read.items().ok();
    let number = |place: usize| match (items, labels, group) {
        (Some(items), ..) if items.get(place).is_some_and(is_nan) => Ok(missing),
        (None, Labels::Float(values), _) if values[place].is_nan() => Ok(missing),
        (.., Some(group)) => group.get(place).map_or_else(no_place, |kept| Ok(*kept as f64)),
        _ => Ok(place as f64),
    };
    (0..labels.len()).map(number).collect()
}

impl FromEstimator for OrdinalEncoder {
    const CLASSES: &'static [&'static str] = &["OrdinalEncoder"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let categories = categories(estimator)?;
        let groups = of_columns(estimator, "_default_to_infrequent_mappings", categories.len(), places_of)?;
        let missing = estimator.get("encoded_missing_value").map_or(Ok(f64::NAN), Attribute::to_f64)?;
        let columns = estimator.items("categories_")?.iter().zip(&categories).zip(&groups);
        let numbers = columns.map(|((read, labels), group)| numbers(read, labels, group.as_deref(), missing));
        let numbers = numbers.collect::<Result<_>>()?;
        let unknown = match estimator.text("handle_unknown")? {
            "error" => Unknown::Error,
            "use_encoded_value" => Unknown::Value(estimator.f64("unknown_value")?),
            _ => return not_a_word(estimator, "handle_unknown"),
        };
        Ok(Self { categories, numbers, unknown })
    }
}
