//! The calls by which files are replaced, each in one place, so that tests can make any of them fail.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use super::position::write_at;

/// The calls that change what is on the disk.
pub(super) trait System: Send + Sync {
    /// Creates a file that does not exist, with the permission bits `mode` where there are such and they are given.
    fn create_new(&self, path: &Path, mode: Option<u32>) -> io::Result<File>;

    /// Takes space for the first `len` bytes of a file without changing its length. Systems that cannot say so.
    fn reserve(&self, file: &File, len: u64) -> io::Result<()>;

    /// Says whether writes to a file go past the system's cache: then they must be of whole blocks. Systems and file systems that can.
    fn set_direct(&self, file: &File, direct: bool) -> io::Result<()>;

    /// Writes some of `bytes` and says how many.
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize>;

    /// Waits until a file's bytes and length are on the disk.
    fn sync(&self, file: &File) -> io::Result<()>;

    /// Gives a file another name, in place of what has that name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file another name, if nothing has it.
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Waits until a folder's list of names is on the disk.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// The operating system.
pub(super) struct Os;

impl System for Os {
    fn create_new(&self, path: &Path, mode: Option<u32>) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if let Some(mode) = mode {
            use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
            // From the first moment, so that nobody reads who could not read the file that is replaced; and once more if the process's mask
            // has taken bits away. Not otherwise: some file systems refuse to change them.
            let file = options.mode(mode).open(path)?;
            let given = file.metadata().map(|metadata| metadata.permissions().mode() & 0o777);
            let is_whole = given.is_ok_and(|given| given == mode);
            if !is_whole && let Err(error) = file.set_permissions(fs::Permissions::from_mode(mode)) {
                let _already_failing = fs::remove_file(path);
                return Err(error);
            }
            return Ok(file);
        }
        #[cfg(not(unix))]
        let _no_such_bits = mode;
        options.open(path)
    }

    #[cfg(target_os = "linux")]
    fn reserve(&self, file: &File, len: u64) -> io::Result<()> {
        Ok(rustix::fs::fallocate(file, rustix::fs::FallocateFlags::KEEP_SIZE, 0, len)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn reserve(&self, _file: &File, _len: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    #[cfg(target_os = "linux")]
    fn set_direct(&self, file: &File, direct: bool) -> io::Result<()> {
        use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
        let mut flags = fcntl_getfl(file)?;
        flags.set(OFlags::DIRECT, direct);
        Ok(fcntl_setfl(file, flags)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn set_direct(&self, _file: &File, _direct: bool) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        write_at(file, bytes, offset)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            use rustix::io::Errno;
            match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
                // Not known to this kernel or this file system.
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
                result => return Ok(result?),
            }
        }
        fs::hard_link(from, to)?;
        // The file has its name; a second one that cannot be removed is a left-over like any other.
        let _left_over = fs::remove_file(from);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    #[cfg(unix)]
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    /// Windows has no such call; what a rename there survives is up to its file system's journal.
    #[cfg(not(unix))]
    fn sync_folder(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// A system whose calls fail as a test wants.
#[cfg(test)]
pub(super) mod faulty {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::super::writer::ALIGNMENT;
    use super::*;

    #[derive(Clone, Copy)]
    pub(in crate::io) enum Fault {
        /// One call fails, and all others work.
        Once(io::ErrorKind),
        /// From one call on nothing works, not even cleaning up: as if the process had been killed before that call.
        Death,
        /// No call fails.
        None,
        /// No call fails; a write takes at most so many bytes, and every other write is interrupted first.
        ShortWrites(usize),
    }

    pub(in crate::io) struct Faulty {
        fault: Fault,
        at: usize,
        before: Box<dyn Fn(usize) + Send + Sync>,
        calls: AtomicUsize,
        direct: AtomicBool,
        direct_writes: AtomicUsize,
    }

    impl Faulty {
        pub(in crate::io) fn new(fault: Fault, at: usize) -> Self {
            let (calls, direct_writes) = (AtomicUsize::new(0), AtomicUsize::new(0));
            Self { fault, at, before: Box::new(|_| ()), calls, direct: AtomicBool::new(false), direct_writes }
        }

        /// A system without faults, on which something else happens before calls: `before` is given the number of each, from 1 on.
        #[cfg(feature = "safetensors")]
        pub(in crate::io) fn interrupted(before: impl Fn(usize) + Send + Sync + 'static) -> Self {
            Self { before: Box::new(before), ..Self::new(Fault::None, 0) }
        }

        /// Whether a test's loop over `at` has come past the last call.
        pub(in crate::io) fn is_past_the_end(&self) -> bool {
            self.calls() < self.at
        }

        /// How many calls there were.
        pub(in crate::io) fn calls(&self) -> usize {
            self.calls.load(Ordering::Relaxed)
        }

        /// How many writes were given, and taken, past the cache.
        pub(in crate::io) fn direct_writes(&self) -> usize {
            self.direct_writes.load(Ordering::Relaxed)
        }

        fn step(&self) -> io::Result<usize> {
            let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
            (self.before)(call);
            match self.fault {
                Fault::Once(kind) if call == self.at => Err(kind.into()),
                Fault::Death if call >= self.at => Err(io::ErrorKind::Other.into()),
                _ => Ok(call),
            }
        }
    }

    impl System for Faulty {
        fn create_new(&self, path: &Path, mode: Option<u32>) -> io::Result<File> {
            self.step()?;
            Os.create_new(path, mode)
        }

        fn reserve(&self, file: &File, len: u64) -> io::Result<()> {
            self.step()?;
            Os.reserve(file, len)
        }

        fn set_direct(&self, file: &File, direct: bool) -> io::Result<()> {
            self.step()?;
            // Where the tests' files are it may not be possible; then it is only pretended.
            let _pretended = Os.set_direct(file, direct);
            self.direct.store(direct, Ordering::Relaxed);
            Ok(())
        }

        fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
            let call = self.step()?;
            if self.direct.load(Ordering::Relaxed) {
                let whole = |number: usize| number.is_multiple_of(ALIGNMENT);
                // As strict as any file system.
                if !(whole(bytes.as_ptr().addr()) && whole(bytes.len()) && offset.is_multiple_of(ALIGNMENT as u64)) {
                    return Err(io::ErrorKind::InvalidInput.into());
                }
                self.direct_writes.fetch_add(1, Ordering::Relaxed);
            }
            if let Fault::ShortWrites(most) = self.fault {
                if call % 2 == 0 {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                return Os.write_at(file, &bytes[..bytes.len().min(most)], offset);
            }
            Os.write_at(file, bytes, offset)
        }

        fn sync(&self, file: &File) -> io::Result<()> {
            self.step()?;
            Os.sync(file)
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.step()?;
            Os.rename(from, to)
        }

        fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.step()?;
            Os.rename_new(from, to)
        }

        fn remove(&self, path: &Path) -> io::Result<()> {
            self.step()?;
            Os.remove(path)
        }

        fn sync_folder(&self, path: &Path) -> io::Result<()> {
            self.step()?;
            Os.sync_folder(path)
        }
    }
}
