//! Renaming by regular expressions.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::collections::HashMap;

use regex::Regex;

use super::filter::compile;
use crate::error::{Error, Result};

/// Renames tensors: each pattern replaces all its matches in the name that the one before it left.
///
/// In a replacement `$1` or `${name}` stand for a group of the pattern. A replacement that names a group which the pattern does not
/// have is an error (`$1_x` is the group `1_x`: write `${1}_x`).
///
/// ```
/// use vellum::transform::KeyRemapper;
///
/// let remapper = KeyRemapper::new()
///     .add_pattern(r"^transformer\.h\.(\d+)\.", "transformer.layer$1.")?
///     .add_pattern(r"\.attn\.", ".attention.")?;
/// assert_eq!(remapper.rename("transformer.h.0.attn.weight"), "transformer.layer0.attention.weight");
/// assert!(KeyRemapper::new().add_pattern("(a)", "$1_x").is_err());
/// # Ok::<(), vellum::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct KeyRemapper {
    patterns: Vec<(Regex, String)>,
}

impl KeyRemapper {
    /// A remapper that leaves names as they are.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a pattern and what replaces its matches.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for what is no regular expression, and for a replacement that names a group
    /// that the pattern does not have.
    pub fn add_pattern(mut self, from: impl AsRef<str>, to: impl Into<String>) -> Result<Self> {
        let (regex, to) = (compile(from.as_ref())?, to.into());
        check_groups(&regex, &to)?;
        self.patterns.push((regex, to));
        Ok(self)
    }

    /// A remapper of several patterns.
    ///
    /// # Errors
    /// As [`KeyRemapper::add_pattern`].
    pub fn from_patterns<F: AsRef<str>, T: Into<String>>(patterns: impl IntoIterator<Item = (F, T)>) -> Result<Self> {
        patterns.into_iter().try_fold(Self::new(), |remapper, (from, to)| remapper.add_pattern(from, to))
    }

    /// Whether it leaves all names as they are.
    pub(crate) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Adds the patterns of another remapper behind these.
    pub(crate) fn extend(&mut self, other: Self) {
        self.patterns.extend(other.patterns);
    }

    /// The new name of a tensor.
    pub fn rename(&self, name: &str) -> String {
        self.patterns.iter().fold(name.to_string(), |name, (regex, to)| regex.replace_all(&name, to).into_owned())
    }

    /// The new name of each, in order.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) if two of them come to one name.
    pub(crate) fn rename_all<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Result<Vec<String>> {
        let names: Vec<&str> = names.into_iter().collect();
        let renamed: Vec<String> = names.iter().map(|name| self.rename(name)).collect();
        let mut taken = HashMap::with_capacity(renamed.len());
        for (from, to) in names.into_iter().zip(&renamed) {
            if let Some(first) = taken.insert(to.as_str(), from) {
                return Err(Error::argument(alloc::format!("`{first}` and `{from}` would both be named `{to}`")));
            }
        }
        Ok(renamed)
    }
}

/// Checks that each group that a replacement names is one of the pattern: the regex crate would put nothing in its place.
fn check_groups(regex: &Regex, replacement: &str) -> Result<()> {
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('$') {
            rest = behind;
            continue;
        }
        let braced = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, behind) = match braced {
            Some(named) => named,
            None => rest.split_at(rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())),
        };
        let known = match name.parse::<usize>() {
            Ok(number) => number < regex.captures_len(),
            Err(_) => regex.capture_names().flatten().any(|group| group == name),
        };
        // A `$` before what is no name stands for itself.
        if !name.is_empty() && !known {
            return Err(Error::argument(alloc::format!(
                "`{replacement}` names the group `{name}`, which `{regex}` does not have; write `${{1}}` before letters, digits and `_`, \
                 and `$$` for a dollar"
            )));
        }
        rest = behind;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_apply_one_after_the_other() {
        let remapper = KeyRemapper::from_patterns([("^a", "b"), ("^b", "c")]).unwrap();
        assert_eq!(remapper.rename("a.b"), "c.b");
    }

    #[test]
    fn two_names_for_one_tensor_are_an_error() {
        let remapper = KeyRemapper::from_patterns([(r"\d", "0")]).unwrap();
        let error = remapper.rename_all(["l.1.w", "l.2.w"]).unwrap_err().to_string();
        assert!(error.contains("l.1.w") && error.contains("l.2.w") && error.contains("l.0.w"), "{error}");
    }

    #[test]
    fn a_group_that_is_not_there_is_not_an_empty_text() {
        for (from, to) in [("a", "$1"), ("(a)", "$1b"), ("(a)", "${x}"), ("(a)", "x$2.y")] {
            assert!(KeyRemapper::new().add_pattern(from, to).is_err(), "{from} {to}");
        }
        for (from, to, name) in [("(a)", "${1}b", "ab"), ("(?<x>a)", "$x.", "a."), ("a", "$$1", "$1"), ("a", "$", "$")]
        {
            assert_eq!(KeyRemapper::new().add_pattern(from, to).unwrap().rename("a"), name);
        }
    }
}
