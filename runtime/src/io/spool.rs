//! Bytes that are made once and then read anywhere.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::file::FileSource;
use super::{from_io_error, process};
use crate::bytes::Bytes;
use crate::error::Result;
use crate::source::{Sink, Source};

/// Bytes that are put and then read: in memory while they are few, and otherwise in a file in the system's folder for such, which has no
/// name and goes with the process. WebAssembly has no such folder: there they stay in memory.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    memory: Vec<u8>,
    file: Option<File>,
}

impl Spool {
    /// Bytes that are kept in memory.
    const MEMORY: usize = if cfg!(target_family = "wasm") { usize::MAX } else { 16 << 20 };

    /// What was put, to be read.
    ///
    /// # Errors
    /// Those of writing what is still in memory.
    pub(crate) fn into_source(mut self) -> Result<Arc<dyn Source>> {
        match self.file.take() {
            None => Ok(Arc::new(Bytes::from(self.memory))),
            Some(mut file) => {
                file.write_all(&self.memory).map_err(|error| from_io_error("write", error))?;
                Ok(Arc::new(FileSource::from_file(file)?))
            }
        }
    }
}

impl Sink for Spool {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        if self.memory.len().saturating_add(bytes.len()) > Self::MEMORY {
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(nameless().map_err(|error| from_io_error("create", error))?),
            };
            let written = file.write_all(&self.memory).and_then(|()| file.write_all(bytes));
            self.memory.clear();
            return written.map_err(|error| from_io_error("write", error));
        }
        self.memory.put(bytes)
    }
}

/// A file that nobody else opens, and that is gone when it is closed.
fn nameless() -> io::Result<File> {
    /// Names that may be taken: numbers of processes repeat.
    const TRIES: usize = 1000;
    static NUMBER: AtomicU64 = AtomicU64::new(0);

    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    #[cfg(windows)]
    {
        /// `FILE_FLAG_DELETE_ON_CLOSE`
        const DELETE_ON_CLOSE: u32 = 0x0400_0000;
        std::os::windows::fs::OpenOptionsExt::custom_flags(&mut options, DELETE_ON_CLOSE);
    }
    for _ in 0..TRIES {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!(".vellum-{}-{number}.spool", process::number()));
        match options.open(&path) {
            Ok(file) => {
                #[cfg(unix)]
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::read_vec;

    #[test]
    fn what_was_put_is_read_whether_it_is_little_or_much() {
        let piece = vec![7u8; 1 << 16];
        for pieces in [0, 1, 255, 256, 257, 700] {
            let mut spool = Spool::default();
            for number in 0..pieces {
                spool.put(&[u8::try_from(number % 251).unwrap()]).unwrap();
                spool.put(&piece).unwrap();
            }
            assert_eq!(spool.file.is_some(), pieces > 255, "{pieces}");
            let source = spool.into_source().unwrap();
            let step = piece.len() as u64 + 1;
            assert_eq!(source.len(), pieces * step);
            for number in 0..pieces {
                let start = read_vec(&source, number * step, 2).unwrap();
                assert_eq!(start, [u8::try_from(number % 251).unwrap(), 7]);
            }
        }
    }
}
