//! Gradient boosting: a sum of trees, each fitted on what those before it left.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::nodes::{Tree, rows_of};
use crate::error::{Error, Result};
use crate::format::sklearn::{Attribute, Estimator};
use crate::module::{Module, Param};
use crate::sklearn::compose::Model;
use crate::sklearn::labels::Labels;
use crate::sklearn::probability::{label, of_two, sigmoid, softmax};
use crate::sklearn::read::{at, has_no_form, is_since, matrix_of, not_a_word, vector_of};
use crate::sklearn::{FromEstimator, check_class};

/// Gradient boosting that classifies.
#[derive(Clone, Debug, Module)]
pub struct GradientBoostingClassifier {
    /// The trees: for each stage one a score.
    pub stages: Vec<Vec<Tree>>,
    /// What scores start at, `[scores]`: one for two classes, one a class for more.
    pub baseline: Param<Array1<f64>>,
    /// What they start at instead, where another model was set for that.
    pub init: Option<Box<Model>>,
    /// The label of each class.
    #[module(constant)]
    pub classes: Labels,
    /// What each tree's values are multiplied by.
    #[module(constant)]
    pub learning_rate: f64,
    /// Whether the loss is exponential: its scores are half of the others'.
    #[module(constant)]
    pub exponential: bool,
    /// How near to 0 and 1 the probabilities may come that scores start at: the epsilon of `f32` up to 1.7, of `f64` since 1.8.
    #[module(constant)]
    pub least: f64,
    /// Whether such scores of more than two classes have a mean of 0, as they do since 1.4.
    #[module(constant)]
    pub centred: bool,
}

/// Gradient boosting that gives numbers.
#[derive(Clone, Debug, Module)]
pub struct GradientBoostingRegressor {
    /// The trees, one a stage.
    pub stages: Vec<Vec<Tree>>,
    /// What the sum starts at, `[1]`.
    pub baseline: Param<Array1<f64>>,
    /// What it starts at instead, where another model was set for that.
    pub init: Option<Box<Model>>,
    /// What each tree's values are multiplied by.
    #[module(constant)]
    pub learning_rate: f64,
}

/// Adds all stages to `sums`.
fn add_stages(stages: &[Vec<Tree>], x: ArrayView2<'_, f64>, rate: f64, sums: &mut Array2<f64>) -> Result<()> {
    let Some(first) = stages.first().and_then(|stage| stage.first()) else { return Ok(()) };
    let rows = rows_of(x, first.num_features)?;
    for stage in stages {
        if stage.len() != sums.ncols() || stage.iter().any(|tree| tree.num_features != first.num_features) {
            return Err(Error::argument("each stage has a tree for each score, of the same features"));
        }
        for (score, tree) in stage.iter().enumerate() {
            if tree.outputs() != (1, 1) {
                return Err(Error::argument("a tree of gradient boosting gives one number"));
            }
            tree.walk()?.each(&rows, |row, values| sums[[row, score]] += rate * values[0]);
        }
    }
    Ok(())
}

/// The rows in single precision, in which boosting gives them to the model that it starts with.
#[expect(clippy::cast_possible_truncation, reason = "as when it was fitted")]
fn rounded(x: ArrayView2<'_, f64>) -> Array2<f64> {
    x.mapv(|x| f64::from(x as f32))
}

/// The baseline for each row.
fn constant(baseline: &Param<Array1<f64>>, rows: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, baseline.len()), |(_, score)| baseline[score])
}

impl GradientBoostingClassifier {
    /// The label of each row of `[rows, features]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Labels> {
        label(&self.decision_function(x)?, &self.classes, |score| score >= 0.0)
    }

    /// The score of each class, `[rows, classes]`; of two classes, `[rows, 1]` with those of the second.
    ///
    /// # Errors
    /// As [`GradientBoostingClassifier::predict`].
    pub fn decision_function(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let mut scores = match &self.init {
            Some(init) => self.link(&init.predict_proba(rounded(x))?)?,
            None => constant(&self.baseline, x.nrows()),
        };
        add_stages(&self.stages, x, self.learning_rate, &mut scores)?;
        Ok(scores)
    }

    /// The probability of each class, `[rows, classes]`.
    ///
    /// # Errors
    /// As [`GradientBoostingClassifier::predict`].
    pub fn predict_proba(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let mut scores = self.decision_function(x)?;
        if scores.ncols() == 1 {
            let scale = if self.exponential { 2.0 } else { 1.0 };
            return of_two(scores.column(0).mapv(|score| sigmoid(scale * score)));
        }
        softmax(&mut scores);
        Ok(scores)
    }

    /// Probabilities as scores.
    fn link(&self, probabilities: &Array2<f64>) -> Result<Array2<f64>> {
        if probabilities.ncols() != self.classes.len() {
            return Err(Error::argument("the model that boosting starts with tells the same classes apart"));
        }
        Ok(link(probabilities, self.exponential, self.least, self.centred))
    }
}

