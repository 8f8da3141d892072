//! Names of other files that a file may state.

use crate::error::{Error, Result};

/// Checks a file's name that another file states (a shard in an index, external data): it is a path of plain components beneath
/// the folder of the file that names it, written with `/`.
///
/// Refused on every system alike, so that a file that opens here opens anywhere: what climbs or starts elsewhere (`..`, `/`, `C:`),
/// what another system reads as that (`\`), URLs and alternate streams (`:`), empty and `.` components, components that end in a dot
/// or a blank (which Windows drops), and control characters.
///
/// ```
/// use vellum::format::check_relative;
///
/// assert!(check_relative("model-00001-of-00002.safetensors").is_ok());
/// assert!(check_relative("../secret").is_err());
/// ```
///
/// # Errors
/// [`ErrorKind::Refused`](crate::ErrorKind::Refused) with the name and the reason.
pub fn check_relative(name: &str) -> Result<()> {
    let reason = if name.chars().any(|c| matches!(c, '\\' | ':') || c.is_control()) {
        "has a character that is not plain in a path on every system"
    } else if name.split('/').any(|part| part.is_empty() || part.ends_with(['.', ' '])) {
        "has a component that is empty, `.`, `..` or ends in a dot or a blank"
    } else {
        return Ok(());
    };
    Err(Error::refused(alloc::format!("the file name `{name}` {reason}: only files beneath the folder are opened")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_components_beneath_the_folder_pass() {
        for name in ["a", "model-00001-of-00003.safetensors", "sub/dir/x.bin", ".hidden", "β", "a..b"] {
            assert!(check_relative(name).is_ok(), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "../a",
            "a/../b",
            "a/./b",
            "/a",
            "a//b",
            "a/",
            "..\\a",
            "C:a",
            "http://h/a",
            "a\0.png",
            "a\n",
            "a.",
            "a /b",
            "...",
        ] {
            assert!(check_relative(name).is_err(), "{name:?}");
        }
    }
}
