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

/// Shifts and scales `run` to mean 0 and variance 1: `(x - mean) / sqrt(variance + epsilon)`, the variance that of all elements.
fn standardise<E: FloatElement>(run: &mut [E], epsilon: E) {
    let len = len_as(run);
    let mean = ndarray::aview1(run).sum() / len;
    run.iter_mut().for_each(|x| *x -= mean);
    let squares = ndarray::aview1(run);
    let scale = E::one() / (squares.dot(&squares) / len + epsilon).sqrt();
    run.iter_mut().for_each(|x| *x *= scale);
}

#[expect(clippy::cast_precision_loss, reason = "a count to divide by")]
fn len_as<E: FloatElement>(run: &[E]) -> E {
    E::from_f64(run.len() as f64)
}
