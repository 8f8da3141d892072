//! Where a tensor's bytes are, and reading them.

use core::ops::Range;

use super::digest::{self, Digest};
use crate::error::Result;
use crate::format::{PlainBytes, ReadOptions, TensorEntry};
use crate::source::{Source, read_seen, read_tensor, read_tensor_seen};
use crate::tensor::TensorData;
use crate::xxh3::Xxh3;

/// Where a tensor's bytes are in the file, and what they hash to if the file says so.
pub(in crate::format) struct Place {
    pub(in crate::format) range: Range<u64>,
    pub(in crate::format) digest: Option<Digest>,
}

/// Bytes hashed at a time where nothing else wants them: enough to make a system call cheap, small enough to stay in the cache.
const CHUNK: u64 = 1 << 18;

impl Place {
    /// The tensor, checked against its digest.
    ///
    /// # Errors
    /// With the tensor's name and its byte range.
    pub(in crate::format) fn read(
        &self,
        source: &dyn Source,
        entry: &TensorEntry,
        options: &ReadOptions,
    ) -> Result<TensorData> {
        let read = || {
            let (dtype, shape) = (entry.dtype, entry.shape.clone());
            let Some(expected) = self.digest.filter(|_| options.digests) else {
                return read_tensor(source, self.range.start, dtype, shape, options.share);
            };
            let mut hasher = Xxh3::new();
            let mut seen = |bytes: &[u8]| hasher.update(bytes);
            let tensor = read_tensor_seen(source, self.range.start, dtype, shape, options.share, Some(&mut seen))?;
            digest::check(expected, hasher.digest128())?;
            Ok(tensor)
        };
        read().map_err(|error| error.in_tensor(&entry.name).at(self.range.clone()))
    }

    /// The tensor's bytes as they lie, checked against their digest; none where they may be shared, and so are best not copied.
    pub(in crate::format) fn plain_bytes<'f>(
        &'f self,
        source: &'f dyn Source,
        name: &'f str,
        options: &ReadOptions,
    ) -> Option<PlainBytes<'f>> {
        let expected = self.digest.filter(|_| options.digests);
        let len = usize::try_from(self.range.end - self.range.start).ok().filter(|_| !options.share)?;
        Some(PlainBytes::new(len, move |out| {
            let read = match expected {
                None => source.read_at(self.range.start, out),
                Some(expected) => {
                    let mut hasher = Xxh3::new();
                    read_seen(source, self.range.start, out, &mut |bytes| hasher.update(bytes))
                        .and_then(|()| digest::check(expected, hasher.digest128()))
                }
            };
            read.map_err(|error| error.in_tensor(name).at(self.range.clone()))
        }))
    }

    /// Checks the bytes against their digest without keeping them.
    ///
    /// # Errors
    /// With the tensor's name and its byte range.
    pub(in crate::format) fn verify(&self, source: &dyn Source, name: &str) -> Result<()> {
        let Some(expected) = self.digest else {
            return Ok(());
        };
        let mut hasher = Xxh3::new();
        scan(source, self.range.clone(), |bytes| {
            hasher.update(bytes);
            Ok(())
        })
        .and_then(|()| digest::check(expected, hasher.digest128()))
        .map_err(|error| error.in_tensor(name).at(self.range.clone()))
    }
}

/// Gives the bytes at `range` to `take`, in pieces.
///
/// # Errors
/// Those of the source and of `take`.
pub(in crate::format) fn scan(
    source: &dyn Source,
    range: Range<u64>,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    if let Some(bytes) = source.share(range.clone()) {
        return take(&bytes);
    }
    let mut start = range.start;
    while start < range.end {
        let len = CHUNK.min(range.end - start);
        take(&crate::source::read_vec(source, start, len)?)?;
        start += len;
    }
    Ok(())
}
