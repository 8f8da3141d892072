//! A file mapped into memory: with `pages` and `convert::f16c`, the only `unsafe` code of this crate.
#![allow(unsafe_code)]

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;

use super::file::FileSource;
use crate::bytes::{Bytes, BytesOwner};
use crate::error::{Error, Result};
use crate::source::Source;

/// A file mapped into memory: its bytes are shared with tensors and never copied.
///
/// Opening reads nothing; a page is read from the disk when it is first touched. Tensors made from a mapping keep it alive. What is copied
/// ([`Source::read_at`]), as headers are, is read from the file like any other: the system may count megabytes as this process's
/// memory for the first byte that is touched.
///
/// A mapping is the caller's choice and never a default, because it trusts everybody who can write to the file.
#[derive(Clone, Debug)]
pub struct MappedSource {
    file: Arc<FileSource>,
    bytes: Bytes,
}

struct Mapping(Mmap);

impl BytesOwner for Mapping {
    fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl MappedSource {
    /// Maps the file at `path`.
    ///
    /// # Safety
    /// While the source or a tensor made from it lives, nobody, in this process or another, may write to the file in place or
    /// cut it short. Bytes that change under a Rust slice are undefined behaviour. Touching a page past the end of a file that was cut
    /// short ends the process with `SIGBUS`, which is no error that could be returned. Replacing the file by a rename, as
    /// [`Replace`](super::Replace) does, and removing it are harmless: the mapping keeps the old file.
    ///
    /// # Errors
    /// As [`FileSource::open`]; the system's error if it cannot map the file.
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Self> {
        let file = Arc::new(FileSource::open(path)?);
        if file.is_empty() {
            // Nothing cannot be mapped.
            return Ok(Self { file, bytes: Bytes::from_static(&[]) });
        }
        // SAFETY: the caller promises that the file stays as it is for as long as the mapping lives.
        let mapping = unsafe { Mmap::map(file.file()) }.map_err(|error| Error::io("map", error))?;
        // The length that is mapped is the one at the time of the call: it must be the file that was opened.
        file.check_unchanged()?;
        Ok(Self { file, bytes: Bytes::from_owner(Arc::new(Mapping(mapping))) })
    }
}

impl MappedSource {
    /// Maps a file that, by the caller's word to `zero_copy`, nobody writes to in place or cuts short.
    #[cfg(feature = "store")]
    pub(crate) fn open_unwritten(path: &Path) -> Result<Self> {
        // SAFETY: the documentation of `Store::zero_copy`, which is off by default, asks the caller for this promise.
        unsafe { Self::open(path) }
    }
}

impl Source for MappedSource {
    fn len(&self) -> u64 {
        Source::len(&self.bytes)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        self.file.read_at(offset, buffer)
    }

    fn share(&self, range: Range<u64>) -> Option<Bytes> {
        self.bytes.share(range)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn shared_bytes_outlive_the_source_and_the_file_s_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        fs::write(&path, b"0123456789").unwrap();
        // SAFETY: nobody else knows of the file.
        let source = unsafe { MappedSource::open(&path) }.unwrap();
        let bytes = source.share(2..5).unwrap();
        drop(source);
        fs::remove_file(&path).unwrap();
        assert_eq!(&*bytes, b"234");
    }

    #[test]
    fn an_empty_file_is_no_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        fs::write(&path, b"").unwrap();
        // SAFETY: nobody else knows of the file.
        let source = unsafe { MappedSource::open(&path) }.unwrap();
        assert!(source.is_empty() && source.share(0..1).is_none());
    }
}
