//! Models side by side, each for some columns.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use ndarray::{Array2, Axis, concatenate};
use serde::{Deserialize, Serialize};

use super::model::Model;
use crate::error::{Error, Result};
use crate::format::sklearn::{Attribute, Estimator};
use crate::module::Module;
use crate::sklearn::input::Table;
use crate::sklearn::read::{at_option, has_no_form, vector_of};
use crate::sklearn::{FromEstimator, check_class};

/// Which columns of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Columns {
    /// Those at these places.
    Places(Vec<usize>),
    /// Those from one place up to another, or up to the last.
    Range {
        /// The first.
        start: usize,
        /// The one behind the last.
        stop: usize,
    },
    /// Those of these names. A table without names is taken to have the columns that the model was fitted on.
    Names(Vec<String>),
}

impl Default for Columns {
    fn default() -> Self {
        Self::Places(Vec::new())
    }
}

/// A model and the columns that it is given.
#[derive(Clone, Debug, Module)]
pub struct Part {
    /// The model.
    pub model: Model,
    /// Its name.
    #[module(constant)]
    pub name: String,
    /// Its columns.
    #[module(constant)]
    pub columns: Columns,
    /// What its results are multiplied by.
    #[module(constant)]
    pub weight: Option<f64>,
}

/// Models that each transform some columns; their results stand side by side.
#[derive(Clone, Debug, Module)]
pub struct ColumnTransformer {
    /// The models that are not left out, in their order.
    pub parts: Vec<Part>,
    /// The names of the columns it was fitted on, where they had names.
    #[module(constant)]
    pub feature_names: Option<Vec<String>>,
    /// How many columns it was fitted on.
    #[module(constant)]
    pub num_features: usize,
}

impl Columns {
    /// The places of the columns in a table. One without names has the columns that were fitted; where both have names, names count
    /// also for places.
    fn places(&self, x: &Table, fitted: Option<&[String]>) -> Result<Vec<usize>> {
        let unnamed = x.names().all(|name| name.is_none());
        let of_name = |name: &String| {
            let place = match fitted {
                Some(fitted) if unnamed => fitted.iter().position(|fitted| fitted == name),
                _ => x.names().position(|column| column == Some(name.as_str())),
            };
            place.ok_or_else(|| Error::argument(format!("the table has no column `{name}`")))
        };
        let of_place = |place: usize| match fitted {
            Some(fitted) if !unnamed => {
                let name = fitted.get(place).ok_or_else(|| Error::argument(format!("column {place} has no name")))?;
                of_name(name)
            }
            _ => Ok(place),
        };
        match self {
            Self::Places(places) => places.iter().map(|place| of_place(*place)).collect(),
            // No further than there are columns: a file may state any end.
            Self::Range { start, stop } if (unnamed || fitted.is_none()) && *stop > x.num_columns() => {
                Err(Error::argument(format!("the table has no column {start} to {stop}")))
            }
            Self::Range { start, stop } => (*start..*stop).map(of_place).collect(),
            Self::Names(names) => names.iter().map(of_name).collect(),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Places(places) => places.is_empty(),
            Self::Range { start, stop } => start >= stop,
            Self::Names(names) => names.is_empty(),
        }
    }

    /// The columns of a fitted transformer: places or names, a mask, a slice, one of either, or what a function chose.
    fn read(columns: &Attribute, num_features: usize, names: Option<&[String]>) -> Result<Self> {
        match columns {
            Attribute::Text(name) => Ok(Self::Names(alloc::vec![name.clone()])),
            Attribute::Texts(_) => columns.to_texts().map(Self::Names),
            Attribute::Int(place) => Ok(Self::Places(alloc::vec![from_end(*place, num_features)?])),
            Attribute::Array(array) if array.dtype() == crate::dtype::DType::Bool => {
                let mask = array.read()?.to_vec::<bool>()?;
                Ok(Self::Places((0..mask.len()).filter(|place| mask[*place]).collect()))
            }
            Attribute::Array(_) => {
                let places = vector_of::<i64>(columns)?;
                places.iter().map(|place| from_end(*place, num_features)).collect::<Result<_>>().map(Self::Places)
            }
            Attribute::Estimator(object) if object.name() == "slice" => Self::of_slice(object, num_features, names),
            // What 1.5 to 1.7 keep of the columns that no part names: a list that warns.
            Attribute::Estimator(list) if list.name() == "_RemainderColsList" => {
                Self::of_list(list.items("data")?, num_features)
            }
            _ => Self::of_list(columns.items()?, num_features),
        }
    }

