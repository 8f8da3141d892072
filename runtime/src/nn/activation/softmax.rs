//! Softmax.

use ndarray::{ArrayViewMut1, Axis};

use crate::backend::{Backend, FloatElement, Tensor};
use crate::module::Module;

/// `exp(x) / sum(exp(x))` along an axis.
#[derive(Clone, Debug, Module, serde::Serialize, serde::Deserialize)]
#[module(stateless)]
pub struct Softmax {
    /// The axis.
    #[module(constant)]
    pub dim: usize,
}

impl Softmax {
    /// Softmax along axis `dim`.
    pub fn new(dim: usize) -> Self {
        Self { dim }
    }

    /// Any shape to the same shape.
    ///
    /// # Panics
    /// If the input has no axis `dim`.
    pub fn forward<B: Backend, const D: usize>(&self, mut input: Tensor<B, D>) -> Tensor<B, D> {
        assert!(self.dim < D, "there is no axis {} among {D}", self.dim);
        input.view_mut().lanes_mut(Axis(self.dim)).into_iter().for_each(|lane| softmax(lane, false));
        input
    }
}

/// Softmax of one lane. A `quiet` one adds 1 to the sum, so that a lane may say nothing at all.
pub(in crate::nn) fn softmax<E: FloatElement>(mut lane: ArrayViewMut1<'_, E>, quiet: bool) {
    let max = lane.fold(E::neg_infinity(), |max, x| max.max(*x));
    lane.mapv_inplace(|x| (x - max).exp());
    let sum = lane.sum() + if quiet { (-max).exp() } else { E::zero() };
    lane.mapv_inplace(|x| x / sum);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Device;
    use crate::backend::NdArray;

    #[test]
    fn shares_along_the_axis_add_up_to_one() {
        let input = Tensor::<NdArray<f64>, 2>::from_floats([[0.0, 1000.0], [3f64.ln(), 1000.0]], Device::default());
        let output = Softmax::new(0).forward(input);
        for (a, e) in output.elements().iter().zip([0.25, 0.5, 0.75, 0.5]) {
            assert!((a - e).abs() < 1e-12, "{:?}", output.elements());
        }
    }

    #[test]
    fn a_quiet_lane_can_be_near_zero() {
        let mut lane = ndarray::array![-50.0, -50.0];
        softmax(lane.view_mut(), true);
        assert!(lane.iter().all(|x| *x > 0.0 && *x < 1e-20), "{lane}");
        let mut lane = ndarray::array![0.0, 0.0];
        softmax(lane.view_mut(), true);
        assert!(lane.iter().all(|x: &f64| (x - 1.0 / 3.0).abs() < 1e-12), "{lane}");
    }
}
