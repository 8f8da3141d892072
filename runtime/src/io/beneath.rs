//! Opening a file that another file names.

use std::path::Path;
#[cfg(any(feature = "onnx", feature = "safetensors"))]
use std::sync::Arc;

use super::file::FileSource;
use crate::error::{Error, Result};
use crate::format::check_relative;
#[cfg(feature = "onnx")]
use crate::format::onnx::{ExternalData, Location};
#[cfg(feature = "safetensors")]
use crate::format::safetensors::OpenShard;
#[cfg(any(feature = "onnx", feature = "safetensors"))]
use crate::source::Source;

/// Whether a name in a file may lead through links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Links {
    /// Links are an error, symbolic and hard ones: what is opened lies beneath the folder, and nowhere else.
    #[default]
    Refuse,
    /// Links are followed, wherever they lead. For folders whose links are the user's own, such as the caches of downloads and of
    /// packages.
    Follow,
}

/// Opens the file that `name`, which comes from an untrusted file, names beneath `folder`, which does not.
///
/// A name is what [`check_relative`] passes: plain components separated by `/`.
///
/// On Unix each folder on the way is opened from within the one before and refused if it is a symbolic link, so that nobody who moves
/// folders meanwhile can lead the name elsewhere. On other systems (untested) each component is looked at before the file
/// is opened by its path, and a link put there in between would be followed. A file that has a second name is refused
/// too, as that may be a hard link from elsewhere: an archive can hold one to any file of whoever unpacks it. Systems other than
/// Unix do not say how many names a file has.
///
/// # Errors
/// [`ErrorKind::Refused`](crate::ErrorKind::Refused) for a name that leads elsewhere; otherwise as [`FileSource::open`].
pub fn open_beneath(folder: &Path, name: &str, links: Links) -> Result<FileSource> {
    check_relative(name)?;
    match links {
        Links::Refuse => open_without_links(folder, &name.split('/').collect::<Vec<_>>()),
        Links::Follow => FileSource::open(folder.join(name)),
    }
}

/// The files beneath a folder that a file in it names: shards of SafeTensors, external data of ONNX. Errors have their paths.
#[cfg(any(feature = "onnx", feature = "safetensors"))]
#[derive(Clone, Copy, Debug)]
pub struct Beneath<'p> {
    folder: &'p Path,
    links: Links,
}

#[cfg(any(feature = "onnx", feature = "safetensors"))]
impl<'p> Beneath<'p> {
    /// Those beneath the folder that `file` is in.
    pub fn folder_of(file: &'p Path, links: Links) -> Self {
        Self { folder: file.parent().unwrap_or(Path::new("")), links }
    }

    fn source(&self, name: &str) -> Result<Arc<dyn Source>> {
        Ok(Arc::new(open_beneath(self.folder, name, self.links)?))
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }
}

#[cfg(feature = "safetensors")]
impl OpenShard for Beneath<'_> {
    fn open(&self, name: &str) -> Result<Arc<dyn Source>> {
        self.source(name)
    }

    fn shown(&self, name: &str) -> String {
        self.path(name)
    }
}

#[cfg(feature = "onnx")]
impl ExternalData for Beneath<'_> {
    fn open(&self, location: &Location) -> Result<Arc<dyn Source>> {
        self.source(location.as_str())
    }

    fn shown(&self, location: &Location) -> String {
        self.path(location.as_str())
    }
}

fn link_refused(component: &str) -> Error {
    Error::refused(format!(
        "`{component}` is a symbolic link, which `allow_symlinks` would follow, or lies in something that is no folder"
    ))
}

#[cfg(unix)]
fn open_without_links(folder: &Path, components: &[&str]) -> Result<FileSource> {
    use std::fs::File;
    use std::os::unix::fs::MetadataExt;

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
    let Some((name, folders)) = components.split_last() else {
        return Err(Error::refused("the name is empty"));
    };
    for component in folders {
        at = openat(&at, *component, flags | OFlags::DIRECTORY | OFlags::NOFOLLOW, Mode::empty())
            .map_err(|errno| into_error(component, errno))?;
    }
    // As in `FileSource::open`, neither waiting for a pipe's writer nor taking a terminal.
    let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = openat(&at, *name, flags, Mode::empty()).map_err(|errno| into_error(name, errno))?;
    let file = File::from(file);
    let metadata = file.metadata().map_err(|error| Error::io("stat", error))?;
    if metadata.is_file() && metadata.nlink() > 1 {
        let names = metadata.nlink();
        let what = format!(
            "`{name}` has {names} names: it may be a hard link from elsewhere, which `allow_symlinks` would follow"
        );
        return Err(Error::refused(what));
    }
    FileSource::from_file(file)
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
        let source = open_beneath(&inner, "sub/shard", Links::Refuse).unwrap();
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
            for links in [Links::Refuse, Links::Follow] {
                let error = open_beneath(&inner, name, links).unwrap_err();
                assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{name:?}: {error}");
            }
        }
        let error = open_beneath(&inner, "sub", Links::Refuse).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotAFile), "{error}");
        let error = open_beneath(&inner, "none", Links::Refuse).unwrap_err();
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
        fs::hard_link(folder.path().join("blob"), inner.join("second")).unwrap();
        for name in ["file", "folder/blob", "second"] {
            let error = open_beneath(&inner, name, Links::Refuse).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{name}: {error}");
            assert!(open_beneath(&inner, name, Links::Follow).is_ok());
        }
    }
}
