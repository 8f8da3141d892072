//! What a load did, and why one was refused: every difference, by path.

mod display;
mod near;
mod notes;
mod policy;
mod result;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub(crate) use near::NearNames;
pub(crate) use notes::Notes;
pub use policy::{LoadPolicy, Severity};
pub use result::{LoadResult, Provenance, Remapping};

use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, ErrorKind, Escaped};
use crate::path::TensorPath;
use crate::shape::Shape;

/// What a load did: nothing that it did silently.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadReport {
    /// Parameters and buffers that came from the file.
    pub loaded: Vec<TensorPath>,
    /// Those whose dtype was converted, from the file's to the module's, of a tied parameter its first place; and plain numbers that became
    /// others, a list or a tuple once: doubles that were rounded, and integers that became floats, which are `I64` or `U64` here whatever width the
    /// file has them in.
    pub converted: Vec<Converted>,
    /// Fields that the file lacks, and that were allowed to be missing: they kept the module's value, or took their default. So do
    /// constants, which may always be missing: those that were added since the file was written, and all of a model whose file is Burn's,
    /// which holds none.
    pub missing: Vec<TensorPath>,
    /// What the file holds beyond the module, and was allowed to.
    pub unexpected: Vec<TensorPath>,
    /// Fields found under an older name: the path, and the name in the file.
    pub aliased: Vec<(TensorPath, String)>,
}

/// A tensor, a plain number or a list of these that a load converted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Converted {
    /// Where it is.
    pub path: TensorPath,
    /// Its dtype in the file.
    pub from: DType,
    /// Its dtype in the module.
    pub to: DType,
}

