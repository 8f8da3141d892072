//! From names to names: what happens to the tensors of a file on their way into a module, and back.
//!
//! All of it is functions over [`NamedTensors`], which are lazy: names, dtypes and shapes are known, bytes are made when the module
//! takes them or the file is written. [`PathFilter`] says which tensors take part, [`KeyRemapper`] renames them, a [`ModuleAdapter`]
//! translates between the layouts of frameworks. [`Layout`] is what a module says of itself: its tensors, and which layer each is in.

pub mod adapt;
mod batch;
mod cast;
mod compact;
mod filter;
pub(crate) mod infer;
mod layout;
mod lazy;
mod load;
mod named;
mod rename;
mod save;

pub use adapt::{
    BurnToFluxAdapter, BurnToKerasAdapter, BurnToPyTorchAdapter, BurnToPyTorchStackedAdapter, ChainAdapter,
    ColumnsAdapter, Direction, FloatCastAdapter, FluxToBurnAdapter, FoldNormsAdapter, Framework, HalfPrecisionAdapter,
    IdentityAdapter, KerasToBurnAdapter, ModuleAdapter, PyTorchToBurnAdapter,
};
pub(crate) use compact::compact;
pub use filter::PathFilter;
pub use layout::{Layer, Layout, Slot};
pub use lazy::LazyTensor;
pub(crate) use load::{LoadOptions, is_damage, lacks, load};
pub use named::{NamedTensor, NamedTensors};
pub use rename::KeyRemapper;
pub(crate) use save::{SaveSet, leaves_of};