/// Probabilities as scores: of two classes the logarithm of the odds of the second, of more the logarithm of each, where centred less
/// their mean.
/// Probabilities are kept away from 0 and 1.
fn link(probabilities: &Array2<f64>, exponential: bool, least: f64, centred: bool) -> Array2<f64> {
    let probabilities = probabilities.mapv(|p| p.clamp(least, 1.0 - least));
    if probabilities.ncols() == 2 {
        let scale = if exponential { 0.5 } else { 1.0 };
        return probabilities.column(1).mapv(|p| scale * (p / (1.0 - p)).ln()).insert_axis(Axis(1));
    }
    let mut scores = probabilities.mapv_into(f64::ln);
    if centred {
        for mut row in scores.rows_mut() {
            let mean = row.mean().unwrap_or(0.0);
            row -= mean;
        }
    }
    scores
}

impl GradientBoostingRegressor {
    /// `[rows, features]` to `[rows, 1]`.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let mut sums = match &self.init {
            Some(init) => init.predict_numbers(rounded(x))?,
            None => constant(&self.baseline, x.nrows()),
        };
        add_stages(&self.stages, x, self.learning_rate, &mut sums)?;
        Ok(sums)
    }
}

/// The trees of all stages: an array of objects, `[stages, scores]`.
fn stages(estimator: &Estimator) -> Result<Vec<Vec<Tree>>> {
    let path = "estimators_";
    let trees = estimator.estimators(path)?;
    let scores = match estimator.attribute(path)? {
        Attribute::Objects(objects) => objects.shape.last().copied().unwrap_or(1),
        other => return has_no_form(path, other.kind()),
    };
    let read = |(place, tree): (usize, &&Estimator)| {
        Tree::read(tree, "tree_").map_err(|error| error.in_tensor(format!("{path}.{place}.tree_")))
    };
    let trees = trees.iter().enumerate().map(read).collect::<Result<Vec<_>>>()?;
    let mut trees = trees.into_iter();
    let mut stages = Vec::new();
    while trees.len() > 0 {
        stages.push(trees.by_ref().take(scores.max(1)).collect());
    }
    Ok(stages)
}

/// What sums start at, where that is a model of its own.
fn init(estimator: &Estimator) -> Result<Option<&Estimator>> {
    match estimator.attribute("init_")? {
        Attribute::Text(zero) if &**zero == "zero" => Ok(None),
        init => init.as_estimator().map(Some).map_err(|error| error.in_tensor("init_")),
    }
}

impl FromEstimator for GradientBoostingClassifier {
    const CLASSES: &'static [&'static str] = &["GradientBoostingClassifier"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let classes = at(estimator, "classes_", Labels::read)?;
        let exponential = match estimator.text("loss")? {
            "exponential" => true,
            "log_loss" | "deviance" => false,
            _ => return not_a_word(estimator, "loss"),
        };
        let scores = if classes.len() == 2 { 1 } else { classes.len() };
        let least = if is_since(estimator, 1, 8) { f64::EPSILON } else { f64::from(f32::EPSILON) };
        let centred = is_since(estimator, 1, 4);
        let (mut baseline, mut model) = (Array1::zeros(scores), None);
        if let Some(init) = init(estimator)? {
            if init.name() == "DummyClassifier" && init.text("strategy")? == "prior" {
                let prior: Array1<f64> = at(init, "class_prior_", vector_of)?;
                if prior.len() != classes.len() {
                    return Err(Error::refused("each class has a prior").in_tensor("init_.class_prior_"));
                }
                baseline = link(&prior.insert_axis(Axis(0)), exponential, least, centred).row(0).to_owned();
            } else {
                model = Some(Box::new(Model::from_estimator(init).map_err(|error| error.in_tensor("init_"))?));
            }
        }
        Ok(Self {
            stages: stages(estimator)?,
            baseline: Param::new(baseline),
            init: model,
            classes,
            learning_rate: estimator.f64("learning_rate")?,
            exponential,
            least,
            centred,
        })
    }
}

impl FromEstimator for GradientBoostingRegressor {
    const CLASSES: &'static [&'static str] = &["GradientBoostingRegressor"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let (mut baseline, mut model) = (Array1::zeros(1), None);
        if let Some(init) = init(estimator)? {
            if init.name() == "DummyRegressor" {
                let constant: Array2<f64> = at(init, "constant_", matrix_of)?;
                baseline = constant.into_iter().collect();
                if baseline.len() != 1 {
                    return Err(Error::refused("boosting starts at one number").in_tensor("init_.constant_"));
                }
            } else {
                model = Some(Box::new(Model::from_estimator(init).map_err(|error| error.in_tensor("init_"))?));
            }
        }
        Ok(Self {
            stages: stages(estimator)?,
            baseline: Param::new(baseline),
            init: model,
            learning_rate: estimator.f64("learning_rate")?,
        })
    }
}
