//! The bytes of a scratch file on their way to the disk.
//!
//! Small writes are gathered, and large ones go to the system's cache as they are. A large file for which the save waits until the disk has
//! it goes past that cache, where the system and the file system can do so: the wait is the same, the processor copies each byte once
//! into memory that it has warm instead of into fresh pages, and what others have in the cache stays there. Such *direct* writes begin and
//! end at whole blocks, in memory and in the file, so all bytes are gathered for them. What does not fill a block at the end, and what is
//! put in place of other bytes, goes through the cache.

use std::io;

use super::from_io_error;
use super::scratch::Scratch;
use crate::bytes::zeroed;
use crate::error::{Error, Result};
use crate::pages::HUGE;

/// Bytes gathered for the cache: from here on a system call costs nothing beside the copy.
const CACHED: usize = 64 << 10;
/// Direct writes are aligned to this: at least the largest block of the disks in use.
pub(super) const ALIGNMENT: usize = 4 << 10;

/// Puts bytes into a scratch file. After a failed write, or one for which there was no memory, nothing more can be written.
pub(super) struct Writer {
    pub(super) scratch: Scratch,
    buffer: Buffer,
    /// Bytes that the system has.
    written: u64,
    /// While writes go past the system's cache: how many bytes each is of.
    direct: Option<usize>,
    failed: bool,
}

impl Writer {
    /// A file as long as this is worth direct writes.
    pub(super) const LARGE: u64 = 32 << 20;
    /// Bytes of a direct write, during which the processor does nothing else: so many that the disk can work on parts of them at once.
    pub(super) const DIRECT: usize = 4 << 20;

    /// A writer of a new file; with `direct`, in direct writes of so many bytes, a multiple of [`ALIGNMENT`], as long as that can be.
    pub(super) fn new(scratch: Scratch, direct: Option<usize>) -> Self {
        let direct = direct.filter(|_| scratch.system.set_direct(&scratch.file, true).is_ok());
        Self { scratch, buffer: Buffer::default(), written: 0, direct, failed: false }
    }

    /// Bytes put so far.
    pub(super) fn len(&self) -> u64 {
        self.written + self.buffer.bytes().len() as u64
    }

    /// Puts bytes behind all that were put before.
    pub(super) fn put(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.check()?;
        while let Some(block) = self.direct.filter(|_| !bytes.is_empty()) {
            bytes = self.gather(bytes, block)?;
            if self.buffer.bytes().len() == block {
                self.write_gathered()?;
            }
        }
        if bytes.is_empty() {
            return Ok(());
        }
        if self.buffer.bytes().len() + bytes.len() > CACHED {
            self.flush()?;
        }
        if bytes.len() < CACHED {
            self.gather(bytes, CACHED)?;
        } else {
            self.write_all_at(bytes, self.written)?;
            self.written += bytes.len() as u64;
        }
        Ok(())
    }

    /// Puts bytes in place of others.
    pub(super) fn put_at(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.leave_direct()?;
        self.flush()?;
        self.write_all_at(bytes, offset)
    }

    /// Gives all bytes to the system.
    pub(super) fn flush(&mut self) -> Result<()> {
        if self.buffer.bytes().is_empty() && !self.failed {
            return Ok(());
        }
        self.leave_direct()?;
        self.write_gathered()
    }

    /// [`Buffer::fill`], whose failure is that of a write: the bytes are lost.
    fn gather<'a>(&mut self, bytes: &'a [u8], capacity: usize) -> Result<&'a [u8]> {
        self.buffer.fill(bytes, capacity).inspect_err(|_| self.failed = true)
    }

    fn write_gathered(&mut self) -> Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        self.write_all_at(buffer.bytes(), self.written)?;
        self.written += buffer.bytes().len() as u64;
        buffer.clear();
        self.buffer = buffer;
        Ok(())
    }

    /// From here on bytes of any number go anywhere.
    fn leave_direct(&mut self) -> Result<()> {
        if self.direct.take().is_some() {
            let left = self.scratch.system.set_direct(&self.scratch.file, false);
            left.map_err(|error| self.fail(error))?;
        }
        Ok(())
    }

    fn write_all_at(&mut self, mut bytes: &[u8], mut offset: u64) -> Result<()> {
        self.check()?;
        while !bytes.is_empty() {
            match self.scratch.system.write_at(&self.scratch.file, bytes, offset) {
                Ok(0) => return Err(self.fail(io::ErrorKind::WriteZero.into())),
                Ok(count) => {
                    bytes = &bytes[count..];
                    offset += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Some file systems refuse only here, and all do after a write that came short of whole blocks.
                Err(error) if self.direct.is_some() && is_refusal(&error) => self.leave_direct()?,
                Err(error) => return Err(self.fail(error)),
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        if self.failed {
            return Err(Error::io("write", io::Error::other("an earlier write to the file failed")));
        }
        Ok(())
    }

    fn fail(&mut self, error: io::Error) -> Error {
        self.failed = true;
        from_io_error("write", error)
    }
}

/// Whether a direct write failed because it was one.
fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}

/// Gathered bytes, which begin at a multiple of [`ALIGNMENT`] in memory.
#[derive(Default)]
struct Buffer {
    /// Allocated at the first use and never again.
    memory: Vec<u8>,
    /// Where the bytes begin.
    start: usize,
    /// How many there are.
    len: usize,
}

impl Buffer {
    fn bytes(&self) -> &[u8] {
        &self.memory[self.start..self.start + self.len]
    }

    /// Takes of `bytes` as many as are missing to `capacity`, and gives the rest. After the first time `capacity` is no more than then,
    /// or [`CACHED`].
    fn fill<'a>(&mut self, bytes: &'a [u8], capacity: usize) -> Result<&'a [u8]> {
        if self.memory.is_empty() {
            // For a direct write the system looks up and holds every page that it reads from: few huge ones if it has them.
            let alignment = if capacity < HUGE { ALIGNMENT } else { HUGE };
            self.memory = zeroed(capacity.max(CACHED) + alignment)?;
            self.start = self.memory.as_ptr().addr().wrapping_neg() % alignment;
        }
        let (taken, rest) = bytes.split_at(bytes.len().min(capacity - self.len));
        let end = self.start + self.len;
        self.memory[end..end + taken.len()].copy_from_slice(taken);
        self.len += taken.len();
        Ok(rest)
    }

    fn clear(&mut self) {
        self.len = 0;
    }
}
