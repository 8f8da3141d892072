//! The one error type: what went wrong, and where.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use core::ops::Range;

use crate::dtype::DType;
use crate::report::{LoadError, LoadResult};
use crate::shape::{Axes, Shape};

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What went wrong, with the file, the tensor and the byte range where they are known.
///
/// One word wide. [`Error::kind`] is for code, `Display` for people: names escaped, one line, two kilobytes at most. Where a file does not
/// fit a module, it has a line for each of the first differences and sixteen kilobytes at most. What [`ErrorKind::Argument`] says is shown
/// as it was given: what is wrong in a regular expression takes several lines.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    file: Option<String>,
    place: Option<Place>,
    range: Option<Range<u64>>,
}

/// What an error is of, beside the file.
struct Place {
    path: String,
    is_tensor: bool,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { is_tensor: true, path } => write!(f, "tensor `{}`", Escaped(path)),
            Self { path, .. } if path.is_empty() => f.write_str("the root"),
            Self { path, .. } => write!(f, "`{}`", Escaped(path)),
        }
    }
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused or failed.
    #[cfg(feature = "std")]
    #[error("{action} failed")]
    Io {
        /// What was being done, such as `open` or `write`.
        action: &'static str,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// The path names a folder, a pipe or a device, not a regular file.
    #[error("not a regular file")]
    NotAFile,
    /// The file was written to while it was read.
    #[error("the file changed while it was read")]
    Changed,
    /// The disk or the quota is full, or the file would pass a limit on its size.
    #[cfg(feature = "std")]
    #[error("no space for the file")]
    NoSpace {
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// The destination exists and the caller did not allow replacing it.
    #[error("the file exists and overwriting was not allowed")]
    AlreadyExists,
    /// The new file is in place, but the folder could not be flushed: a power cut may still bring the old file back. Every save of a
    /// file into a folder that may be written and not read ends so.
    #[cfg(feature = "std")]
    #[error("the file is in place, but whether it survives a power cut is unknown: the folder could not be flushed")]
    DurabilityUnknown {
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// The bytes are not of the format they were read as.
    #[error("not a {expected} file: {}", Escaped(.found))]
    WrongFormat {
        /// The format asked for.
        expected: &'static str,
        /// What was found instead.
        found: String,
    },
    /// The format is right, its version is not one this reader knows.
    #[error("unknown version {} of {format}", Escaped(.version))]
    UnknownVersion {
        /// The format.
        format: &'static str,
        /// The version the file states.
        version: String,
    },
    /// The file ends before the bytes that it promises.
    #[error("truncated: {needed} bytes are needed and {available} are there")]
    Truncated {
        /// Bytes needed.
        needed: u64,
        /// Bytes present.
        available: u64,
    },
    /// A rule of the format is broken.
    #[error("corrupt: {}", Escaped(.what))]
    Corrupt {
        /// The rule, and how the file breaks it.
        what: String,
    },
    /// The bytes are not those that were written.
    #[error("the digest is {found} and should be {expected}: the bytes were changed after they were written")]
    Digest {
        /// What the file states, in hexadecimal.
        expected: String,
        /// What its bytes give, in hexadecimal.
        found: String,
    },
    /// The file asks for more than a [`Limits`](crate::Limits) setting allows.
    #[error("{}", past_limit(.setting, *.limit, *.allowed, *.needed))]
    Limit {
        /// The field of `Limits` to raise if the file is trusted.
        setting: &'static str,
        /// Its value.
        limit: u64,
        /// What that comes to for this file: its value, or more where the setting is one beside the file's size.
        allowed: u64,
        /// What the file asks for.
        needed: u64,
    },
    /// The file is sound, and holds something that Vellum refuses or cannot represent.
    #[error("refused: {}", Escaped(.what))]
    Refused {
        /// What it holds, and why that is refused.
        what: String,
    },
    /// A dtype's name is not known.
    #[error("unknown dtype `{}`", Escaped(.name))]
    UnknownDType {
        /// The name.
        name: String,
    },
    /// A shape's number of elements does not fit this machine.
    #[error("shape {} has more elements than this machine can address", Axes(.shape))]
    ShapeOverflow {
        /// The shape.
        shape: Vec<u64>,
    },
    /// Shape, dtype and bytes of a tensor disagree.
    #[error("shape {shape} of {dtype} does not take {bytes} bytes")]
    ByteLength {
        /// The shape.
        shape: Shape,
        /// The dtype.
        dtype: DType,
        /// The bytes given.
        bytes: u64,
    },
    /// The tensor has another shape than the one asked for.
    #[error("shape {found} does not fit {expected}")]
    ShapeMismatch {
        /// The shape asked for.
        expected: Shape,
        /// The tensor's shape.
        found: Shape,
    },
    /// The tensor has another number of axes than the type asks for.
    #[error("shape {found} has not {expected} axes")]
    RankMismatch {
        /// Axes asked for.
        expected: usize,
        /// The tensor's shape.
        found: Shape,
    },
    /// The tensor has another dtype than the one asked for.
    #[error("dtype is {found} and {expected} was asked for")]
    DTypeMismatch {
        /// The dtype asked for.
        expected: DType,
        /// The tensor's dtype.
        found: DType,
    },
    /// The tensor's dtype is of another kind, and kinds are never crossed silently.
    #[error("{found} ({}) does not become {expected} ({}) without being asked", .found.kind(), .expected.kind())]
    KindMismatch {
        /// The dtype asked for.
        expected: DType,
        /// The tensor's dtype.
        found: DType,
    },
    /// The dtype's elements are only copied: no conversion is defined.
    #[error("no conversion from {from} to {to} is defined")]
    NoConversion {
        /// The tensor's dtype.
        from: DType,
        /// The dtype asked for.
        to: DType,
    },
    /// An element cannot be represented in the dtype asked for.
    #[error("element {index} is {value}, which {to} cannot represent")]
    OutOfRange {
        /// The element's place in row-major order.
        index: usize,
        /// Its value.
        value: String,
        /// The dtype asked for.
        to: DType,
    },
    /// The bytes are not aligned for the element type, so that they cannot be viewed in place.
    #[error("the bytes are not aligned for {dtype}")]
    Misaligned {
        /// The element type's dtype.
        dtype: DType,
    },
    /// Memory for a buffer could not be had.
    #[error("no memory for {bytes} bytes")]
    OutOfMemory {
        /// The buffer's size.
        bytes: u64,
    },
    /// What is to be saved cannot be written in the format.
    #[error("{format} cannot hold this: {}", Escaped(.what))]
    Unrepresentable {
        /// The format.
        format: &'static str,
        /// What it cannot hold.
        what: String,
    },
    /// The file is sound and does not fit the module.
    #[error("{0}")]
    Mismatch(LoadError),
    /// The tensors of the file do not fit the module's. The module is as it was.
    #[error("{0}")]
    NotLoaded(Box<LoadResult>),
    /// The caller's arguments contradict each other or are malformed.
    #[error("{what}")]
    Argument {
        /// What is wrong, and what to pass instead.
        what: String,
    },
}

impl Error {
    /// An error of this kind, its place not yet known.
    pub fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner { kind, file: None, place: None, range: None }))
    }

    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Corrupt { what: what.into() })
    }

    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Refused { what: what.into() })
    }

    pub(crate) fn argument(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Argument { what: what.into() })
    }

    #[cfg(feature = "std")]
    pub(crate) fn io(action: &'static str, source: std::io::Error) -> Self {
        Self::new(ErrorKind::Io { action, source })
    }

    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// What went wrong, by value.
    pub fn into_kind(self) -> ErrorKind {
        self.0.kind
    }

    /// The file, if it is known.
    pub fn file(&self) -> Option<&str> {
        self.0.file.as_deref()
    }

    /// What a load from a store found, if it was refused for that.
    pub fn load_result(&self) -> Option<&LoadResult> {
        match &self.0.kind {
            ErrorKind::NotLoaded(result) => Some(result),
            _ => None,
        }
    }

    /// The tensor's name, if it is known; of what is no tensor, such as a constant, its path in the module.
    pub fn tensor(&self) -> Option<&str> {
        self.0.place.as_ref().map(|place| place.path.as_str())
    }

    /// Where in the file, if it is known: offsets from its first byte.
    pub fn byte_range(&self) -> Option<Range<u64>> {
        self.0.range.clone()
    }

    /// Bytes of memory that it takes, with what it says of a file.
    pub(crate) fn memory(&self) -> usize {
        let said = match &self.0.kind {
            ErrorKind::Corrupt { what: text }
            | ErrorKind::Refused { what: text }
            | ErrorKind::Argument { what: text }
            | ErrorKind::OutOfRange { value: text, .. } => text.len(),
            _ => 0,
        };
        size_of::<Inner>() + said
    }

    /// Adds the file, unless one is named already.
    #[must_use]
    pub fn in_file(mut self, file: impl fmt::Display) -> Self {
        self.0.file.get_or_insert_with(|| file.to_string());
        self
    }

    /// Adds the tensor, unless one is named already.
    #[must_use]
    pub fn in_tensor(self, tensor: impl fmt::Display) -> Self {
        self.of(tensor, true)
    }

    /// Adds the path of what may be no tensor, unless one is named already.
    #[must_use]
    pub(crate) fn in_place(self, path: impl fmt::Display) -> Self {
        self.of(path, false)
    }

    fn of(mut self, path: impl fmt::Display, is_tensor: bool) -> Self {
        self.0.place.get_or_insert_with(|| Place { path: path.to_string(), is_tensor });
        self
    }

    /// Adds the byte range, unless one is given already.
    #[must_use]
    pub fn at(mut self, range: Range<u64>) -> Self {
        self.0.range.get_or_insert(range);
        self
    }
}

