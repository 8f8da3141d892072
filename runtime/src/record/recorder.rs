//! What a recorder is; the recorders themselves are a floor of their own.

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt::Debug;
#[cfg(feature = "std")]
use std::path::PathBuf;

use super::settings::PrecisionSettings;
use super::{Allowed, LeafRef, Loaded, Record, SchemaFn, Tree};
use crate::device::Device;
use crate::error::Result;
use crate::report::LoadReport;

/// Saves records to somewhere and loads them from there.
pub trait Recorder: Send + Sync + Default + Debug + Clone {
    /// In which precision it saves.
    type Settings: PrecisionSettings;
    /// Where to save.
    type RecordArgs: Clone;
    /// What saving gives.
    type RecordOutput;
    /// Where to load from.
    type LoadArgs;

    /// Saves what is borrowed in a tree: a module's or a record's. No tensor is copied but one at a time that has to be converted;
    /// the texts and the lists of numbers of a plain record (`Vec<f32>` outside of a `Param`) were copied to make the tree.
    ///
    /// # Errors
    /// What cannot be represented in the format or the precision, naming the tensor; an I/O error. Then what was saved before is still there.
    fn save_tree(
        &self,
        tree: &Tree<LeafRef<'_>>,
        schema: SchemaFn,
        args: Self::RecordArgs,
    ) -> Result<Self::RecordOutput>;

    /// Reads what was saved, as a tree of names and tensors, checked against its digest where it has one.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    fn read(&self, args: Self::LoadArgs, schema: SchemaFn) -> Result<Loaded>;

    /// What a load through this recorder allows.
    fn allowed(&self) -> &Allowed;

    /// Saves a record.
    ///
    /// # Errors
    /// As [`Recorder::save_tree`].
    fn record<R: Record>(&self, record: R, args: Self::RecordArgs) -> Result<Self::RecordOutput> {
        self.save_tree(&record.tree(), R::schema, args)
    }

    /// Loads a record.
    ///
    /// # Errors
    /// What is wrong with the file; every difference between it and the type.
    fn load<R: Record>(&self, args: Self::LoadArgs, device: impl Borrow<Device>) -> Result<R> {
        self.load_with_report(args, device).map(|(record, _)| record)
    }

    /// Loads a record, and tells what was converted, missing or left over.
    ///
    /// # Errors
    /// As [`Recorder::load`].
    fn load_with_report<R: Record>(
        &self,
        args: Self::LoadArgs,
        device: impl Borrow<Device>,
    ) -> Result<(R, LoadReport)> {
        let loaded = self.read(args, R::schema)?;
        loaded.bind(device.borrow().clone(), self.allowed())
    }
}

/// A recorder of files. A save replaces the file at its path as a whole, and makes the folders that are missing on the way; if it fails,
/// these stay.
#[cfg(feature = "std")]
pub trait FileRecorder: Recorder<RecordArgs = PathBuf, RecordOutput = (), LoadArgs = PathBuf> {
    /// The extension that is appended to a path that has not got it.
    fn file_extension() -> &'static str;
}

/// A recorder of bytes in memory.
pub trait BytesRecorder<L = Vec<u8>>: Recorder<RecordArgs = (), RecordOutput = Vec<u8>, LoadArgs = L> {}
