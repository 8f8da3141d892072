//! Keras: whole models (`.h5`, `.keras`) and weights (`.weights.h5`), of Keras 2 and 3.
//!
//! Tensors have their HDF5 paths as names, as h5py shows them: `model_weights/dense/dense/kernel:0` in a whole-model `.h5`,
//! `layers/dense/vars/0` in the layout that Keras 3 brought (also in the HDF5 file within a `.keras`). In the model
//! ([`TensorFile::model_names`](super::TensorFile::model_names)) both are `dense.kernel`. The configuration is
//! JSON and becomes values; nothing of it is ever run.

mod json;
mod layers;
mod names;
mod owners;
mod places;
mod reader;
mod writer;

pub use layers::Layer;
pub use places::{write_model, write_model_weights};
pub use reader::KerasFile;
pub use writer::{write_h5, write_weights};
