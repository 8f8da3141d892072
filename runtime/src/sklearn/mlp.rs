//! Multi-layer perceptrons.

use alloc::vec::Vec;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use super::input::check_rows;
use super::labels::Labels;
use super::outputs::only;
use super::probability::{label, of_two, sigmoid, softmax};
use super::read::{at, matrix_of, not_a_word, vector_of};
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
///
/// One that was fitted on several labels a row (scikit-learn's multilabel indicators) has a sigmoid for each label. Each of them is an
/// output of two classes: 0 for rows that do not have the label, 1 for those that have it.
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
    /// The label of each class; where rows have several labels, the number of each of these.
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
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features, and where rows have several labels: see
    /// [`MLPClassifier::predict_each`].
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Labels> {
        only(self.num_outputs(), "predict", || self.predict_each(x))
    }

    /// The labels of each row of `[rows, features]`, for each output. Where rows have several labels, that is for each of these 1 for the
    /// rows that have it and 0 for the others: the columns of what scikit-learn predicts.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict_each(&self, x: ArrayView2<'_, f64>) -> Result<Vec<Labels>> {
        let is_second = |probability: f64| probability > 0.5;
        let outputs = self.forward(x)?;
        if self.num_outputs() == 1 {
            return label(&outputs, &self.classes, is_second).map(|labels| alloc::vec![labels]);
        }
        let has = |column: ArrayView1<'_, f64>| column.iter().map(|p| i64::from(is_second(*p))).collect();
        Ok(outputs.columns().into_iter().map(has).map(Labels::Int).collect())
    }

    /// The probability of each class, `[rows, classes]`. Where rows have several labels, that is the probability of each of these, as
    /// scikit-learn gives it, and those of a row do not add up to 1.
    ///
    /// # Errors
    /// As [`MLPClassifier::predict_each`].
    pub fn predict_proba(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let outputs = self.forward(x)?;
        if outputs.ncols() == 1 { of_two(outputs.column(0).to_owned()) } else { Ok(outputs) }
    }

    /// The probability of each class, `[rows, classes]` for each output. Where rows have several labels, that is `[rows, 2]` for each of
    /// these: that a row does not have it, and that it has it.
    ///
    /// # Errors
    /// As [`MLPClassifier::predict_each`].
    pub fn predict_proba_each(&self, x: ArrayView2<'_, f64>) -> Result<Vec<Array2<f64>>> {
        if self.num_outputs() == 1 {
            return self.predict_proba(x).map(|probabilities| alloc::vec![probabilities]);
        }
        self.forward(x)?.columns().into_iter().map(|column| of_two(column.to_owned())).collect()
    }

    fn forward(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        forward(x, &self.coefs, &self.intercepts, self.activation, self.out_activation)
    }

    /// As many as there are sigmoids. A softmax is one output, whose classes it tells apart.
    fn num_outputs(&self) -> usize {
        match self.coefs.last() {
            Some(last) if self.out_activation == Activation::Logistic => last.ncols(),
            _ => 1,
        }
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
        let mut model = Self {
            coefs: layers(estimator, "coefs_", |array| matrix_of(array).map(Param::new))?,
            intercepts: layers(estimator, "intercepts_", |array| vector_of(array).map(Param::new))?,
            activation: Activation::read(estimator, "activation")?,
            out_activation: Activation::read(estimator, "out_activation_")?,
            classes: at(estimator, "classes_", Labels::read)?,
        };
        let outputs = model.num_outputs();
        if outputs != 1 {
            // The model's own may be more: `partial_fit` is told them, and the labels are those of its first rows.
            let path = "_label_binarizer.classes_";
            model.classes = at(estimator, path, Labels::read)?;
            if model.classes.len() != outputs {
                let why =
                    alloc::format!("there are {} labels, and the last layer tells {outputs}", model.classes.len());
                return Err(Error::refused(why).in_tensor(path));
            }
        }
        Ok(model)
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
