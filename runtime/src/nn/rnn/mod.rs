//! Recurrent layers.

mod bilstm;
mod gate;
mod gru;
mod lstm;

pub use bilstm::{BiLstm, BiLstmConfig, BiLstmRecord};
pub use gate::{GateController, GateControllerRecord};
pub use gru::{Gru, GruConfig, GruRecord};
pub use lstm::{Lstm, LstmConfig, LstmRecord, LstmState};

use ndarray::{Array2, Ix2};

use crate::backend::{Backend, Tensor};
use crate::nn::activation::Activation;

/// A state as an array: the given one, or zeros.
fn state_or_zeros<B: Backend>(state: Option<Tensor<B, 2>>, shape: [usize; 2]) -> Array2<B::FloatElem> {
    let Some(state) = state else { return Array2::zeros(shape) };
    assert_eq!(state.dims(), shape, "the shape of the state, and batch and size of the layer");
    into_matrix(state)
}

/// What the activation gives. Of another shape (a `SwiGlu`'s can be) `ndarray` would repeat it.
fn activate<B: Backend>(activation: &Activation<B>, array: Array2<B::FloatElem>) -> Array2<B::FloatElem> {
    let shape = array.dim();
    let active = into_matrix(activation.forward(Tensor::<B, 2>::from_array(array)));
    assert_eq!(active.dim(), shape, "the shape of what an activation gives, and of what it takes");
    active
}

fn into_matrix<B: Backend>(tensor: Tensor<B, 2>) -> Array2<B::FloatElem> {
    match tensor.into_array().into_dimensionality::<Ix2>() {
        Ok(matrix) => matrix,
        Err(_) => unreachable!("the tensor has two axes"),
    }
}

/// Cuts the elements to `-limit..=limit`. NaN stays NaN.
fn clip<B: Backend>(array: &mut Array2<B::FloatElem>, limit: Option<f64>) {
    use crate::backend::FloatElement;
    if let Some(limit) = limit {
        let limit = B::FloatElem::from_f64(limit);
        array.mapv_inplace(|x| {
            if x > limit {
                limit
            } else if x < -limit {
                -limit
            } else {
                x
            }
        });
    }
}
