//! Models one behind the other.

use alloc::string::String;
use alloc::vec::Vec;

use ndarray::Array2;

use super::model::Model;
use crate::error::{Error, Result};
use crate::format::sklearn::{Attribute, Estimator};
use crate::module::Module;
use crate::sklearn::input::Table;
use crate::sklearn::labels::Labels;
use crate::sklearn::read::has_no_form;
use crate::sklearn::{FromEstimator, check_class};

/// Steps that each take what the one before gives. All but the last transform.
#[derive(Clone, Debug, Module)]
pub struct Pipeline {
    /// The models.
    pub steps: Vec<Model>,
    /// Their names.
    #[module(constant)]
    pub names: Vec<String>,
}

impl Pipeline {
    /// The last step, and what it is given for `x`.
    fn last(&self, x: impl Into<Table>) -> Result<(&Model, Table)> {
        let Some((last, before)) = self.steps.split_last() else {
            return Err(Error::argument("a pipeline has no steps"));
        };
        let mut x = x.into();
        for step in before {
            x = step.transform_table(x)?;
        }
        Ok((last, x))
    }

    /// The label of each row, where the last step classifies.
    ///
    /// # Errors
    /// Those of the steps; [`ErrorKind::Argument`](crate::ErrorKind::Argument) if the last one does something else, or has several outputs.
    pub fn predict(&self, x: impl Into<Table>) -> Result<Labels> {
        let (last, x) = self.last(x)?;
        last.predict(x)
    }

    /// The labels of each row, for each output of the last step.
    ///
    /// # Errors
    /// As [`Pipeline::predict`].
    pub fn predict_each(&self, x: impl Into<Table>) -> Result<Vec<Labels>> {
        let (last, x) = self.last(x)?;
        last.predict_each(x)
    }

    /// The numbers of each row, `[rows, outputs]`, where the last step gives such.
    ///
    /// # Errors
    /// As [`Pipeline::predict`].
    pub fn predict_numbers(&self, x: impl Into<Table>) -> Result<Array2<f64>> {
        let (last, x) = self.last(x)?;
        last.predict_numbers(x)
    }

    /// The probability of each class, `[rows, classes]`.
    ///
    /// # Errors
    /// As [`Pipeline::predict`].
    pub fn predict_proba(&self, x: impl Into<Table>) -> Result<Array2<f64>> {
        let (last, x) = self.last(x)?;
        last.predict_proba(x)
    }

    /// The probability of each class, `[rows, classes]` for each output of the last step.
    ///
    /// # Errors
    /// As [`Pipeline::predict`].
    pub fn predict_proba_each(&self, x: impl Into<Table>) -> Result<Vec<Array2<f64>>> {
        let (last, x) = self.last(x)?;
        last.predict_proba_each(x)
    }

    /// The scores of the last step's `decision_function`.
    ///
    /// # Errors
    /// As [`Pipeline::predict`].
    pub fn decision_function(&self, x: impl Into<Table>) -> Result<Array2<f64>> {
        let (last, x) = self.last(x)?;
        last.decision_function(x)
    }

    /// What the last step transforms rows to.
    ///
    /// # Errors
    /// As [`Pipeline::predict`].
    pub fn transform(&self, x: impl Into<Table>) -> Result<Array2<f64>> {
        let (last, x) = self.last(x)?;
        last.transform_table(x)?.to_array()
    }
}

impl FromEstimator for Pipeline {
    const CLASSES: &'static [&'static str] = &["Pipeline"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let (mut names, mut steps) = (Vec::new(), Vec::new());
        for (place, step) in estimator.items("steps")?.iter().enumerate() {
            let [name, step] = step.items()? else { return has_no_form("steps", "a step of other than two parts") };
            let path = alloc::format!("steps.{place}.1");
            names.push(name.as_text()?.into());
            steps.push(Model::from_step(step).map_err(|error| error.in_tensor(path))?);
        }
        Ok(Self { steps, names })
    }
}

impl Model {
    /// A step of a pipeline, or the part of a [`ColumnTransformer`](super::ColumnTransformer): an estimator, or that nothing is done.
    pub(super) fn from_step(step: &Attribute) -> Result<Self> {
        match step {
            Attribute::None => Ok(Self::Passthrough),
            Attribute::Text(word) if &**word == "passthrough" => Ok(Self::Passthrough),
            _ => Self::from_estimator(step.as_estimator()?),
        }
    }

    /// As [`Model::transform`], for tables: one that nothing is done to keeps its text.
    pub(super) fn transform_table(&self, x: Table) -> Result<Table> {
        match self {
            Self::Passthrough => Ok(x),
            _ => self.transform(x).map(Table::from),
        }
    }
}
