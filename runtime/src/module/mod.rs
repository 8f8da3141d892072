//! Modules: structs that hold parameters, what they are made of, and how they are loaded.

mod apply;
mod build;
mod containers;
mod lazy;
mod leaves;
mod param;
mod slot;
mod state;
mod summary;
#[cfg(feature = "std")]
mod tied;
#[cfg(feature = "std")]
mod turn;
pub(crate) mod visit;

use core::borrow::Borrow;
#[cfg(feature = "std")]
use std::path::PathBuf;

pub use build::{Builder, Parts};
pub use param::{Buffer, Param};
pub use slot::LeafMut;
pub use state::StateDict;
pub use summary::{Summary, SummaryRow};
#[cfg(feature = "std")]
pub use tied::Tied;
#[cfg(feature = "std")]
pub(crate) use tied::TiedValues;
#[cfg(feature = "derive")]
pub use vellum_derive::Module;
pub use visit::{ModuleVisitor, ModuleVisitorMut, Owner, OwnerKind};

// What a program that uses parameters names beside them.
pub use crate::record::ParamId;

use crate::device::Device;
use crate::error::Result;
#[cfg(feature = "std")]
use crate::record::FileRecorder;
use crate::record::{Allowed, LeafRef, Loaded, Record, Tree};
use crate::report::{LoadError, LoadReport};

/// A struct that holds parameters: it can be saved, loaded and visited.
///
/// Derived. Implemented for [`Param`], [`Buffer`], `Option`, `Vec`, arrays, tuples to twelve, `Box`, `BTreeMap` with text keys and
/// `PhantomData`; with `std` also for `Tied` and `HashMap`.
///
/// All methods walk the module's levels by calling themselves. A level takes a kilobyte of stack or more, whether the module is counted,
/// saved, loaded or dropped: one of thousands of levels needs a thread that has the stack for it.
///
/// ```
/// use ndarray::{array, Array2};
/// use vellum::{Module, Param};
///
/// #[derive(Module)]
/// struct Mlp {
///     weight: Param<Array2<f32>>,
/// }
///
/// let mlp = Mlp { weight: Param::new(array![[1.0, 2.0]]) };
/// assert_eq!(mlp.num_params(), 2);
/// let copy = Mlp::init_with(mlp.record());
/// assert_eq!(*copy.weight, *mlp.weight);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a module",
    label = "neither a module nor marked as something else",
    note = "write `#[module(constant)]` above the field for a hyperparameter that is saved with the model, or `#[module(skip)]` for what is \
            not saved; a tensor goes into a `Param` or a `Buffer`; a struct of your own needs `#[derive(Module)]`"
)]
pub trait Module: Sized {
    /// The typed record: the same fields, each with its own record.
    type Record: Record;

    /// The form and the leaves, borrowed: what saving and visiting walk over.
    fn tree(&self) -> Tree<LeafRef<'_>>;

    /// The form and the leaves as slots: what loading in place walks over.
    fn tree_mut(&mut self) -> Tree<LeafMut<'_>>;

    /// A record of this module. Vellum's tensors share their elements with it; plain arrays are copied.
    fn record(&self) -> Self::Record;

    /// The record of this module, without copying its tensors.
    fn into_record(self) -> Self::Record;

    /// A copy of a record: what `Clone` for the generated record type calls, field by field, so that it needs no bounds.
    fn clone_record(record: &Self::Record) -> Self::Record;

    /// The module that a record describes, or `None` after noting what it lacks. [`Module::init_with`] is for callers.
    fn build(record: Self::Record, builder: &mut Builder) -> Option<Self>;

    /// The module that a record describes: skipped fields anew, constants from the record or by their default.
    ///
    /// # Panics
    /// If a constant has no value in the record and no default, with the report of [`Module::try_init_with`].
    #[must_use]
    #[track_caller]
    fn init_with(record: Self::Record) -> Self {
        match Self::try_init_with(record) {
            Ok(module) => module,
            Err(error) => panic!("{error:#}"),
        }
    }

    /// The module that a record describes.
    ///
    /// # Errors
    /// Every constant without a value and without a default, by path.
    fn try_init_with(record: Self::Record) -> Result<Self, LoadError> {
        Builder::build(record)
    }

