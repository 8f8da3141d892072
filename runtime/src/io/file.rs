//! A file to read from anywhere.

use std::fs::{File, Metadata, OpenOptions};
use std::path::Path;
use std::time::SystemTime;

use super::from_io_error;
use super::position::read_exact_at;
use crate::error::{Error, ErrorKind, Result};
use crate::source::{Source, check_range};

/// A regular file, opened once and read by position.
///
/// It is one version of the file through its whole life: whoever replaces the file by a rename, as [`Replace`](super::Replace) does,
/// leaves this one untouched. A file that is written to in place meanwhile is an error as far as its length and its time of
/// modification show it: both are compared after every read.
///
/// Folders, pipes and devices are refused without reading from them and without waiting for a writer.
#[derive(Debug)]
pub struct FileSource {
    file: File,
    stamp: Stamp,
}

/// What shows that a file was written to. Not its time of change: that moves when a name of the file is removed, which
/// does no harm.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        // Windows may bring the time up to date long after the write, which would look like another one.
        let modified = if cfg!(unix) { metadata.modified().ok() } else { None };
        Self { len: metadata.len(), modified }
    }
}

impl FileSource {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// [`ErrorKind::NotAFile`] for what is no regular file; [`ErrorKind::Io`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            // A pipe without a writer would hang in `open`, and a terminal could become the program's own.
            options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
        }
        match options.open(path.as_ref()) {
            Ok(file) => Self::from_file(file),
            // Some systems do not open folders at all, and none opens a socket.
            Err(_) if path.as_ref().metadata().is_ok_and(|metadata| !metadata.is_file()) => {
                Err(Error::new(ErrorKind::NotAFile))
            }
            Err(error) => Err(Error::io("open", error)),
        }
    }

    /// Reads from a file that is open already. Its cursor does not matter.
    ///
    /// # Errors
    /// As [`FileSource::open`].
    pub fn from_file(file: File) -> Result<Self> {
        let metadata = file.metadata().map_err(|error| Error::io("stat", error))?;
        if !metadata.is_file() {
            return Err(Error::new(ErrorKind::NotAFile));
        }
        Ok(Self { stamp: Stamp::of(&metadata), file })
    }

    /// The file itself.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Whether the file is as it was when it was opened, as far as its length and its time of modification show.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] if it is shorter, [`ErrorKind::Changed`] if it is otherwise not the same.
    pub fn check_unchanged(&self) -> Result<()> {
        let metadata = self.file.metadata().map_err(|error| Error::io("stat", error))?;
        let now = Stamp::of(&metadata);
        if now.len < self.stamp.len {
            return Err(Error::new(ErrorKind::Truncated { needed: self.stamp.len, available: now.len }));
        }
        if now != self.stamp {
            return Err(Error::new(ErrorKind::Changed));
        }
        Ok(())
    }
}

impl Source for FileSource {
    fn len(&self) -> u64 {
        self.stamp.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let range = check_range(self, offset, buffer.len() as u64)?;
        let read = read_exact_at(&self.file, buffer, offset);
        // First, because a change is also why a read may have come short.
        self.check_unchanged().map_err(|error| error.at(range.clone()))?;
        read.map_err(|error| from_io_error("read", error).at(range))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;
    use crate::source::read_vec;

    #[test]
    fn bytes_come_from_where_they_are_and_never_from_past_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        fs::write(&path, b"0123456789").unwrap();
        let source = FileSource::open(&path).unwrap();
        assert_eq!(read_vec(&source, 3, 4).unwrap(), b"3456");
        let error = read_vec(&source, 8, 3).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Truncated { needed: 11, available: 10 }), "{error}");
    }

    #[test]
    fn a_file_that_shrinks_or_is_written_to_is_found_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        fs::write(&path, b"0123456789").unwrap();
        let source = FileSource::open(&path).unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"x").unwrap();
        assert!(matches!(read_vec(&source, 0, 2).unwrap_err().kind(), ErrorKind::Changed));
        file.set_len(4).unwrap();
        let error = read_vec(&source, 0, 2).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Truncated { needed: 10, available: 4 }), "{error}");
    }

    #[test]
    fn a_replaced_or_removed_file_is_read_on_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("f"), folder.path().join("g"));
        fs::write(&path, b"old").unwrap();
        fs::write(&other, b"newer").unwrap();
        let source = FileSource::open(&path).unwrap();
        fs::rename(&other, &path).unwrap();
        assert_eq!(read_vec(&source, 0, 3).unwrap(), b"old");
        fs::remove_file(&path).unwrap();
        assert_eq!(read_vec(&source, 0, 3).unwrap(), b"old");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for path in [folder.path(), &pipe, &socket, Path::new("/dev/zero")] {
            let error = FileSource::open(path).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::NotAFile), "{}: {error}", path.display());
        }
        let error = FileSource::open(folder.path().join("none")).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Io { action: "open", .. }));
    }
}