fn past_limit(setting: &str, limit: u64, allowed: u64, needed: u64) -> String {
    if allowed == limit {
        return alloc::format!("{needed} is more than the limit `{setting}` of {limit} allows");
    }
    alloc::format!(
        "{needed} is more than the {allowed} that the limit `{setting}` of {limit} allows a file of this size"
    )
}

impl From<core::convert::Infallible> for Error {
    fn from(never: core::convert::Infallible) -> Self {
        match never {}
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        match error.into_limit() {
            Ok(limit) => limit,
            Err(error) => Self::new(ErrorKind::Mismatch(error)),
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Bytes of a line, and of the lines of what does not fit a module, without the byte range behind them.
        const LINE: usize = 1900;
        const LINES: usize = 16_000;
        let Inner { kind, file, place, range } = &*self.0;
        let most = match kind {
            ErrorKind::NotLoaded(_) => LINES,
            ErrorKind::Mismatch(error) if error.differences().len() > 1 => LINES,
            _ => LINE,
        };
        let mut text = Cut::new(f, most);
        if let Some(file) = file {
            write!(text, "{}: ", Escaped(file))?;
        }
        if let Some(place) = place {
            write!(text, "{place}: ")?;
        }
        write!(text, "{kind}")?;
        if let Some(range) = range {
            write!(f, " (bytes {}..{})", range.start, range.end)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, file, range, .. } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("file", file)
            .field("tensor", &self.tensor())
            .field("range", range)
            .finish()
    }
}

/// What a type's own `Deserialize` finds wrong is [`ErrorKind::Corrupt`], in its words.
impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::corrupt(brief(message))
    }
}

