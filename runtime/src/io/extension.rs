//! How a file gets its format's extension.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// `path` with `extension` (written without its first dot, such as `mpk` or `mpk.gz`) at the end of its name.
///
/// Nothing is ever cut off: what the path has of the extension stays, and what is missing is appended. A name that is not UTF-8
/// keeps its bytes.
///
/// ```
/// use std::path::Path;
/// use vellum::io::append_extension;
///
/// assert_eq!(append_extension(Path::new("ckpt-0.5"), "mpk"), Path::new("ckpt-0.5.mpk"));
/// assert_eq!(append_extension(Path::new("model.mpk"), "mpk.gz"), Path::new("model.mpk.gz"));
/// assert_eq!(append_extension(Path::new("model.mpk.gz"), "mpk.gz"), Path::new("model.mpk.gz"));
/// ```
pub fn append_extension(path: &Path, extension: &str) -> PathBuf {
    let Some(name) = path.file_name().filter(|_| !names_folder(path)) else {
        // `..` and `/` name folders: whoever opens them says so.
        return path.to_path_buf();
    };
    let mut missing = extension;
    // From the longest part of the extension that the name may end with to the shortest.
    let mut ends: Vec<usize> = extension.match_indices('.').map(|(dot, _)| dot).collect();
    ends.push(extension.len());
    for &end in ends.iter().rev() {
        if ends_with_extension(name.as_encoded_bytes(), &extension[..end]) {
            missing = extension[end..].trim_start_matches('.');
            break;
        }
    }
    let mut whole = OsString::from(name);
    if !missing.is_empty() {
        whole.push(".");
        whole.push(missing);
    }
    path.with_file_name(whole)
}

/// Whether the path ends as only a folder's does: `folder/`, or `folder/.`.
pub(super) fn names_folder(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    let bytes = bytes.strip_suffix(b".").filter(|rest| !rest.is_empty()).unwrap_or(bytes);
    bytes.last().is_some_and(|last| std::path::is_separator(char::from(*last)))
}

/// Whether the name is something, a dot and `extension`.
fn ends_with_extension(name: &[u8], extension: &str) -> bool {
    let stem = name.strip_suffix(extension.as_bytes()).and_then(|rest| rest.strip_suffix(b"."));
    !extension.is_empty() && stem.is_some_and(|stem| !stem.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_appended_and_nothing_is_cut() {
        for (path, extension, expected) in [
            ("ckpt-0.5", "mpk", "ckpt-0.5.mpk"),
            ("model.mpk", "mpk", "model.mpk"),
            ("model", "mpk.gz", "model.mpk.gz"),
            ("model.mpk", "mpk.gz", "model.mpk.gz"),
            ("model.mpk.gz", "mpk.gz", "model.mpk.gz"),
            ("model.gz", "mpk.gz", "model.gz.mpk.gz"),
            ("model.mpk.gz", "mpk", "model.mpk.gz.mpk"),
            ("modelmpk", "mpk", "modelmpk.mpk"),
            (".mpk", "mpk", ".mpk.mpk"),
            ("a/b.c/model", "bin", "a/b.c/model.bin"),
            ("model", "", "model"),
            ("..", "mpk", ".."),
            ("folder/", "mpk", "folder/"),
            ("folder/.", "mpk", "folder/."),
            ("folder/a.", "mpk", "folder/a..mpk"),
        ] {
            assert_eq!(append_extension(Path::new(path), extension), Path::new(expected), "{path} + {extension}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_keeps_its_bytes() {
        use std::os::unix::ffi::{OsStrExt, OsStringExt};
        let path = PathBuf::from(OsString::from_vec(b"m\xFF.5".to_vec()));
        assert_eq!(append_extension(&path, "mpk").as_os_str().as_bytes(), b"m\xFF.5.mpk");
    }
}
