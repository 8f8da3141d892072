//! Normalisation.

mod batch;
mod group;
mod instance;
mod layer;
mod rms;

pub use batch::{BatchNorm, BatchNormConfig, BatchNormRecord};
pub use group::{GroupNorm, GroupNormConfig, GroupNormRecord};
pub use instance::{InstanceNorm, InstanceNormConfig, InstanceNormRecord};
pub use layer::{LayerNorm, LayerNormConfig, LayerNormRecord};
pub use rms::{RmsNorm, RmsNormConfig, RmsNormRecord};

use crate::backend::FloatElement;
use crate::nn::ops::count;

/// Shifts and scales `run` to mean 0 and variance 1: `(x - mean) / sqrt(variance + epsilon)`, the variance that of all elements.
fn standardise<E: FloatElement>(run: &mut [E], epsilon: E) {
    let len = count(run.len());
    let mean = ndarray::aview1(run).sum() / len;
    for x in &mut *run {
        *x -= mean;
    }
    let squares = ndarray::aview1(run);
    let scale = E::one() / (squares.dot(&squares) / len + epsilon).sqrt();
    for x in run {
        *x *= scale;
    }
}
