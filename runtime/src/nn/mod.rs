//! Layers with Burn's field names and parameter layouts, and a forward pass on `ndarray`.
//!
//! They show how a module is written and prove loaded weights by their predictions; they do not train. Each layer has a configuration:
//! `LinearConfig::new(10, 64).with_bias(false)` is built by `init(&device)`, with first values that are made only if they are read, or by
//! `init_with(record)`, with those of a file.
//!
//! The fields and their order are those of Burn 0.21, because its `.bin` files hold nothing but their order: `docs/layers.md` has
//! them all. A hyperparameter is a `#[module(constant)]`, a layer without parameters is `#[module(stateless)]`.
//!
//! ```
//! use vellum::backend::{Backend, NdArray, Tensor};
//! use vellum::nn::{Linear, LinearConfig, Relu};
//! use vellum::Module;
//!
//! #[derive(Module)]
//! struct Model<B: Backend> {
//!     linear_in: Linear<B>,
//!     linear_out: Linear<B>,
//!     activation: Relu,
//! }
//!
//! impl<B: Backend> Model<B> {
//!     fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
//!         self.linear_out.forward(self.activation.forward(self.linear_in.forward(x)))
//!     }
//! }
//!
//! let device = Default::default();
//! let model = Model::<NdArray> {
//!     linear_in: LinearConfig::new(10, 64).init(&device),
//!     linear_out: LinearConfig::new(64, 2).init(&device),
//!     activation: Relu::new(),
//! };
//! assert_eq!(model.forward(Tensor::ones([5, 10], &device)).dims(), [5, 2]);
//! ```

pub mod activation;
pub mod attention;
mod config;
pub mod conv;
mod dropout;
mod embedding;
mod initializer;
mod linear;
pub mod norm;
mod ops;
mod padding;
pub mod pool;
mod rnn;
mod window;

pub use activation::{
    Gelu, LeakyRelu, LeakyReluConfig, PRelu, PReluConfig, PReluRecord, Relu, Relu as ReLU, Selu, Sigmoid, Softmax,
    SwiGlu, SwiGluConfig, SwiGluRecord, Tanh,
};
pub use dropout::{Dropout, DropoutConfig};
pub use embedding::{Embedding, EmbeddingConfig, EmbeddingRecord};
pub use initializer::{Initializer, seed};
pub use linear::{Linear, LinearConfig, LinearLayout, LinearRecord};
pub use norm::*;
pub use padding::{PaddingConfig1d, PaddingConfig2d, PaddingConfig3d};
pub use rnn::*;

/// Gated recurrent units, where Burn has them.
pub mod gru {
    pub use super::rnn::{Gru, GruConfig, GruRecord};
}

/// Long short-term memory, where Burn has it.
pub mod lstm {
    pub use super::rnn::{BiLstm, BiLstmConfig, BiLstmRecord, Lstm, LstmConfig, LstmRecord, LstmState};
}
