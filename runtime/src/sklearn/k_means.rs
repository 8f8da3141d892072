//! Clusters by their centres.

use ndarray::{Array2, ArrayView1, ArrayView2};

use super::input::check_rows;
use super::labels::Labels;
use super::read::matrix;
use super::{FromEstimator, check_class};
use crate::error::Result;
use crate::format::sklearn::Estimator;
use crate::module::{Module, Param};

/// k-means clustering.
#[derive(Clone, Debug, Module)]
pub struct KMeans {
    /// The centre of each cluster, `[clusters, features]`.
    pub cluster_centers: Param<Array2<f64>>,
}

impl KMeans {
    /// The cluster of each row of `[rows, features]`: the nearest, of equally near ones the first.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for another number of features.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Result<Labels> {
        let distances = self.transform(x)?;
        let nearest = |row: ArrayView1<'_, f64>| {
            let mut nearest = 0;
            for (cluster, distance) in row.iter().enumerate() {
                if *distance < row[nearest] {
                    nearest = cluster;
                }
            }
            i64::try_from(nearest).unwrap_or(i64::MAX)
        };
        Ok(Labels::Int(distances.rows().into_iter().map(nearest).collect()))
    }

    /// The distance of each row to each centre, `[rows, clusters]`.
    ///
    /// # Errors
    /// As [`KMeans::predict`].
    pub fn transform(&self, x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        check_rows(&x, self.cluster_centers.ncols())?;
        let mut distances = Array2::zeros((x.nrows(), self.cluster_centers.nrows()));
        for (row, mut distances) in x.rows().into_iter().zip(distances.rows_mut()) {
            for (centre, distance) in self.cluster_centers.rows().into_iter().zip(&mut distances) {
                let squares = row.iter().zip(centre).map(|(a, b)| (a - b) * (a - b));
                *distance = squares.sum::<f64>().sqrt();
            }
        }
        Ok(distances)
    }
}

impl FromEstimator for KMeans {
    const CLASSES: &'static [&'static str] = &["KMeans", "MiniBatchKMeans"];

    fn from_estimator(estimator: &Estimator) -> Result<Self> {
        check_class::<Self>(estimator)?;
        Ok(Self { cluster_centers: matrix(estimator, "cluster_centers_")? })
    }
}
