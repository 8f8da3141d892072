//! Files: read with care, replaced as a whole or not at all.
//!
//! | to | use |
//! |---|---|
//! | read anywhere in a file | [`FileSource`], which is a [`Source`](crate::Source) |
//! | read a file's bytes from memory that the system fills | `MappedSource` (feature `mmap`) |
//! | read a source from front to back, through [`std::io::Read`] | [`SourceReader`] |
//! | open a file that another file names | [`open_beneath`]; `Beneath` (features `safetensors`, `onnx`) |
//! | save a file | [`Replace`] and the [`AtomicFile`] that it opens |
//! | save several files as one | [`ReplaceSet`] |
//! | save a set of SafeTensors shards | `ShardSet` (feature `safetensors`) |
//! | name a file as a recorder does | [`append_extension`] |

mod beneath;
mod extension;
mod file;
#[cfg(feature = "mmap")]
mod mapped;
mod position;
mod process;
mod reader;
mod replace;
mod scratch;
mod set;
#[cfg(feature = "safetensors")]
mod shards;
#[cfg(all(feature = "gzip", feature = "json", feature = "mpk"))]
mod spool;
mod system;
mod writer;

#[cfg(any(feature = "onnx", feature = "safetensors"))]
pub use beneath::Beneath;
pub use beneath::{Links, open_beneath};
pub use extension::append_extension;
pub use file::FileSource;
#[cfg(feature = "mmap")]
pub use mapped::MappedSource;
pub use reader::SourceReader;
pub use replace::{AtomicFile, Replace};
pub use set::ReplaceSet;
#[cfg(feature = "safetensors")]
pub use shards::ShardSet;
#[cfg(all(feature = "gzip", feature = "json", feature = "mpk"))]
pub(crate) use spool::Spool;

use std::io;

use crate::error::{Error, ErrorKind};

/// An [`Error`] as [`std::io`] carries it; [`from_io_error`] takes it out again.
pub(crate) fn to_io_error(error: Error) -> io::Error {
    let kind = match error.kind() {
        ErrorKind::Truncated { .. } => io::ErrorKind::UnexpectedEof,
        ErrorKind::NoSpace { .. } => io::ErrorKind::StorageFull,
        ErrorKind::OutOfMemory { .. } => io::ErrorKind::OutOfMemory,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

/// The [`Error`] that an `io::Error` carries, or that it becomes; `action` is what failed, such as `read`.
pub fn from_io_error(action: &'static str, error: io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => error,
        Err(error) => match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Error::new(ErrorKind::NoSpace { source: error })
            }
            _ => Error::io(action, error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_std_io() {
        let error = Error::corrupt("x").at(3..5);
        assert_eq!(from_io_error("read", to_io_error(error)).to_string(), "corrupt: x (bytes 3..5)");
        let full = from_io_error("write", io::ErrorKind::StorageFull.into());
        assert!(matches!(full.kind(), ErrorKind::NoSpace { .. }));
    }
}