    /// This module with the tensors of a record.
    ///
    /// # Panics
    /// If the record does not fit, with the report of [`Module::try_load_record`].
    #[must_use]
    #[track_caller]
    fn load_record(mut self, record: Self::Record) -> Self {
        match self.try_load_record(record) {
            Ok(_) => self,
            Err(error) => panic!("{error:#}"),
        }
    }

    /// Loads the tensors of a record. Names, shapes, kinds, lengths, presence, variants and constants are all checked before the first
    /// parameter changes.
    ///
    /// # Errors
    /// Every difference between the record and the module, by path. Then the module is as it was.
    fn try_load_record(&mut self, record: Self::Record) -> Result<LoadReport, LoadError> {
        let item = apply::item_of(record).map_err(LoadError::of_record)?;
        let loaded = Loaded { item, ours: true, ..Loaded::default() };
        apply::apply(self.tree_mut(), loaded, &Allowed::default(), Device::default()).map_err(LoadError::of_record)
    }

    /// Loads what was read from a file. As [`Module::try_load_record`], without a typed record between: so parts of the file may be
    /// missing where `allowed` says so.
    ///
    /// # Errors
    /// Every difference between the file and the module, by path. Then the module is as it was.
    fn load_item(&mut self, loaded: Loaded, allowed: &Allowed, device: impl Borrow<Device>) -> Result<LoadReport> {
        let file = loaded.file.clone();
        apply::apply(self.tree_mut(), loaded, allowed, device.borrow().clone()).map_err(|error| {
            let error = crate::error::Error::from(error);
            match file {
                Some(file) => error.in_file(file),
                None => error,
            }
        })
    }

    /// Shows every tensor to `visitor`, in the order of declaration.
    fn visit(&self, visitor: &mut dyn ModuleVisitor) {
        visit::walk(self.tree(), &mut visit::Visiting(visitor));
    }

    /// Gives every tensor to `visitor` to change, in the order of declaration: a tied one at its first place alone.
    fn visit_mut(&mut self, visitor: &mut dyn ModuleVisitorMut) {
        visit::walk(self.tree_mut(), &mut visit::VisitingMut::new(visitor));
    }

    /// Number of elements of all float parameters and buffers, as Burn counts them. A tied parameter counts once;
    /// [`Module::summary`] tells the trained from the others.
    fn num_params(&self) -> usize {
        self.summary().floats
    }

    /// What people look at first: a table of paths, layers, shapes and parameters, with totals.
    fn summary(&self) -> Summary {
        Summary::of(self.tree())
    }

    /// Every tensor by its dotted path. Vellum's tensors share their elements with it; plain arrays are copied.
    ///
    /// # Errors
    /// Two tensors under one path; a tensor whose elements cannot be had.
    fn state_dict(&self) -> Result<StateDict> {
        StateDict::of(self.tree())
    }

    /// Saves this module, from where its tensors are. The recorder's extension is appended to the path if it is missing, and folders on
    /// the way that are missing are made.
    ///
    /// # Errors
    /// What cannot be represented, naming the tensor; an I/O error. Then the old file is still there, whole.
    #[cfg(feature = "std")]
    fn save_file<R: FileRecorder>(&self, path: impl Into<PathBuf>, recorder: &R) -> Result<()> {
        recorder.save_tree(&self.tree(), Self::Record::schema, path.into())
    }

    /// This module with the tensors of a file.
    ///
    /// # Errors
    /// What is wrong with the file; every difference between it and the module.
    #[cfg(feature = "std")]
    fn load_file<R: FileRecorder>(
        mut self,
        path: impl Into<PathBuf>,
        recorder: &R,
        device: impl Borrow<Device>,
    ) -> Result<Self> {
        self.load_file_into(path, recorder, device)?;
        Ok(self)
    }

    /// Loads the tensors of a file in place.
    ///
    /// # Errors
    /// As [`Module::load_file`]; then the module is as it was.
    #[cfg(feature = "std")]
    fn load_file_into<R: FileRecorder>(
        &mut self,
        path: impl Into<PathBuf>,
        recorder: &R,
        device: impl Borrow<Device>,
    ) -> Result<LoadReport> {
        let loaded = recorder.read(path.into(), Self::Record::schema)?;
        self.load_item(loaded, recorder.allowed(), device)
    }
}
