//! Opening a file that another file names.

use std::path::Path;

use super::file::FileSource;
use crate::error::{Error, Result};
use crate::format::check_relative;

/// Whether a name in a file may lead through symbolic links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Symlinks {
    /// Links are an error: what is opened lies beneath the folder.
    #[default]
    Refuse,
    /// Links are followed, wherever they lead. For folders whose links are the user's own, such as download caches.
    Follow,
}

/// Opens the file that `name`, which comes from an untrusted file, names beneath `folder`, which does not.
///
/// A name is what [`check_relative`] passes: plain components separated by `/`.
///
/// On Unix each folder on the way is opened from within the one before and refused if it is a symbolic link, so that nobody who moves
/// folders meanwhile can lead the name elsewhere. On other systems (untested) each component is looked at before the file
/// is opened by its path, and a link put there in between would be followed. A hard link to a file elsewhere cannot be told from a
/// file on any system; making one takes the right to write beneath the folder.
///
/// # Errors
/// [`ErrorKind::Refused`](crate::ErrorKind::Refused) for a name that leads elsewhere; otherwise as [`FileSource::open`].
pub fn open_beneath(folder: &Path, name: &str, symlinks: Symlinks) -> Result<FileSource> {
    check_relative(name)?;
    match symlinks {
        Symlinks::Refuse => open_without_links(folder, &name.split('/').collect::<Vec<_>>()),
        Symlinks::Follow => FileSource::open(folder.join(name)),
    }
}

fn link_refused(component: &str) -> Error {
    Error::refused(format!("`{component}` is a symbolic link or lies in something that is no folder"))
}

#[cfg(unix)]
fn open_without_links(folder: &Path, components: &[&str]) -> Result<FileSource> {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    use rustix::io::Errno;

    // Following no link in the last component is all that `NOFOLLOW` does, so every component is opened as a last one. A link
    // is then `ELOOP`, and on some systems `EMLINK`, `EFTYPE` or, where a folder was asked for, `ENOTDIR`.
    let into_error = |component: &str, errno: Errno| match errno {
        Errno::LOOP | Errno::MLINK | Errno::NOTDIR => link_refused(component),
        errno => Error::io("open", errno.into()),
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let mut at = openat(CWD, folder, flags | OFlags::DIRECTORY, Mode::empty())
        .map_err(|errno| Error::io("open", errno.into()))?;
    let Some((file, folders)) = components.split_last() else {
        return Err(Error::refused("the name is empty"));
    };
    for component in folders {
        at = openat(&at, *component, flags | OFlags::DIRECTORY | OFlags::NOFOLLOW, Mode::empty())
            .map_err(|errno| into_error(component, errno))?;
    }
    // As in `FileSource::open`, neither waiting for a pipe's writer nor taking a terminal.
    let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = openat(&at, *file, flags, Mode::empty()).map_err(|errno| into_error(file, errno))?;
    FileSource::from_file(file.into())
}

#[cfg(not(unix))]
fn open_without_links(folder: &Path, components: &[&str]) -> Result<FileSource> {
    let mut path = folder.to_path_buf();
    for component in components {
        path.push(component);
        let metadata = path.symlink_metadata().map_err(|error| Error::io("stat", error))?;
        if metadata.is_symlink() {
            return Err(link_refused(component));
        }
    }
    FileSource::open(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::error::ErrorKind;
    use crate::source::read_vec;

    #[test]
    fn only_plain_names_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir_all(inner.join("sub")).unwrap();
        fs::write(folder.path().join("secret"), b"s").unwrap();
        fs::write(inner.join("sub/shard"), b"ok").unwrap();
        let source = open_beneath(&inner, "sub/shard", Symlinks::Refuse).unwrap();
        assert_eq!(read_vec(&source, 0, 2).unwrap(), b"ok");
        let absolute = folder.path().join("secret");
        let absolute = absolute.to_str().unwrap();
        for name in [
            "../secret",
            "sub/../../secret",
            absolute,
            "",
            "/",
            "sub/",
            "./sub/shard",
            "sub//shard",
            "a\\b",
            "C:x",
            "a\0b",
            "sub./shard",
            "sub/shard ",
            "sub/sh\nard",
        ] {
            for symlinks in [Symlinks::Refuse, Symlinks::Follow] {
                let error = open_beneath(&inner, name, symlinks).unwrap_err();
                assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{name:?}: {error}");
            }
        }
        let error = open_beneath(&inner, "sub", Symlinks::Refuse).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotAFile), "{error}");
        let error = open_beneath(&inner, "none", Symlinks::Refuse).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Io { .. }), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_only_if_that_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::write(folder.path().join("blob"), b"b").unwrap();
        std::os::unix::fs::symlink("../blob", inner.join("file")).unwrap();
        std::os::unix::fs::symlink("..", inner.join("folder")).unwrap();
        for name in ["file", "folder/blob"] {
            let error = open_beneath(&inner, name, Symlinks::Refuse).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{name}: {error}");
            assert!(open_beneath(&inner, name, Symlinks::Follow).is_ok());
        }
    }
}
