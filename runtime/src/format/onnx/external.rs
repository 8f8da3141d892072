//! Tensor data in files beside the model.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use crate::error::{Error, Result};
use crate::source::Source;

/// Opens the files that a model names for its external data.
pub trait ExternalData {
    /// The bytes of the file at `location`, which is relative to the model's folder and stays beneath it as far as its text goes;
    /// links out of the folder are this function's to refuse.
    ///
    /// # Errors
    /// There is no such file, or it may not be read.
    fn open(&self, location: &Location) -> Result<Arc<dyn Source>>;

    /// What the file is called in errors: its location, or a path that has it at its end.
    fn shown(&self, location: &Location) -> String {
        location.as_str().into()
    }
}

/// Any function that opens a location; `io::Beneath` opens those beneath a folder.
impl<F: Fn(&Location) -> Result<Arc<dyn Source>>> ExternalData for F {
    fn open(&self, location: &Location) -> Result<Arc<dyn Source>> {
        self(location)
    }
}

/// A relative path of plain components with `/` between them: not absolute, without `.` and `..`, backslashes, colons (drives,
/// URLs) and control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location(String);

impl Location {
    pub(super) fn new(text: String) -> Result<Self> {
        let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        let strange = |c: char| c == '\\' || c == ':' || c.is_control();
        if text.contains(strange) || !text.split('/').all(plain) {
            return Err(Error::refused(format!(
                "external data at `{text}`, which is no plain path beneath the model's folder"
            )));
        }
        Ok(Self(text))
    }

    /// The path, with `/` between its components.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names of the folders and at last of the file; none is empty, `.` or `..`.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_relative_paths_are_locations() {
        for path in ["model.data", "weights/0.bin", "a b/β", "..data", "a..b"] {
            assert_eq!(Location::new(path.into()).unwrap().as_str(), path);
        }
        for path in [
            "",
            ".",
            "..",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "./x",
            "a//b",
            "a/",
            "C:\\x",
            "c:x",
            "..\\x",
            "x\0y",
            "http://host/x",
            "a\nb",
        ] {
            assert!(Location::new(path.into()).is_err(), "{path:?}");
        }
    }
}
