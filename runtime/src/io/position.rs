//! Reading and writing at a position of a file, whatever its cursor is at.

use std::fs::File;
use std::io;

/// Reads all of `buffer`.
#[cfg(unix)]
pub(super) fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

/// Reads all of `buffer`.
#[cfg(windows)]
pub(super) fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                buffer = &mut buffer[count..];
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes some of `bytes` and says how many.
#[cfg(unix)]
pub(super) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::write_at(file, bytes, offset)
}

/// Writes some of `bytes` and says how many.
#[cfg(windows)]
pub(super) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_write(file, bytes, offset)
}

#[cfg(not(any(unix, windows)))]
pub(super) use cursor::{read_exact_at, write_at};

/// By the file's cursor, for systems of which the standard library knows no call with a position.
#[cfg(any(test, not(any(unix, windows))))]
mod cursor {
    use std::io::{Read, Seek, SeekFrom, Write};
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::{File, io};

    /// A cursor stays where it was put while this is held. One for all files, because several may share a cursor.
    fn alone() -> MutexGuard<'static, ()> {
        static ALONE: Mutex<()> = Mutex::new(());
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads all of `buffer`.
    pub(in crate::io) fn read_exact_at(mut file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let _alone = alone();
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(buffer)
    }

    /// Writes some of `bytes` and says how many.
    pub(in crate::io) fn write_at(mut file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let _alone = alone();
        file.seek(SeekFrom::Start(offset))?;
        file.write(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::cursor;

    #[test]
    fn a_cursor_serves_all_positions_and_threads() {
        let file = tempfile::tempfile().unwrap();
        for offset in [6, 0, 3] {
            let bytes = [b'0', b'1', b'2'].map(|digit| digit + u8::try_from(offset).unwrap());
            assert_eq!(cursor::write_at(&file, &bytes, offset).unwrap(), 3);
        }
        thread::scope(|scope| {
            for offset in 0..8 {
                let file = &file;
                scope.spawn(move || {
                    for _ in 0..1000 {
                        let mut read = [0; 2];
                        cursor::read_exact_at(file, &mut read, offset).unwrap();
                        let first = b'0' + u8::try_from(offset).unwrap();
                        assert_eq!(read, [first, first + 1]);
                    }
                });
            }
        });
        let error = cursor::read_exact_at(&file, &mut [0; 2], 8).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    }
}
