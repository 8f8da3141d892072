//! The name of a tensor in a module or a file.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

/// One step of a [`TensorPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathPart {
    /// A field of a struct or of an enum's struct variant.
    Field(Cow<'static, str>),
    /// A place in a `Vec`, an array, a tuple or a tuple struct.
    Index(usize),
    /// A key of a map.
    Key(String),
    /// A variant of an enum; leaving these out is `skip_enum_variants`.
    Variant(Cow<'static, str>),
}

impl fmt::Display for PathPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) | Self::Variant(name) => f.write_str(name),
            Self::Key(key) => f.write_str(key),
            Self::Index(index) => write!(f, "{index}"),
        }
    }
}

/// Where a tensor is in a module: typed steps from the root, written with dots between them (`layers.0.weight`).
///
/// Two paths are equal when they are written alike, whatever their steps are: the written form is what files hold.
#[derive(Clone, Debug, Default)]
pub struct TensorPath(Vec<PathPart>);

impl TensorPath {
    /// The path of the root: no steps.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// The steps, from the root.
    pub fn parts(&self) -> &[PathPart] {
        &self.0
    }

    /// Bytes of memory that it takes.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(self.parts()) + self.texts()
    }

    /// Those of its texts: keys of maps are as long as a file says.
    fn texts(&self) -> usize {
        let text = |part: &PathPart| match part {
            PathPart::Key(text) | PathPart::Field(Cow::Owned(text)) | PathPart::Variant(Cow::Owned(text)) => text.len(),
            PathPart::Field(Cow::Borrowed(_)) | PathPart::Variant(Cow::Borrowed(_)) | PathPart::Index(_) => 0,
        };
        self.0.iter().map(text).sum()
    }

    /// The steps to the list, or to the list of lists, of which this is an item.
    pub(crate) fn without_indices(&self) -> &[PathPart] {
        let indices = self.0.iter().rev().take_while(|part| matches!(part, PathPart::Index(_))).count();
        &self.0[..self.0.len() - indices]
    }

    /// Whether this is the root's path.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends a step.
    pub fn push(&mut self, part: PathPart) {
        self.0.push(part);
    }

    /// Takes the last step off.
    pub fn pop(&mut self) -> Option<PathPart> {
        self.0.pop()
    }

    /// This path with a step more.
    #[must_use]
    pub fn join(&self, part: PathPart) -> Self {
        let mut parts = self.0.clone();
        parts.push(part);
        Self(parts)
    }

    /// The last step as it is written, empty for the root.
    pub fn last_name(&self) -> String {
        self.0.last().map(ToString::to_string).unwrap_or_default()
    }

    /// This path without the steps that are enum variants.
    #[must_use]
    pub fn without_variants(&self) -> Self {
        let is_variant = |part: &&PathPart| matches!(part, PathPart::Variant(_));
        Self(self.0.iter().filter(|part| !is_variant(part)).cloned().collect())
    }
}

/// A dotted name with a step more: `prefix.step`, or `step` at the root.
#[cfg(any(feature = "bson", feature = "hdf5", feature = "store"))]
pub(crate) fn join(prefix: &str, step: &str) -> String {
    if prefix.is_empty() { step.to_string() } else { alloc::format!("{prefix}.{step}") }
}

impl FromIterator<PathPart> for TensorPath {
    fn from_iter<I: IntoIterator<Item = PathPart>>(parts: I) -> Self {
        Self(parts.into_iter().collect())
    }
}

/// A dotted name; steps that are numbers become [`PathPart::Index`], all others [`PathPart::Field`].
impl From<&str> for TensorPath {
    fn from(dotted: &str) -> Self {
        if dotted.is_empty() {
            return Self::root();
        }
        let part = |step: &str| match step.parse::<usize>() {
            Ok(index) if index.to_string() == step => PathPart::Index(index),
            _ => PathPart::Field(Cow::Owned(step.to_string())),
        };
        Self(dotted.split('.').map(part).collect())
    }
}

impl fmt::Display for TensorPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            fmt::Display::fmt(part, f)?;
        }
        Ok(())
    }
}

impl PartialEq for TensorPath {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.to_string() == other.to_string()
    }
}

impl Eq for TensorPath {}

impl Hash for TensorPath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_string().hash(state);
    }
}

impl Ord for TensorPath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.to_string().cmp(&other.to_string())
    }
}

impl PartialOrd for TensorPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dotted_name_survives_the_way_there_and_back() {
        for name in ["", "weight", "layers.0.weight", "a.00.b", "..", "x."] {
            assert_eq!(TensorPath::from(name).to_string(), name);
        }
    }

    #[test]
    fn equality_is_of_the_written_form() {
        let key: TensorPath = [PathPart::Key("a.b".into())].into_iter().collect();
        assert_eq!(key, TensorPath::from("a.b"));
    }

    #[test]
    fn variants_can_be_left_out() {
        let path: TensorPath =
            [PathPart::Field("mix".into()), PathPart::Variant("Lin".into()), PathPart::Field("weight".into())]
                .into_iter()
                .collect();
        assert_eq!(path.to_string(), "mix.Lin.weight");
        assert_eq!(path.without_variants().to_string(), "mix.weight");
    }
}