/// What a type's own `Serialize` refuses is [`ErrorKind::Unrepresentable`], in its words.
impl serde::ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(ErrorKind::Unrepresentable { format: "serde's data model", what: brief(message) })
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.kind.source()
    }
}

/// A message with an end: what is more than it may have becomes an ellipsis.
struct Cut<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    left: Option<usize>,
}

impl<'a, 'f> Cut<'a, 'f> {
    fn new(f: &'a mut fmt::Formatter<'f>, most: usize) -> Self {
        Self { f, left: Some(most) }
    }
}

impl fmt::Write for Cut<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let Some(left) = self.left else { return Ok(()) };
        self.left = left.checked_sub(text.len());
        if self.left.is_some() {
            return self.f.write_str(text);
        }
        let end = (0..=left).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        self.f.write_str(text.get(..end).unwrap_or_default())?;
        self.f.write_str("…")
    }
}

/// What serde finds wrong, as text that has an end: a text that stands where something else was asked for is in it, escaped and whole.
pub(crate) fn brief(message: impl fmt::Display) -> String {
    const LONGEST: usize = 2000;
    shortened(message, LONGEST)
}

/// A message as text, of which no more is made than `longest` bytes and an ellipsis.
pub(crate) fn shortened(message: impl fmt::Display, longest: usize) -> String {
    struct Short {
        text: String,
        longest: usize,
    }

    impl fmt::Write for Short {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let left = self.longest.saturating_sub(self.text.len());
            let end = (0..=left.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
            self.text.push_str(&text[..end]);
            // What is shown goes no further then.
            if end < text.len() { Err(fmt::Error) } else { Ok(()) }
        }
    }

    let mut short = Short { text: String::new(), longest };
    if write!(short, "{message}").is_err() {
        short.text.push('…');
    }
    short.text
}

