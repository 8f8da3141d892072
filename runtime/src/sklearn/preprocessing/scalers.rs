//! Features on a common scale.

use alloc::vec::Vec;

use ndarray::{Array1, Array2, ArrayView2};

use crate::error::{Error, Result};
use crate::format::sklearn::{Attribute, Estimator};
use crate::module::{Buffer, Module};
use crate::sklearn::input::check_features;
use crate::sklearn::read::{buffer, has_no_form};
use crate::sklearn::{FromEstimator, check_class};

/// Features less their mean, divided by their standard deviation; either may be left out.
#[derive(Clone, Debug, Module)]
pub struct StandardScaler {
    /// What is taken away, `[features]`.
    pub mean: Option<Buffer<Array1<f64>>>,
    /// What is divided by, `[features]`.
    pub scale: Option<Buffer<Array1<f64>>>,
}

/// Features in a range, by that of the data it was fitted on.
#[derive(Clone, Debug, Module)]
pub struct MinMaxScaler {
    /// What is multiplied by, `[features]`.
    pub scale: Buffer<Array1<f64>>,
    /// What is added then, `[features]`.
    pub min: Buffer<Array1<f64>>,
    /// The range that results are held in, where they are.
    #[module(constant)]
    pub clip: Option<(f64, f64)>,
}

impl StandardScaler {
    /// `[rows, features]` to the same shape.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn transform(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let mut scaled = x.to_owned();
        if let Some(mean) = &self.mean {
            check_features(&x, mean.len())?;
            scaled -= &**mean;
        }
        if let Some(scale) = &self.scale {
            check_features(&x, scale.len())?;
            scaled /= &**scale;
        }
        Ok(scaled)
    }
}

impl MinMaxScaler {
    /// `[rows, features]` to the same shape.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn transform(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        check_features(&x, self.scale.len())?;
        if self.min.len() != self.scale.len() {
            return Err(Error::argument("a scale and a minimum for each feature are wanted"));
        }
        let mut scaled = &x * &*self.scale + &*self.min;
        if let Some((low, high)) = self.clip {
            scaled.mapv_inplace(|x| {
                if x < low {
                    low
                } else if x > high {
                    high
                } else {
                    x
                }
            });
        }
        Ok(scaled)
    }
}

impl FromEstimator for StandardScaler {
    const CLASSES: &'static [&'static str] = &["StandardScaler"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        let wanted = |setting, path| -> Result<_> {
            if estimator.bool(setting)? { buffer(estimator, path).map(Some) } else { Ok(None) }
        };
        Ok(Self { mean: wanted("with_mean", "mean_")?, scale: wanted("with_std", "scale_")? })
    }
}

impl FromEstimator for MinMaxScaler {
    const CLASSES: &'static [&'static str] = &["MinMaxScaler"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        // There is no such setting before 0.24.
        let clips = estimator.get("clip").map_or(Ok(false), Attribute::to_bool)?;
        let clip = if clips {
            let range = estimator.items("feature_range")?.iter().map(Attribute::to_f64).collect::<Result<Vec<_>>>()?;
            let [low, high] = range[..] else {
                return has_no_form("feature_range", "a range of other than two numbers");
            };
            Some((low, high))
        } else {
            None
        };
        Ok(Self { scale: buffer(estimator, "scale_")?, min: buffer(estimator, "min_")?, clip })
    }
}
