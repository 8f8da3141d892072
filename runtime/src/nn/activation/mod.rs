//! Activations.

mod elementwise;
mod gelu;
mod leaky_relu;
mod prelu;
mod softmax;
mod swiglu;
mod wrapper;

pub use elementwise::{Relu, Selu, Sigmoid, Tanh};
pub use gelu::Gelu;
pub use leaky_relu::{LeakyRelu, LeakyReluConfig};
pub use prelu::{PRelu, PReluConfig, PReluRecord};
pub use softmax::Softmax;
pub(super) use softmax::softmax;
pub use swiglu::{SwiGlu, SwiGluConfig, SwiGluRecord};
pub use wrapper::{Activation, ActivationConfig, ActivationRecord};
