//! Stores: modules saved to and loaded from files by the names of their tensors, in every format.
//!
//! A [`Store`] is a place (a file or bytes) in a format, with all that is to happen on the way: filters, renaming, adapters.
//! [`ModuleSnapshot`] gives every module `save_into` and `load_from`.
//!
//! A load is a transaction: names, shapes and dtypes are checked, everything is read, and only then the first parameter changes. What it
//! did is in its [`LoadResult`], which is in the error too ([its `load_result`](crate::Error::load_result)).
#![cfg_attr(
    feature = "safetensors",
    doc = r#"
```
use ndarray::{Array2, array};
use vellum::Param;
use vellum::store::{ModuleSnapshot, SafetensorsStore};

# let folder = tempfile::tempdir().unwrap();
# let path = folder.path().join("model.safetensors");
let model = vec![Param::new(array![[1.0f32, 2.0]]), Param::new(array![[3.0f32]])];
let mut store = SafetensorsStore::from_file(&path).metadata("epochs", "3");
model.save_into(&mut store)?;

let mut other = vec![Param::new(Array2::<f32>::zeros((1, 2))), Param::new(Array2::zeros((1, 1)))];
let result = other.load_from(&mut SafetensorsStore::from_file(&path))?;
assert_eq!(result.applied, ["0", "1"]);
assert_eq!(*other[1], array![[3.0]]);
# Ok::<(), vellum::Error>(())
```
"#
)]
//!
//! | store | reads | writes | of itself |
//! |---|---|---|---|
//! | `BurnpackStore` | `.bpk` | yes | restores the ids of parameters |
//! | `SafetensorsStore` | `.safetensors`, sharded sets by their index | yes | |
//! | `PytorchStore` | `.pt`, `.pth`, `.pth.tar` | yes | translates layers, skips enum variants, closes the gaps of a `Sequential` |
//! | `NpzStore` | `.npz`, `.npy` | `.npz` | |
//! | `GgufStore` | `.gguf` | yes | |
//! | `OnnxStore` | `.onnx` | no | |
//! | `KerasStore` | `.h5`, `.keras`, `.weights.h5` | `.h5`, `.weights.h5` | translates layers, skips enum variants |
//! | `FluxStore` | `.jld2`, `.bson`, plain `.h5` | plain `.h5` | translates layers, skips enum variants, closes the gaps of a `Chain` |
//! | `SklearnStore` | `.pkl`, `.joblib`, compressed too | no | |
//! | [`AnyStore`] | all of these, by content | | as the store of the format that it finds |

mod access;
mod builder;
mod format;
mod formats;
mod module_snapshot;
mod note;
mod place;
mod snapshot;

pub use builder::Store;
pub use format::{Format, Habits, Input, Output, WriteFormat};
pub use formats::*;
pub use module_snapshot::{ModuleSnapshot, ModuleStore};
pub use place::MaybeBytes;
pub use snapshot::TensorSnapshot;

pub use crate::report::{LoadPolicy, LoadResult, Severity};
pub use crate::transform::{
    BurnToFluxAdapter, BurnToKerasAdapter, BurnToPyTorchAdapter, BurnToPyTorchStackedAdapter, ChainAdapter,
    FloatCastAdapter, FluxToBurnAdapter, FoldNormsAdapter, Framework, HalfPrecisionAdapter, IdentityAdapter,
    KerasToBurnAdapter, KeyRemapper, ModuleAdapter, PathFilter, PyTorchToBurnAdapter,
};
