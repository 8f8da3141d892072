//! Replacing a file as a whole.
//!
//! # What holds
//! The bytes go to a scratch file in the same folder, are flushed to the disk, and then take the file's name by one rename; the folder is
//! flushed last. On Linux, on a file system that keeps what it has flushed:
//!
//! - An error of any call leaves the old file whole and removes the scratch file. One exception: if only the flush of the folder
//!   failed, the new file is in place and the error is [`ErrorKind::DurabilityUnknown`]. After a failed flush nothing is tried again,
//!   because the system may have dropped the bytes that it failed to write.
//! - A kill at any moment leaves the old file or the new file whole, and at most the scratch file, which the next save to the same
//!   path removes once its writer is dead.
//! - A power cut does the same, and after `commit` returned `Ok` it is the new file.
//! - Readers that opened the old file go on reading it; those that open the path get the one or the other.
//! - Of several writers to one path the last to commit wins, whole.
//! - A folder that the process may write and not read cannot be flushed: Linux gives a descriptor that `fsync` takes only of what may be
//!   read. Each save there is in place and [`ErrorKind::DurabilityUnknown`], unless it does without flushes
//!   ([`Replace::without_sync`]), and left-overs of killed saves, which cannot be looked for, stay.
//!
//! The new file has the old one's permission bits, not its owner, its access lists or its other hard links; what has to be
//! writable is the folder. A symbolic link stays, and the file that it leads to is replaced.
//!
//! A file that is flushed and of which much is expected ([`Replace::expecting`]) is written past the system's cache on Linux, where its
//! file system can do so. What holds is the same, and it must be: the flush covers what went either way.
//!
//! On macOS (untested) `fsync` is what the standard library makes of it, a full flush of the drive. On Windows (untested) a rename
//! replaces the file if nobody holds it open without sharing; there are neither permission bits nor a flush of the folder, and left-overs
//! of dead writers stay.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::extension::names_folder;
use super::scratch::{Scratch, remove_left_overs};
use super::system::{Os, System};
use super::writer::Writer;
use super::{from_io_error, to_io_error};
use crate::error::{Error, ErrorKind, Result};
use crate::source::Sink;

/// How a file is to be replaced, or created.
///
/// ```
/// use vellum::Sink;
/// use vellum::io::Replace;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("model.bin");
/// let mut file = Replace::new(&path).open()?;
/// file.put(b"all of it")?;
/// assert!(!path.exists());
/// file.commit()?;
/// assert_eq!(std::fs::read(&path).unwrap(), b"all of it");
/// # Ok::<(), vellum::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Replace {
    path: PathBuf,
    new_only: bool,
    synced: bool,
    expected_len: Option<u64>,
}

