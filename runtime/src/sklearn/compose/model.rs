//! Any model.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use ndarray::Array2;

use super::{ColumnTransformer, Pipeline};
use crate::error::{Error, Result};
use crate::format::sklearn::{Attribute, Estimator};
use crate::module::Module;
use crate::sklearn::input::Table;
use crate::sklearn::labels::Labels;
use crate::sklearn::read::has_no_form;
use crate::sklearn::{
    DecisionTreeClassifier, DecisionTreeRegressor, ElasticNet, ExtraTreesClassifier, ExtraTreesRegressor,
    FromEstimator, GaussianNB, GradientBoostingClassifier, GradientBoostingRegressor, HistGradientBoostingClassifier,
    HistGradientBoostingRegressor, KMeans, KNeighborsClassifier, KNeighborsRegressor, Lasso, LinearRegression,
    LogisticRegression, MLPClassifier, MLPRegressor, MinMaxScaler, OneHotEncoder, OrdinalEncoder, PCA,
    RandomForestClassifier, RandomForestRegressor, Ridge, SGDClassifier, SGDRegressor, SVC, SVR, StandardScaler,
};

/// The enum of all models, which classes each is made from, and which methods each has: those that take arrays, those that take tables,
/// and those that give one of what is wanted by another method.
macro_rules! models {
    (
        $($name:ident)*;
        $(
            $(#[$doc:meta])* $method:ident -> $returns:ty = $inner:ident
            of arrays [$($array:ident)*] tables [$($table:ident)*] $(else one $one:ident)?;
        )*
    ) => {
        /// Any of the models, whichever a file holds. What one does not do is an error of the call.
        ///
        /// Models take a [`Table`], or an array as a table without names. Only encoders, [`ColumnTransformer`] and histogram-based boosting
        /// look at its text, and only [`ColumnTransformer`] at the names of its columns. All others take the columns in the order that
        /// they have; scikit-learn raises where names are in another order than they were fitted.
        #[derive(Clone, Debug, Module)]
        #[non_exhaustive]
        pub enum Model {
            /// Nothing is done.
            Passthrough,
            $(#[doc = concat!("See [`", stringify!($name), "`](crate::sklearn::", stringify!($name), ").")] $name(Box<$name>),)*
        }

        impl Model {
            /// What it is, as scikit-learn names it.
            pub fn name(&self) -> &'static str {
                match self {
                    Self::Passthrough => "passthrough",
                    $(Self::$name(_) => stringify!($name),)*
                }
            }

            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for a model that does not do this; those of the model.
                pub fn $method(&self, x: impl Into<Table>) -> Result<$returns> {
                    let x = x.into();
                    match self {
                        $(Self::$array(model) => model.$inner(x.to_array()?.view()),)*
                        $(Self::$table(model) => model.$inner(x),)*
                        Self::Pipeline(model) => model.$method(x),
                        $(_ if self.has(stringify!($one)) => self.$one(x).map(|one| vec![one]),)?
                        _ => Err(self.has_no(stringify!($method))),
                    }
                }
            )*

            fn has(&self, method: &str) -> bool {
                match self {
                    $($(Self::$array(_) if method == stringify!($method) => true,)*)*
                    $($(Self::$table(_) if method == stringify!($method) => true,)*)*
                    _ => false,
                }
            }
        }

        $(impl From<$name> for Model {
            fn from(model: $name) -> Self {
                Self::$name(Box::new(model))
            }
        })*

        impl FromEstimator for Model {
            const CLASSES: &'static [&'static str] = &[$(stringify!($name)),*];

            fn from_estimator(estimator: &Estimator) -> Result<Self> {
                $(if $name::CLASSES.contains(&estimator.name()) {
                    return $name::from_estimator(estimator).map(Self::from);
                })*
                of_function(estimator)
            }
        }
    };
}