    /// A slice: `start`, `stop` and `step`. Places count as Python counts them; of names, the last is in it.
    fn of_slice(slice: &Estimator, num_features: usize, names: Option<&[String]>) -> Result<Self> {
        let [start, stop, step] = slice.items("args")? else {
            return has_no_form("args", "a slice of other than three parts");
        };
        if !matches!(step, Attribute::None | Attribute::Int(1)) {
            return has_no_form("args", "a slice with a step");
        }
        let end = |end: &Attribute, otherwise, behind_name: usize| -> Result<usize> {
            match end {
                Attribute::None => Ok(otherwise),
                Attribute::Text(name) => match names.and_then(|names| names.iter().position(|fitted| fitted == name)) {
                    Some(place) => Ok(place + behind_name),
                    None => Err(Error::refused(format!("no column that was fitted has the name `{name}`"))),
                },
                _ => Ok(from_end(end.to_i64()?, num_features).unwrap_or(0).min(num_features)),
            }
        };
        Ok(Self::Range { start: end(start, 0, 0)?, stop: end(stop, num_features, 1)? })
    }

    fn of_list(items: &[Attribute], num_features: usize) -> Result<Self> {
        match items.first() {
            Some(Attribute::Text(_)) => {
                items.iter().map(|name| name.as_text().map(String::from)).collect::<Result<_>>().map(Self::Names)
            }
            Some(Attribute::Bool(_)) => {
                let mask = items.iter().map(Attribute::to_bool).collect::<Result<Vec<_>>>()?;
                Ok(Self::Places((0..mask.len()).filter(|place| mask[*place]).collect()))
            }
            _ => {
                let place = |item: &Attribute| from_end(item.to_i64()?, num_features);
                items.iter().map(place).collect::<Result<_>>().map(Self::Places)
            }
        }
    }
}

/// A place, counted from the end where it is negative.
fn from_end(place: i64, num_features: usize) -> Result<usize> {
    let place = if place < 0 { i64::try_from(num_features).unwrap_or(i64::MAX).saturating_add(place) } else { place };
    usize::try_from(place).map_err(|_| Error::refused("a column lies before the first"))
}

impl ColumnTransformer {
    /// A table, or an array `[rows, features]`, to the results of all parts side by side.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for a column that is not there; those of the parts.
    pub fn transform(&self, x: impl Into<Table>) -> Result<Array2<f64>> {
        let x = x.into();
        let by_name = self.feature_names.is_some() && x.names().any(|name| name.is_some());
        if !by_name && x.num_columns() != self.num_features {
            let (found, wanted) = (x.num_columns(), self.num_features);
            return Err(Error::argument(format!(
                "the table has {found} columns, and the model was fitted on {wanted}"
            )));
        }
        let mut results = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let columns = x.select(&part.columns.places(&x, self.feature_names.as_deref())?)?;
            let mut result = part.model.transform_table(columns)?.to_array()?;
            if let Some(weight) = part.weight {
                result *= weight;
            }
            results.push(result);
        }
        if results.is_empty() {
            return Ok(Array2::zeros((x.num_rows(), 0)));
        }
        let views: Vec<_> = results.iter().map(|result| result.view()).collect();
        concatenate(Axis(1), &views)
            .map_err(|_| Error::argument("the parts of a transformer give as many rows as each other"))
    }
}

impl FromEstimator for ColumnTransformer {
    const CLASSES: &'static [&'static str] = &["ColumnTransformer"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let count = if estimator.has("n_features_in_") { "n_features_in_" } else { "_n_features" };
        let num_features = estimator.i64(count)?;
        let num_features =
            usize::try_from(num_features).map_err(|_| Error::refused("a number of features is negative"))?;
        // What 0.24 calls it has an underscore.
        let names = if estimator.has("feature_names_in_") { "feature_names_in_" } else { "_feature_names_in" };
        let feature_names = at_option(estimator, names, Attribute::to_texts)?;
        let mut parts = Vec::new();
        for (place, part) in estimator.items("transformers_")?.iter().enumerate() {
            let [name, model, columns] = part.items()? else {
                return has_no_form("transformers_", "a part of other than a name, a model and columns");
            };
            let path = format!("transformers_.{place}");
            let columns = Columns::read(columns, num_features, feature_names.as_deref());
            let columns = columns.map_err(|error| error.in_tensor(format!("{path}.2")))?;
            // A part without columns was not fitted.
            if columns.is_empty() || matches!(model, Attribute::Text(word) if &**word == "drop") {
                continue;
            }
            let model = Model::from_step(model).map_err(|error| error.in_tensor(format!("{path}.1")))?;
            let name = name.as_text()?;
            let weight = match estimator.get("transformer_weights") {
                Some(weights @ Attribute::Dict(_)) => weights.get(name).map(Attribute::to_f64).transpose()?,
                _ => None,
            };
            parts.push(Part { model, name: name.into(), columns, weight });
        }
        Ok(Self { parts, feature_names, num_features })
    }
}
