//! Frameworks whose layers are laid out otherwise.

use super::{
    BurnToFluxAdapter, BurnToKerasAdapter, BurnToPyTorchAdapter, ColumnsAdapter, FluxToBurnAdapter, KerasToBurnAdapter,
    ModuleAdapter, PyTorchToBurnAdapter,
};

/// A framework whose layers are laid out otherwise than Vellum's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framework {
    /// Burn, for what its own files hold: some of its layers lie otherwise there than in memory.
    Burn,
    /// PyTorch.
    PyTorch,
    /// Keras.
    Keras,
    /// Flux.jl.
    Flux,
}

impl Framework {
    /// What translates its layers into Vellum's.
    pub fn to_burn(self) -> &'static dyn ModuleAdapter {
        match self {
            Self::Burn => &ColumnsAdapter,
            Self::PyTorch => &PyTorchToBurnAdapter,
            Self::Keras => &KerasToBurnAdapter,
            Self::Flux => const { &FluxToBurnAdapter::new() },
        }
    }

    /// What translates Vellum's layers into its own.
    pub fn from_burn(self) -> &'static dyn ModuleAdapter {
        match self {
            Self::Burn => &ColumnsAdapter,
            Self::PyTorch => &BurnToPyTorchAdapter,
            Self::Keras => &BurnToKerasAdapter,
            Self::Flux => const { &BurnToFluxAdapter::new() },
        }
    }
}