models! {
    LinearRegression Ridge Lasso ElasticNet SGDRegressor LogisticRegression SGDClassifier SVC SVR MLPClassifier MLPRegressor
    KNeighborsClassifier KNeighborsRegressor GaussianNB DecisionTreeClassifier DecisionTreeRegressor RandomForestClassifier
    RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor GradientBoostingClassifier GradientBoostingRegressor
    HistGradientBoostingClassifier HistGradientBoostingRegressor StandardScaler MinMaxScaler OneHotEncoder OrdinalEncoder PCA
    KMeans Pipeline ColumnTransformer;

    /// The label of each row, where the model classifies or clusters. One of several outputs does not: see [`Model::predict_each`].
    predict -> Labels = predict of arrays [
        LogisticRegression SGDClassifier SVC MLPClassifier KNeighborsClassifier GaussianNB DecisionTreeClassifier
        RandomForestClassifier ExtraTreesClassifier GradientBoostingClassifier KMeans
    ] tables [HistGradientBoostingClassifier];
    /// The labels of each row, for each output: of one, the same as [`Model::predict`] gives.
    predict_each -> Vec<Labels> = predict_each of arrays [
        MLPClassifier KNeighborsClassifier DecisionTreeClassifier RandomForestClassifier ExtraTreesClassifier
    ] tables [] else one predict;
    /// The numbers of each row, `[rows, outputs]`, where the model gives such.
    predict_numbers -> Array2<f64> = predict of arrays [
        LinearRegression Ridge Lasso ElasticNet SGDRegressor SVR MLPRegressor KNeighborsRegressor DecisionTreeRegressor
        RandomForestRegressor ExtraTreesRegressor GradientBoostingRegressor
    ] tables [HistGradientBoostingRegressor];
    /// The probability of each class, `[rows, classes]`. Of several outputs, see [`Model::predict_proba_each`]; a perceptron that gives rows
    /// several labels has here the probability of each, see [`MLPClassifier::predict_proba`].
    predict_proba -> Array2<f64> = predict_proba of arrays [
        LogisticRegression SGDClassifier SVC MLPClassifier KNeighborsClassifier GaussianNB DecisionTreeClassifier
        RandomForestClassifier ExtraTreesClassifier GradientBoostingClassifier
    ] tables [HistGradientBoostingClassifier];
    /// The probability of each class, `[rows, classes]` for each output: of one, the same as [`Model::predict_proba`] gives.
    predict_proba_each -> Vec<Array2<f64>> = predict_proba_each of arrays [
        MLPClassifier KNeighborsClassifier DecisionTreeClassifier RandomForestClassifier ExtraTreesClassifier
    ] tables [] else one predict_proba;
    /// The scores by which the model tells classes apart; of two classes, `[rows, 1]`.
    decision_function -> Array2<f64> = decision_function of arrays [
        LogisticRegression SGDClassifier SVC GradientBoostingClassifier
    ] tables [HistGradientBoostingClassifier];
    /// What rows are transformed to.
    transform -> Array2<f64> = transform of arrays [StandardScaler MinMaxScaler PCA KMeans]
        tables [OneHotEncoder OrdinalEncoder ColumnTransformer];
}

impl Model {
    /// The error for a method that this model does not have, with the one that stands for it.
    fn has_no(&self, method: &str) -> Error {
        let name = self.name();
        let instead = match method {
            "predict" | "predict_each" if self.has("predict_numbers") => ": it gives numbers, by `predict_numbers`",
            "predict_numbers" if self.has("predict") => ": it gives labels, by `predict`",
            _ => "",
        };
        Error::argument(format!("{name} has no `{method}`{instead}"))
    }
}

/// A transformer that is a function: none, or one that only checks its input, does nothing. Others are Python's.
fn of_function(estimator: &Estimator) -> Result<Model> {
    if estimator.name() != "FunctionTransformer" {
        return Err(Error::refused(format!("`{}` has no form here", estimator.class)));
    }
    let checks = |name: &str| name.ends_with(".check_array");
    match estimator.attribute("func")? {
        Attribute::None => Ok(Model::Passthrough),
        Attribute::Global(name) if checks(name) => Ok(Model::Passthrough),
        Attribute::Estimator(partial) => match partial.get("args.0") {
            Some(Attribute::Global(name)) if checks(name) => Ok(Model::Passthrough),
            _ => has_no_form("func", &partial.class),
        },
        Attribute::Global(name) => has_no_form("func", name),
        other => has_no_form("func", other.kind()),
    }
}