impl Converted {
    pub(crate) fn new(path: TensorPath, from: DType, to: DType) -> Self {
        Self { path, from, to }
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tensors = if self.loaded.len() == 1 { "tensor" } else { "tensors" };
        write!(f, "{} {tensors} loaded", self.loaded.len())?;
        for (count, what) in [
            (self.converted.len(), "converted"),
            (self.missing.len(), "not in the file"),
            (self.unexpected.len(), "unexpected"),
            (self.aliased.len(), "under an older name"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

/// One way in which a file or record differs from the module it is loaded into.
#[derive(Debug)]
#[non_exhaustive]
pub enum Difference {
    /// The file has nothing for this field.
    Missing {
        /// The field.
        path: TensorPath,
        /// A name in the file that is like it.
        similar: Option<String>,
    },
    /// The file has something that the module has no field for.
    Unexpected {
        /// Its place in the file.
        path: TensorPath,
        /// A field of the module that is like it.
        similar: Option<String>,
    },
    /// A tensor has another shape.
    Shape {
        /// The tensor.
        path: TensorPath,
        /// The module's.
        expected: Shape,
        /// The file's.
        found: Shape,
    },
    /// A tensor is of another kind: float, integer, bool.
    Kind {
        /// The tensor.
        path: TensorPath,
        /// The module's.
        expected: DTypeKind,
        /// The file's dtype.
        found: DType,
    },
    /// A tensor has another dtype, and that was not allowed.
    DType {
        /// The tensor.
        path: TensorPath,
        /// The module's.
        expected: DType,
        /// The file's.
        found: DType,
    },
    /// A list has another length.
    Length {
        /// The list.
        path: TensorPath,
        /// The module's.
        expected: usize,
        /// The file's.
        found: usize,
    },
    /// An optional part is there on one side only.
    Presence {
        /// The optional part.
        path: TensorPath,
        /// Whether the module has it; the file is the opposite.
        expected: bool,
    },
    /// Nothing in the file says whether an optional part is there: Burn's files have nothing for a type without state, in an option or not.
    UnknownPresence {
        /// The optional part.
        path: TensorPath,
    },
    /// An enum is in another variant, or in one that the type does not have.
    Variant {
        /// The enum.
        path: TensorPath,
        /// The module's variant, or the type's variants.
        expected: String,
        /// The file's.
        found: String,
    },
    /// A hyperparameter has another value.
    Constant {
        /// The hyperparameter.
        path: TensorPath,
        /// The module's.
        expected: String,
        /// The file's.
        found: String,
    },
    /// A hyperparameter has no value in the file and no default.
    NoConstant {
        /// The hyperparameter.
        path: TensorPath,
    },
    /// The file has something of another form here: a list for a struct, a number for a tensor.
    Form {
        /// The place.
        path: TensorPath,
        /// What the module has.
        expected: &'static str,
        /// What the file has.
        found: &'static str,
    },
    /// Parameters that are one parameter differ from each other in the file.
    Untied {
        /// The place whose value differs.
        path: TensorPath,
        /// The place it is tied to.
        tied_to: TensorPath,
    },
    /// The tensor's data cannot be taken.
    Data {
        /// The tensor.
        path: TensorPath,
        /// Why.
        error: Error,
    },
}

impl Difference {
    /// Where the difference is.
    pub fn path(&self) -> &TensorPath {
        match self {
            Self::Missing { path, .. }
            | Self::Unexpected { path, .. }
            | Self::Shape { path, .. }
            | Self::Kind { path, .. }
            | Self::DType { path, .. }
            | Self::Length { path, .. }
            | Self::Presence { path, .. }
            | Self::UnknownPresence { path }
            | Self::Variant { path, .. }
            | Self::Constant { path, .. }
            | Self::NoConstant { path }
            | Self::Form { path, .. }
            | Self::Untied { path, .. }
            | Self::Data { path, .. } => path,
        }
    }
}

impl Difference {
    /// What kind of difference it is, in one word, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Unexpected { .. } => "unexpected",
            Self::Shape { .. } => "shape",
            Self::Kind { .. } => "kind",
            Self::DType { .. } => "dtype",
            Self::Length { .. } => "length",
            Self::Presence { .. } | Self::UnknownPresence { .. } => "presence",
            Self::Variant { .. } => "variant",
            Self::Constant { .. } | Self::NoConstant { .. } => "constant",
            Self::Form { .. } => "form",
            Self::Untied { .. } => "untied",
            Self::Data { .. } => "data",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tell("file", f)
    }
}

impl Difference {
    /// Whether it is a limit that the load came to, or the end of the machine's memory.
    pub(crate) fn is_limit(&self) -> bool {
        let is_limit = |error: &Error| matches!(error.kind(), ErrorKind::Limit { .. } | ErrorKind::OutOfMemory { .. });
        matches!(self, Self::Data { error, .. } if is_limit(error))
    }

    /// Bytes of memory that it takes beside itself.
    pub(crate) fn memory(&self) -> usize {
        let beside_path = match self {
            Self::Missing { similar, .. } | Self::Unexpected { similar, .. } => similar.as_ref().map_or(0, String::len),
            Self::Variant { expected, found, .. } | Self::Constant { expected, found, .. } => {
                expected.len() + found.len()
            }
            Self::Shape { expected, found, .. } => size_of_val(expected.dims()) + size_of_val(found.dims()),
            Self::Untied { tied_to, .. } => tied_to.memory(),
            Self::Data { error, .. } => error.memory(),
            _ => 0,
        };
        self.path().memory() + beside_path
    }

    /// The difference from a file, or from what else was loaded.
    fn tell(&self, of: &'static str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = alloc::format!("{}", self.path());
        if path.is_empty() {
            f.write_str("the root")?;
        } else {
            write!(f, "`{}`", Escaped(&path))?;
        }
        let similar = |f: &mut fmt::Formatter<'_>, similar: &Option<String>| match similar {
            Some(name) => write!(f, "; is it `{}`?", Escaped(name)),
            None => Ok(()),
        };
        match self {
            Self::Missing { similar: name, .. } => {
                write!(f, " is missing in the {of}")?;
                similar(f, name)
            }
            Self::Unexpected { similar: name, .. } => {
                write!(f, " is in the {of} and not in the module")?;
                similar(f, name)
            }
            Self::Shape { expected, found, .. } => {
                write!(f, " has shape {expected} in the module and {found} in the {of}")
            }
            Self::Kind { expected, found, .. } => {
                write!(f, " is {expected} in the module and {found} in the {of}")
            }
            Self::DType { expected, found, .. } => {
                write!(f, " is {expected} in the module and {found} in the {of}")
            }
            Self::Length { expected, found, .. } => {
                write!(f, " has {expected} items in the module and {found} in the {of}")
            }
            Self::Presence { expected: true, .. } => write!(f, " is present in the module and absent in the {of}"),
            Self::Presence { expected: false, .. } => write!(f, " is absent in the module and present in the {of}"),
            Self::UnknownPresence { .. } => write!(
                f,
                " is optional, and the {of} cannot say whether it is there: load in place (`load_file`), which keeps the module's, or \
                 write `#[module(default = ..)]` above the field",
            ),
            Self::Variant { expected, found, .. } => {
                write!(f, " is the variant {expected} in the module and `{}` in the {of}", Escaped(found))
            }
            Self::Constant { expected, found, .. } => {
                write!(f, " is {} in the module and {} in the {of}", Escaped(expected), Escaped(found))
            }
            Self::NoConstant { .. } => write!(
                f,
                " is a constant that the {of} has no value for: load in place into a module that has one (`load_file`), or, if the field \
                 is yours, write `#[module(constant, default = ..)]` above it",
            ),
            Self::Form { expected, found, .. } => write!(f, " is {expected} in the module and {found} in the {of}"),
            Self::Untied { tied_to, .. } => write!(
                f,
                " is tied to `{}` in the module and has other values in the {of}",
                Escaped(&alloc::format!("{tied_to}"))
            ),
            Self::Data { error, .. } => write!(f, ": {error}"),
        }
    }
}

/// Why a load was refused: every difference between the file and the module. The module is as it was before.
#[derive(Debug)]
pub struct LoadError {
    differences: Vec<Difference>,
    /// What was loaded, for people.
    of: &'static str,
}

impl LoadError {
    /// At least one difference.
    pub(crate) fn new(differences: Vec<Difference>) -> Self {
        debug_assert!(!differences.is_empty());
        Self { differences, of: "file" }
    }

    /// The same of a record that is in memory.
    pub(crate) fn of_record(self) -> Self {
        Self { of: "record", ..self }
    }

    /// The limit that the load came to, if it did: then what was loaded is not all, and that is no difference between file and module.
    pub(crate) fn into_limit(mut self) -> Result<Error, Self> {
        match self.differences.iter().position(Difference::is_limit).map(|place| self.differences.swap_remove(place)) {
            Some(Difference::Data { path, error }) => Ok(error.in_place(path)),
            _ => Err(self),
        }
    }

    /// Every difference, in the order of the module's fields.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Differences shown: past these a reader needs [`LoadError::differences`], or the alternate form (`{:#}`).
        const SHOWN: usize = 10;
        let shown = if f.alternate() { usize::MAX } else { SHOWN };
        let Self { differences, of } = self;
        write!(f, "the {of} does not fit the module")?;
        if let [only] = differences.as_slice() {
            f.write_str(": ")?;
            return only.tell(of, f);
        }
        write!(f, " in {} places:", differences.len())?;
        for difference in differences.iter().take(shown) {
            f.write_str("\n  ")?;
            difference.tell(of, f)?;
        }
        match differences.len().checked_sub(shown) {
            Some(more @ 1..) => write!(f, "\n  and {more} more"),
            _ => Ok(()),
        }
    }
}

impl core::error::Error for LoadError {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let missing = |i: usize| Difference::Missing { path: TensorPath::from(i.to_string().as_str()), similar: None };
        let error = LoadError::new((0..12).map(missing).collect());
        let text = error.to_string();
        assert!(text.contains("in 12 places") && text.ends_with("and 2 more"), "{text}");
    }
}