impl Replace {
    /// Replaces the file at `path`, or creates it and the folders that lead to it.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), new_only: false, synced: true, expected_len: None }
    }

    /// Fails with [`ErrorKind::AlreadyExists`] if there is something at the path, now or when the file takes its place.
    pub fn new_only(mut self) -> Self {
        self.new_only = true;
        self
    }

    /// Asks the system for space for so many bytes before the first is written, where it can be asked.
    ///
    /// A file that will be large, and is flushed to the disk, is written past the system's cache where that can be. That takes less
    /// processor time and pushes nothing out of the cache, but the first to read the file after the save reads it from the disk.
    pub fn expecting(mut self, len: u64) -> Self {
        self.expected_len = Some(len);
        self
    }

    /// Leaves out the flushes to the disk: a killed process still loses nothing, a power cut may.
    pub fn without_sync(mut self) -> Self {
        self.synced = false;
        self
    }

    /// Opens the file that will take the path's place.
    ///
    /// # Errors
    /// [`ErrorKind::NotAFile`] if a folder, a pipe or a device is in that place, or the path ends as a folder's does;
    /// [`ErrorKind::AlreadyExists`]; [`ErrorKind::NoSpace`]; [`ErrorKind::Io`].
    pub fn open(&self) -> Result<AtomicFile> {
        let large = self.expected_len.is_some_and(|len| len >= Writer::LARGE);
        self.open_on(Arc::new(Os), (large && self.synced).then_some(Writer::DIRECT))
    }

    /// Opens the file on `system`, in direct writes of so many bytes if they are given and if that can be.
    pub(super) fn open_on(&self, system: Arc<dyn System>, direct: Option<usize>) -> Result<AtomicFile> {
        if names_folder(&self.path) {
            return Err(Error::new(ErrorKind::NotAFile));
        }
        let (target, mode) = self.resolve()?;
        let Some(name) = target.file_name().map(OsString::from) else {
            return Err(Error::argument("the path names no file"));
        };
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let changed_folders = create_folders(&folder).map_err(|error| from_io_error("create folder", error))?;
        remove_left_overs(&folder, &name);
        let scratch = Scratch::create(system, &folder, &name, mode).map_err(|error| from_io_error("create", error))?;
        if let Some(len) = self.expected_len.filter(|&len| len > 0) {
            reserve(&scratch, len)?;
        }
        Ok(AtomicFile {
            target: folder.join(name),
            changed_folders,
            writer: Writer::new(scratch, direct),
            reserved: self.expected_len.unwrap_or(0),
            new_only: self.new_only,
            synced: self.synced,
        })
    }

    /// Where the new file goes, and the permission bits of the file that is there.
    fn resolve(&self) -> Result<(PathBuf, Option<u32>)> {
        /// As many links as Linux follows.
        const MOST_LINKS: usize = 40;
        let mut path = self.path.clone();
        for _ in 0..=MOST_LINKS {
            let metadata = match path.symlink_metadata() {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((path, None)),
                Err(error) => return Err(Error::io("stat", error)),
            };
            if self.new_only {
                return Err(Error::new(ErrorKind::AlreadyExists));
            }
            if metadata.is_symlink() {
                let link = fs::read_link(&path).map_err(|error| Error::io("read link", error))?;
                path = path.parent().unwrap_or(Path::new("")).join(link);
            } else if metadata.is_file() {
                return Ok((path, permission_bits(&metadata)));
            } else {
                return Err(Error::new(ErrorKind::NotAFile));
            }
        }
        Err(Error::argument("the path leads through too many symbolic links"))
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn permission_bits(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(metadata.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn permission_bits(_metadata: &fs::Metadata) -> Option<u32> {
    None
}

/// Creates `folder` and those that lead to it, and gives the folders in which a name changes or will.
fn create_folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut changed = vec![folder.to_path_buf()];
    for missing in folder.ancestors().take_while(|ancestor| !ancestor.as_os_str().is_empty() && !ancestor.exists()) {
        match missing.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => changed.push(parent.to_path_buf()),
            _ => changed.push(PathBuf::from(".")),
        }
    }
    if changed.len() > 1 {
        fs::create_dir_all(folder)?;
    }
    Ok(changed)
}

/// A refusal to flush a folder, in words that say which permission is missing: it is not the one by which the file came there.
fn with_reason(error: io::Error) -> io::Error {
    if error.kind() != io::ErrorKind::PermissionDenied {
        return error;
    }
    io::Error::new(error.kind(), format!("a folder can be flushed only if it may be read: {error}"))
}

/// Takes space, if the file system can. Only that there is none is an error.
fn reserve(scratch: &Scratch, len: u64) -> Result<()> {
    match scratch.system.reserve(&scratch.file, len).map_err(|error| from_io_error("reserve", error)) {
        Err(error) if matches!(error.kind(), ErrorKind::NoSpace { .. }) => Err(error),
        _ => Ok(()),
    }
}

/// A file that takes its place when it is [committed](AtomicFile::commit), and until then leaves the old one as it is.
///
/// Dropped without that, it is gone. Writes past the system's cache are all gathered; others only if they are small, and large ones go to
/// the system as they are. After a failed write, or one for which there was no memory, nothing more can be written or committed.
#[must_use = "the file takes its place only when it is committed"]
pub struct AtomicFile {
    writer: Writer,
    target: PathBuf,
    /// The folders to flush, innermost first.
    changed_folders: Vec<PathBuf>,
    reserved: u64,
    new_only: bool,
    synced: bool,
}

impl AtomicFile {
    /// Where the file will be: the path, with symbolic links followed.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Bytes put so far.
    pub fn len(&self) -> u64 {
        self.writer.len()
    }

    /// Whether nothing was put yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts other bytes in place of some that were put before: for headers that are known last.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if not all of them replace bytes; as [`Sink::put`].
    pub fn put_at(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        if offset.checked_add(bytes.len() as u64).is_none_or(|end| end > self.len()) {
            return Err(Error::argument("only bytes that were put before can be replaced"));
        }
        self.writer.put_at(offset, bytes)
    }

    /// Gives the file its place, and returns when it is certain to keep it.
    ///
    /// # Errors
    /// As [`Sink::put`] for bytes that were still gathered; [`ErrorKind::AlreadyExists`]; [`ErrorKind::Io`]. The old file then is as
    /// it was. [`ErrorKind::DurabilityUnknown`] alone means that the new file is in place: in a folder that may not be read, every time.
    pub fn commit(mut self) -> Result<()> {
        self.prepare()?;
        self.place()?;
        self.sync_folders()
    }

    /// Brings all bytes to the disk. The first third of [`AtomicFile::commit`].
    pub(super) fn prepare(&mut self) -> Result<()> {
        self.writer.flush()?;
        let Scratch { system, file, .. } = &self.writer.scratch;
        if self.len() < self.reserved {
            // Gives back what was reserved and not used.
            file.set_len(self.len()).map_err(|error| from_io_error("truncate", error))?;
        }
        if self.synced {
            system.sync(file).map_err(|error| from_io_error("flush", error))?;
        }
        Ok(())
    }

    /// Takes the target's name. The second third.
    pub(super) fn place(&mut self) -> Result<()> {
        let Scratch { system, path, .. } = &self.writer.scratch;
        let result =
            if self.new_only { system.rename_new(path, &self.target) } else { system.rename(path, &self.target) };
        match result {
            Ok(()) => {
                self.writer.scratch.placed();
                Ok(())
            }
            Err(error) if self.new_only && error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Error::new(ErrorKind::AlreadyExists))
            }
            Err(error) => Err(from_io_error("rename", error)),
        }
    }

    /// Brings the new name to the disk. The last third.
    pub(super) fn sync_folders(&self) -> Result<()> {
        if self.synced {
            for folder in &self.changed_folders {
                let synced = self.writer.scratch.system.sync_folder(folder);
                synced.map_err(|source| Error::new(ErrorKind::DurabilityUnknown { source: with_reason(source) }))?;
            }
        }
        Ok(())
    }

    /// Removes another file, by the system that this one is on.
    pub(super) fn remove_beside(&self, path: &Path) -> io::Result<()> {
        self.writer.scratch.system.remove(path)
    }

    /// Takes the placed file away again, if nothing was there before.
    pub(super) fn withdraw(&self) {
        if self.new_only {
            let _already_failing = self.writer.scratch.system.remove(&self.target);
        }
    }
}

impl Sink for AtomicFile {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.put(bytes)
    }

    fn position(&self) -> Option<u64> {
        Some(self.len())
    }

    fn rewrite(&mut self, position: u64, bytes: &[u8]) -> Result<()> {
        self.put_at(position, bytes)
    }
}

impl io::Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes).map_err(to_io_error)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush().map_err(to_io_error)
    }
}

impl std::fmt::Debug for AtomicFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AtomicFile").field("target", &self.target).field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