/// Text from a file as it may be shown on a terminal: control and direction-changing characters escaped, cut where that takes 500 bytes.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 500;
        let mut left = SHOWN;
        for c in self.0.chars() {
            let hides = c.is_control()
                || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}');
            let len = if hides { c.escape_unicode().len() } else { c.len_utf8() };
            left = match left.checked_sub(len) {
                Some(left) => left,
                None => return f.write_str("…"),
            };
            if hides {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_word_and_tells_its_place() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        let error = Error::corrupt("two tensors share bytes").in_tensor("a.weight").at(8..24).in_file("m.bin");
        assert_eq!(error.to_string(), "m.bin: tensor `a.weight`: corrupt: two tensors share bytes (bytes 8..24)");
        assert_eq!(error.byte_range(), Some(8..24));
    }

    #[test]
    fn what_may_be_no_tensor_is_called_by_its_path_alone() {
        let told = |path: &str| Error::corrupt("x").in_place(path).to_string();
        assert_eq!([told("a.b"), told("")], ["`a.b`: corrupt: x", "the root: corrupt: x"]);
    }

    #[test]
    fn the_innermost_place_wins() {
        let error = Error::corrupt("x").in_tensor("inner").in_tensor("outer");
        assert_eq!(error.tensor(), Some("inner"));
    }

    #[test]
    fn names_from_a_file_cannot_drive_a_terminal_or_flood_it() {
        let error = Error::corrupt("x").in_tensor("a\u{1b}[31m\u{202e}b");
        assert!(!error.to_string().contains('\u{1b}') && !error.to_string().contains('\u{202e}'));
        let long = Error::corrupt("y".repeat(1 << 20)).in_tensor("n".repeat(1 << 20));
        assert!(long.to_string().len() < 2048);
    }

    #[test]
    fn messages_have_an_end_whatever_a_file_makes_long() {
        let many = || Shape::new(alloc::vec![1; 100_000]).unwrap();
        let name = |c: char| c.to_string().repeat(100_000);
        let path = |c: char| crate::path::TensorPath::from(name(c).as_str());
        for kind in [
            ErrorKind::ShapeOverflow { shape: alloc::vec![u64::MAX; 100_000] },
            ErrorKind::ByteLength { shape: many(), dtype: DType::F32, bytes: 1 },
            ErrorKind::ShapeMismatch { expected: many(), found: many() },
            ErrorKind::RankMismatch { expected: 1, found: many() },
            ErrorKind::Argument { what: name('\u{1F980}') },
            ErrorKind::Corrupt { what: name('\u{e0001}') + &name('\u{1b}') },
            ErrorKind::Mismatch(LoadError::new(alloc::vec![crate::report::Difference::Missing {
                path: path('\u{202e}'),
                similar: Some(name('s')),
            }])),
            ErrorKind::Mismatch(LoadError::new(alloc::vec![crate::report::Difference::Shape {
                path: path('p'),
                expected: many(),
                found: many(),
            }])),
        ] {
            let error = Error::new(kind).in_tensor(name('\u{1b}')).in_file(name('f')).at(0..u64::MAX);
            let text = error.to_string();
            assert!(text.len() < 2048 && text.ends_with(')') && !text.contains('\n'), "{} {text}", text.len());
        }
        let difference = |_| crate::report::Difference::Missing { path: path('p'), similar: Some(name('s')) };
        let error = Error::new(ErrorKind::Mismatch(LoadError::new((0..100).map(difference).collect())));
        assert!(error.to_string().len() < 16_384 && error.to_string().ends_with("and 90 more"));
    }
}
