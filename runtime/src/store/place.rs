//! Where a store's bytes are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bytes::Bytes;
use crate::error::{Error, Result};
use crate::io::FileSource;
use crate::source::Source;

/// Where a store's bytes are.
#[derive(Clone, Debug)]
pub(super) enum Place {
    File(PathBuf),
    Memory(Option<Bytes>),
}

/// Bytes to load from, or none yet: what [`Store::from_bytes`](super::Store::from_bytes) takes.
#[derive(Clone, Debug, Default)]
pub struct MaybeBytes(pub(super) Option<Bytes>);

impl From<Option<Vec<u8>>> for MaybeBytes {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Self(bytes.map(Bytes::from))
    }
}

impl From<Vec<u8>> for MaybeBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Some(bytes.into()))
    }
}

impl From<Bytes> for MaybeBytes {
    fn from(bytes: Bytes) -> Self {
        Self(Some(bytes))
    }
}

impl Place {
    /// The file's path, as errors show it.
    pub(super) fn shown(&self) -> Option<String> {
        match self {
            Self::File(path) => Some(path.display().to_string()),
            Self::Memory(_) => None,
        }
    }

    pub(super) fn locate(&self, error: Error) -> Error {
        match self.shown() {
            Some(file) => error.in_file(file),
            None => error,
        }
    }

    /// The path to write to: with the extension, if the name has none.
    pub(super) fn to_write<'a>(path: &'a Path, extension: Option<&str>) -> std::borrow::Cow<'a, Path> {
        match extension {
            Some(extension) if path.extension().is_none() => path.with_extension(extension).into(),
            _ => path.into(),
        }
    }

    /// The path to read from: the name itself if there is such a file.
    pub(super) fn to_read<'a>(path: &'a Path, extension: Option<&str>) -> std::borrow::Cow<'a, Path> {
        let other = Self::to_write(path, extension);
        if path.exists() || !other.exists() { path.into() } else { other }
    }
}

/// A file to read from: mapped if its bytes are to be shared.
pub(super) fn open_file(path: &Path, map: bool) -> Result<Arc<dyn Source>> {
    if !map {
        return Ok(Arc::new(FileSource::open(path)?));
    }
    #[cfg(feature = "mmap")]
    return Ok(Arc::new(crate::io::MappedSource::open_unwritten(path)?));
    #[cfg(not(feature = "mmap"))]
    Err(Error::argument("`zero_copy` from a file takes the feature `mmap`"))
}
