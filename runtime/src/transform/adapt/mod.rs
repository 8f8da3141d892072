//! Adapters: from the layout of one framework, or from one precision, to another.

mod arithmetic;
mod columns;
mod flux;
mod fold;
mod framework;
mod fused;
mod keras;
mod precision;
mod pytorch;

use alloc::boxed::Box;
use alloc::sync::Arc;

use arithmetic::{sum, zeros_like};
pub use columns::ColumnsAdapter;
pub use flux::{BurnToFluxAdapter, FluxToBurnAdapter};
pub use fold::FoldNormsAdapter;
pub use framework::Framework;
pub use keras::{BurnToKerasAdapter, KerasToBurnAdapter};
pub use precision::{FloatCastAdapter, HalfPrecisionAdapter};
pub use pytorch::{BurnToPyTorchAdapter, BurnToPyTorchStackedAdapter, PyTorchToBurnAdapter};

use super::layout::Layout;
use super::named::NamedTensors;
use crate::error::Result;

/// Whether tensors are on their way into a module or out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From a file into a module.
    Load,
    /// From a module into a file.
    Save,
}

/// Changes tensors on their way between a module and a file: their names, forms and dtypes, one by one or several into one.
///
/// An adapter asks the module's layers what they are ([`Layout::layers`]), never what they are called. On the way in the tensors have
/// the file's names, renamed to the module's as far as the caller did that; on the way out they have the module's.
pub trait ModuleAdapter: Send + Sync {
    /// Changes the tensors.
    ///
    /// # Errors
    /// Tensors that are not what their layer needs; two that would have one name.
    fn adapt(&self, tensors: &mut NamedTensors<'_>, layout: &Layout, direction: Direction) -> Result<()>;

    /// What does the opposite, if there is one.
    fn inverse(&self) -> Option<Box<dyn ModuleAdapter>> {
        None
    }

    /// This adapter, and then another.
    fn chain<A: ModuleAdapter>(self, next: A) -> ChainAdapter<Self, A>
    where
        Self: Sized,
    {
        ChainAdapter { first: self, second: next }
    }
}

/// Changes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdentityAdapter;

impl ModuleAdapter for IdentityAdapter {
    fn adapt(&self, _tensors: &mut NamedTensors<'_>, _layout: &Layout, _direction: Direction) -> Result<()> {
        Ok(())
    }
}

/// Two adapters, one after the other: what [`ModuleAdapter::chain`] makes.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChainAdapter<A, B> {
    first: A,
    second: B,
}

impl<A: ModuleAdapter, B: ModuleAdapter> ModuleAdapter for ChainAdapter<A, B> {
    fn adapt(&self, tensors: &mut NamedTensors<'_>, layout: &Layout, direction: Direction) -> Result<()> {
        self.first.adapt(tensors, layout, direction)?;
        self.second.adapt(tensors, layout, direction)
    }
}

impl<T: ModuleAdapter + ?Sized> ModuleAdapter for Box<T> {
    fn adapt(&self, tensors: &mut NamedTensors<'_>, layout: &Layout, direction: Direction) -> Result<()> {
        (**self).adapt(tensors, layout, direction)
    }

    fn inverse(&self) -> Option<Box<dyn ModuleAdapter>> {
        (**self).inverse()
    }
}

impl<T: ModuleAdapter + ?Sized> ModuleAdapter for Arc<T> {
    fn adapt(&self, tensors: &mut NamedTensors<'_>, layout: &Layout, direction: Direction) -> Result<()> {
        (**self).adapt(tensors, layout, direction)
    }

    fn inverse(&self) -> Option<Box<dyn ModuleAdapter>> {
        (**self).inverse()
    }
}
