//! The file that is written beside the one it will replace.
//!
//! Its name is `.<name>.vellum-<process>-<number>.tmp`. Its writer holds a lock on it for as long as it lives, and the system
//! takes the lock away with the process, however that ends. So a scratch file that can be locked belongs to nobody any more,
//! and the next save to the same path removes it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::process;
use super::system::System;

const MARK: &str = ".vellum-";
const END: &str = ".tmp";

/// A scratch file, removed when dropped unless it was [placed](Scratch::placed).
pub(super) struct Scratch {
    pub(super) file: File,
    pub(super) path: PathBuf,
    pub(super) system: Arc<dyn System>,
    placed: bool,
}

impl Scratch {
    /// A new scratch file in `folder` for the file `name`, locked.
    pub(super) fn create(system: Arc<dyn System>, folder: &Path, name: &OsStr, mode: Option<u32>) -> io::Result<Self> {
        /// Names that may be taken before the folder is considered strange: numbers of processes repeat across machines
        /// and containers that share a folder.
        const TRIES: usize = 1000;
        static NUMBER: AtomicU64 = AtomicU64::new(0);

        for _ in 0..TRIES {
            let mut scratch_name = prefix(name);
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            scratch_name.push(format!("{}-{number}{END}", process::number()));
            let path = folder.join(scratch_name);
            let file = match system.create_new(&path, mode) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            // Between creating and locking, another save may have taken the file for a left-over.
            if lock(&file) == Lock::Busy || !is_still_at(&file, &path) {
                continue;
            }
            return Ok(Self { file, path, system, placed: false });
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// The file has its final name: nothing is to be removed.
    pub(super) fn placed(&mut self) {
        self.placed = true;
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.placed {
            // Whoever drops it unplaced has an error to report already; what stays is removed by the next save.
            let _left_over = self.system.remove(&self.path);
        }
    }
}

/// Removes what dead writers left in `folder` for the file `name`. Nothing depends on it, so errors are of no interest.
pub(super) fn remove_left_overs(folder: &Path, name: &OsStr) {
    let prefix = prefix(name);
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if is_scratch_name(entry.file_name().as_encoded_bytes(), prefix.as_encoded_bytes()) {
            remove_if_dead(&entry.path());
        }
    }
}

/// The same for every file whose name is `meant`. Of names too long to stand in a scratch file's nothing can be told.
#[cfg(feature = "safetensors")]
pub(super) fn remove_left_overs_of(folder: &Path, meant: impl Fn(&str) -> bool) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let target = name.to_str().and_then(|name| name.strip_prefix('.')?.rsplit_once(MARK));
        let is_scratch =
            |target| is_scratch_name(name.as_encoded_bytes(), prefix(OsStr::new(target)).as_encoded_bytes());
        if target.is_some_and(|(target, _)| meant(target) && is_scratch(target)) {
            remove_if_dead(&entry.path());
        }
    }
}

fn is_scratch_name(name: &[u8], prefix: &[u8]) -> bool {
    let Some(numbers) = name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(END.as_bytes())) else {
        return false;
    };
    let mut parts = numbers.split(|&byte| byte == b'-');
    let mut is_number = || parts.next().is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit));
    is_number() && is_number() && parts.next().is_none()
}

/// The beginning of the names of all scratch files for the file `name`.
fn prefix(name: &OsStr) -> OsString {
    /// With the mark and two numbers of twenty digits this stays below the 255 bytes that file systems allow.
    const LONGEST: usize = 192;
    let mut prefix = OsString::from(".");
    if name.len() <= LONGEST {
        prefix.push(name);
    } else {
        prefix.push(format!("{:032x}", crate::xxh3::xxh3_128(name.as_encoded_bytes())));
    }
    prefix.push(MARK);
    prefix
}

#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "locks are taken on Unix only"))]
enum Lock {
    Taken,
    Busy,
    /// The file system has no locks: nobody can have one, and nobody may conclude anything.
    None,
}

#[cfg(unix)]
fn lock(file: &File) -> Lock {
    use rustix::fs::{FlockOperation, flock};
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Lock::Taken,
        Err(rustix::io::Errno::WOULDBLOCK) => Lock::Busy,
        Err(_) => Lock::None,
    }
}

#[cfg(not(unix))]
fn lock(_file: &File) -> Lock {
    Lock::None
}

/// Whether `path` is a name of this very file.
#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |(a, b): (fs::Metadata, fs::Metadata)| a.dev() == b.dev() && a.ino() == b.ino();
    file.metadata().ok().zip(path.symlink_metadata().ok()).is_some_and(same)
}

#[cfg(not(unix))]
fn is_still_at(_file: &File, _path: &Path) -> bool {
    true
}

#[cfg(unix)]
fn remove_if_dead(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    options.read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW);
    let Ok(file) = options.open(path) else { return };
    let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
    if is_file && lock(&file) == Lock::Taken && is_still_at(&file, path) {
        let _next_time = fs::remove_file(path);
    }
}

/// Without locks the living cannot be told from the dead.
#[cfg(not(unix))]
fn remove_if_dead(_path: &Path) {}

#[cfg(test)]
mod tests {
    use super::super::system::Os;
    use super::*;

    #[test]
    fn only_names_of_the_pattern_are_scratch_files() {
        let prefix = prefix(OsStr::new("m.bin"));
        let is = |name: &str| is_scratch_name(name.as_bytes(), prefix.as_encoded_bytes());
        assert!(is(".m.bin.vellum-12-0.tmp"));
        for name in
            ["m.bin", ".m.bin.vellum-.tmp", ".m.bin.vellum-1.tmp", ".m.bin.vellum-1-2-3.tmp", ".m.bin.vellum-1-x.tmp"]
        {
            assert!(!is(name), "{name}");
        }
        assert!(!is(".m.bin.vellum-1-2.tmp.bak") && !is(".other.vellum-1-2.tmp"));
    }

    #[cfg(unix)]
    #[test]
    fn left_overs_of_the_dead_go_and_those_of_the_living_stay() {
        let folder = tempfile::tempdir().unwrap();
        let name = OsStr::new("model.bin");
        let living = Scratch::create(Arc::new(Os), folder.path(), name, None).unwrap();
        let dead = folder.path().join(".model.bin.vellum-1-7.tmp");
        let other = folder.path().join(".model.bin.vellum-notes.tmp");
        fs::write(&dead, b"x").unwrap();
        fs::write(&other, b"x").unwrap();
        remove_left_overs(folder.path(), name);
        assert!(living.path.exists() && other.exists() && !dead.exists());
    }

    #[test]
    fn a_long_name_has_a_scratch_file_too() {
        let folder = tempfile::tempdir().unwrap();
        let name = "n".repeat(255);
        assert!(Scratch::create(Arc::new(Os), folder.path(), OsStr::new(&name), None).is_ok());
    }
}
