//! The bytes of one member, in order, with their CRC.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crc32fast::Hasher;
use flate2::{Decompress, FlushDecompress, Status};
use portable_atomic::Ordering;

use super::archive::Archive;
use super::directory::{Entry, Method};
use crate::error::{Error, ErrorKind, Result};

/// Bytes between two updates of the CRC: few enough to be in the cache still.
const CHUNK: usize = 128 << 10;
/// Compressed bytes read at a time.
const INPUT: usize = 64 << 10;

/// Reads a member from its first byte to its last, stored or deflated, straight into the caller's buffers, while its CRC is
/// computed. [`MemberReader::finish`] compares it.
pub struct MemberReader<'a> {
    archive: &'a Archive,
    entry: &'a Entry,
    /// Bytes given so far.
    position: u64,
    crc: Hasher,
    inflate: Option<Inflate>,
}

struct Inflate {
    stream: Decompress,
    /// Compressed bytes that were read, those before `used` taken by the stream.
    input: Vec<u8>,
    used: usize,
    /// Where the next compressed bytes lie in the source.
    next: u64,
    ended: bool,
}

impl<'a> MemberReader<'a> {
    pub(super) fn new(archive: &'a Archive, entry: &'a Entry) -> Result<Self> {
        let inflate = match entry.method {
            Method::Stored => None,
            Method::Deflated => Some(Inflate {
                stream: Decompress::new(false),
                input: Vec::new(),
                used: 0,
                next: entry.data.start,
                ended: false,
            }),
            Method::Other(number) => {
                let name = method_name(number);
                return Err(Error::refused(format!("zip member `{}` is compressed by {name}", entry.name)));
            }
        };
        Ok(Self { archive, entry, position: 0, crc: Hasher::new(), inflate })
    }

    /// Bytes that are left.
    pub fn remaining(&self) -> u64 {
        self.entry.size - self.position
    }

    /// Fills `out` with the next bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] if fewer are left; a broken deflate stream; [`ErrorKind::Limit`] where the budget does not allow so
    /// much to be inflated; those of the source.
    pub fn fill(&mut self, out: &mut [u8]) -> Result<()> {
        if out.len() as u64 > self.remaining() {
            let needed = self.position.saturating_add(out.len() as u64);
            return Err(
                Error::new(ErrorKind::Truncated { needed, available: self.entry.size }).at(self.entry.data.clone())
            );
        }
        for chunk in out.chunks_mut(CHUNK) {
            if let Some(inflate) = &mut self.inflate {
                self.archive.charge(self.entry, self.position + chunk.len() as u64)?;
                inflate.fill(self.archive, self.entry, chunk)?;
            } else {
                self.archive.source().read_at(self.entry.data.start + self.position, chunk)?;
            }
            if self.archive.checks_crc() {
                self.crc.update(chunk);
            }
            self.position += chunk.len() as u64;
        }
        Ok(())
    }

    /// Moves past `len` bytes; they count for the CRC all the same.
    ///
    /// # Errors
    /// As [`MemberReader::fill`].
    pub fn skip(&mut self, len: u64) -> Result<()> {
        if self.inflate.is_none() && !self.archive.checks_crc() && len <= self.remaining() {
            self.position += len;
            return Ok(());
        }
        let mut left = len.min(self.remaining().saturating_add(1));
        let mut scratch = vec![0; usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK))];
        while left > 0 {
            let part = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
            self.fill(&mut scratch[..part])?;
            left -= part as u64;
        }
        Ok(())
    }

    /// Reads what is left, and checks that the member is as long as the directory says and has its CRC.
    ///
    /// # Errors
    /// [`ErrorKind::Digest`] for the CRC; as [`MemberReader::fill`].
    pub fn finish(mut self) -> Result<()> {
        self.skip(self.remaining())?;
        if let Some(inflate) = &mut self.inflate {
            inflate.finish(self.archive, self.entry)?;
        }
        if !self.archive.checks_crc() {
            return Ok(());
        }
        let found = self.crc.finalize();
        if found != self.entry.crc32 {
            let (expected, found) = (format!("{:08x}", self.entry.crc32), format!("{found:08x}"));
            return Err(Error::new(ErrorKind::Digest { expected, found }).at(self.entry.data.clone()));
        }
        self.entry.verified.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Inflate {
    /// Fills `out`, all of it.
    fn fill(&mut self, archive: &Archive, entry: &Entry, mut out: &mut [u8]) -> Result<()> {
        while !out.is_empty() {
            let made = self.step(archive, entry, out)?;
            out = out.split_at_mut(made).1;
            if made == 0 && self.ended {
                return Err(broken(entry, "ends before the size that the directory states"));
            }
        }
        Ok(())
    }

    /// The stream must end here, and its compressed bytes with it.
    fn finish(&mut self, archive: &Archive, entry: &Entry) -> Result<()> {
        while !self.ended {
            if self.step(archive, entry, &mut [0])? > 0 {
                return Err(broken(entry, "goes on behind the size that the directory states"));
            }
        }
        if self.used < self.input.len() || self.next < entry.data.end {
            return Err(broken(entry, "ends before its compressed bytes do"));
        }
        Ok(())
    }

    /// Inflates some of `out`, and says how much. No progress at all is an error.
    fn step(&mut self, archive: &Archive, entry: &Entry, out: &mut [u8]) -> Result<usize> {
        if self.used == self.input.len() && !self.ended {
            let left = entry.data.end - self.next;
            self.input.resize(usize::try_from(left).map_or(INPUT, |left| left.min(INPUT)), 0);
            archive.source().read_at(self.next, &mut self.input)?;
            self.next += self.input.len() as u64;
            self.used = 0;
        }
        let (in_before, out_before) = (self.stream.total_in(), self.stream.total_out());
        let input = self.input.get(self.used..).unwrap_or_default();
        let status = if self.ended {
            Status::StreamEnd
        } else {
            self.stream.decompress(input, out, FlushDecompress::None).map_err(|_| broken(entry, "is malformed"))?
        };
        // Both are bounded by the slices just given, so that they fit a usize.
        let taken = usize::try_from(self.stream.total_in() - in_before).unwrap_or(input.len());
        let made = usize::try_from(self.stream.total_out() - out_before).unwrap_or(out.len());
        self.used += taken;
        self.ended |= status == Status::StreamEnd;
        if taken == 0 && made == 0 && !self.ended {
            return Err(broken(entry, "has no end"));
        }
        Ok(made)
    }
}

fn broken(entry: &Entry, what: &str) -> Error {
    Error::corrupt(format!("the deflate stream of zip member `{}` {what}", entry.name)).at(entry.data.clone())
}

/// The methods people meet, by APPNOTE 4.4.5.
fn method_name(number: u16) -> String {
    let name = match number {
        9 => "Deflate64",
        12 => "bzip2",
        14 => "LZMA",
        93 => "Zstandard",
        95 => "xz",
        _ => return format!("method {number}, which is not read; deflate is"),
    };
    format!("{name} (method {number}), which is not read; deflate is")
}
