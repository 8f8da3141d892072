//! Multi-layer perceptrons.

use alloc::vec::Vec;

use ndarray::{Array1, Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::input::check_rows;
use super::labels::Labels;
use super::probability::{label, of_two, sigmoid, softmax};
use super::read::{at, matrix_of, not_a_word, several_outputs, vector_of};
use super::{FromEstimator, check_class};
use crate::error::{Error, Result};
use crate::format::sklearn::Estimator;
use crate::module::{Module, Param};

/// What a layer's sums go through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Activation {
    /// Nothing.
    #[default]
    Identity,
    /// The sigmoid.
    Logistic,
    /// The hyperbolic tangent.
    Tanh,
    /// What is negative becomes 0.
    Relu,
    /// The softmax of a row.
    Softmax,
    /// The exponential, of a Poisson regressor's output.
    Exp,
}

impl Activation {
    fn apply(self, x: &mut Array2<f64>) {
        match self {
            Self::Identity => {}
            Self::Logistic => x.mapv_inplace(sigmoid),
            Self::Tanh => x.mapv_inplace(f64::tanh),
            // `max` would make 0 of NaN.
            Self::Relu => x.mapv_inplace(|x| if x < 0.0 { 0.0 } else { x }),
            Self::Softmax => softmax(x),
            Self::Exp => x.mapv_inplace(f64::exp),
        }
    }

    fn read(estimator: &Estimator, path: &str) -> Result<Self> {
        Ok(match estimator.text(path)? {
            "identity" => Self::Identity,
            "logistic" => Self::Logistic,
            "tanh" => Self::Tanh,
            "relu" => Self::Relu,
            "softmax" => Self::Softmax,
            "exp" => Self::Exp,
            _ => return not_a_word(estimator, path),
        })
    }
}

/// A multi-layer perceptron that classifies.
#[derive(Clone, Debug, Module)]
pub struct MLPClassifier {
    /// Weights of each layer, `[inputs, outputs]`.
    pub coefs: Vec<Param<Array2<f64>>>,
    /// Added to the sums of each layer, `[outputs]`.
    pub intercepts: Vec<Param<Array1<f64>>>,
    /// What the sums of all layers but the last go through.
    #[module(constant)]
    pub activation: Activation,
    /// What those of the last go through.
    #[module(constant)]
    pub out_activation: Activation,
    /// The label of each class.
    #[module(constant)]
    pub classes: Labels,
}

/// A multi-layer perceptron that gives numbers.
#[derive(Clone, Debug, Module)]
pub struct MLPRegressor {
    /// Weights of each layer, `[inputs, outputs]`.
    pub coefs: Vec<Param<Array2<f64>>>,
    /// Added to the sums of each layer, `[outputs]`.
    pub intercepts: Vec<Param<Array1<f64>>>,
    /// What the sums of all layers but the last go through.
    #[module(constant)]
    pub activation: Activation,
    /// What those of the last go through.
    #[module(constant)]
    pub out_activation: Activation,
}

/// The outputs of all layers, one after the other.
fn forward(
    x: ArrayView2<'_, f64>,
    coefs: &[Param<Array2<f64>>],
    intercepts: &[Param<Array1<f64>>],
    hidden: Activation,
    out: Activation,
) -> Result<Array2<f64>> {
    if coefs.is_empty() || coefs.len() != intercepts.len() {
        return Err(Error::argument("each layer has weights and an intercept"));
    }
    check_rows(&x, coefs[0].nrows())?;
    let mut values = x.to_owned();
    for (layer, (coef, intercept)) in coefs.iter().zip(intercepts).enumerate() {
        if coef.nrows() != values.ncols() || coef.ncols() != intercept.len() {
            return Err(Error::argument(alloc::format!("layer {layer} does not take what the one before gives")));
        }
        values = values.dot(&**coef) + &**intercept;
        (if layer + 1 == coefs.len() { out } else { hidden }).apply(&mut values);
    }
    Ok(values)
}

impl MLPClassifier {
    /// The label of each row of `[rows, features]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Labels> {
        label(&self.outputs(x)?, &self.classes, |probability| probability > 0.5)
    }

    /// The probability of each class, `[rows, classes]`.
    ///
    /// # Errors
    /// As [`MLPClassifier::predict`].
    pub fn predict_proba(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let outputs = self.outputs(x)?;
        if outputs.ncols() == 1 { of_two(outputs.column(0).to_owned()) } else { Ok(outputs) }
    }

    fn outputs(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let outputs = forward(x, &self.coefs, &self.intercepts, self.activation, self.out_activation)?;
        if self.out_activation == Activation::Logistic && outputs.ncols() != 1 {
            return Err(Error::argument("a sigmoid tells two classes apart, and the last layer has several outputs"));
        }
        Ok(outputs)
    }
}

impl MLPRegressor {
    /// `[rows, features]` to `[rows, outputs]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        forward(x, &self.coefs, &self.intercepts, self.activation, self.out_activation)
    }
}

/// The arrays of each layer.
fn layers<T>(
    estimator: &Estimator,
    path: &str,
    read: impl Fn(&crate::format::sklearn::Attribute) -> Result<T>,
) -> Result<Vec<T>> {
    at(estimator, path, |list| list.items()?.iter().map(read).collect())
}

impl FromEstimator for MLPClassifier {
    const CLASSES: &'static [&'static str] = &["MLPClassifier"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let out_activation = Activation::read(estimator, "out_activation_")?;
        let classes = at(estimator, "classes_", Labels::read)?;
        let coefs: Vec<Param<Array2<f64>>> = layers(estimator, "coefs_", |array| matrix_of(array).map(Param::new))?;
        // A sigmoid for each label says whether a row has it.
        if out_activation == Activation::Logistic && coefs.last().is_some_and(|last| last.ncols() > 1) {
            return Err(several_outputs("coefs_"));
        }
        Ok(Self {
            coefs,
            intercepts: layers(estimator, "intercepts_", |array| vector_of(array).map(Param::new))?,
            activation: Activation::read(estimator, "activation")?,
            out_activation,
            classes,
        })
    }
}

impl FromEstimator for MLPRegressor {
    const CLASSES: &'static [&'static str] = &["MLPRegressor"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        Ok(Self {
            coefs: layers(estimator, "coefs_", |array| matrix_of(array).map(Param::new))?,
            intercepts: layers(estimator, "intercepts_", |array| vector_of(array).map(Param::new))?,
            activation: Activation::read(estimator, "activation")?,
            out_activation: Activation::read(estimator, "out_activation_")?,
        })
    }
}
