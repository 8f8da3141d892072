//! Whatever format a file is of.

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::format::{FileFormat, TensorFile, detect};
use crate::store::{Format, Habits, Input, Store};

/// The format that a file's content shows; its name is not looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Any;

/// A store of a file of any format: see [`Store::open`].
pub type AnyStore = Store<Any>;

impl Store<Any> {
    /// Opens a file of whatever format it is, by its content; [`Store::format_name`] says which.
    ///
    /// # Errors
    /// What is wrong with the file; [`ErrorKind::WrongFormat`] if it is of no format that stores read.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let store = Self::from_file(path);
        store.format_name()?;
        Ok(store)
    }
}

impl Format for Any {
    fn open(&self, input: &Input<'_>) -> Result<Arc<dyn TensorFile>> {
        match detect(&input.source)? {
            #[cfg(feature = "burnpack")]
            FileFormat::Burnpack => super::Burnpack.open(input),
            #[cfg(feature = "safetensors")]
            FileFormat::Safetensors | FileFormat::SafetensorsIndex => super::Safetensors::default().open(input),
            other => Err(Error::new(ErrorKind::WrongFormat { expected: "tensor", found: other.to_string() })),
        }
    }

    fn habits(&self, file: Option<&dyn TensorFile>) -> Habits {
        match file.map(TensorFile::format) {
            Some("pytorch") => Habits::PYTORCH,
            _ => Habits::default(),
        }
    }
}
