//! Which tensors take part.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use regex::Regex;

use super::layout::Slot;
use crate::error::{Error, Result};

/// Which tensors take part in a load, a save or a transfer: those that any of its rules takes. Without rules it takes all.
///
/// A rule that is malformed is kept as an error, which the call that uses the filter gives.
///
/// ```
/// use vellum::transform::PathFilter;
///
/// let filter = PathFilter::new().with_regex(r"^encoder\.").with_full_path("decoder.scale");
/// assert!(filter.matches("encoder.weight", "")? && filter.matches("decoder.scale", "")?);
/// assert!(!filter.matches("decoder.weight", "")?);
/// assert!(PathFilter::new().with_regex("(").matches("a", "").is_err());
/// # Ok::<(), vellum::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct PathFilter {
    rules: Vec<Rule>,
    match_all: bool,
    /// The first malformed rule.
    error: Option<String>,
}

/// Says whether a tensor takes part, by its path and its container.
type Predicate = Arc<dyn Fn(&str, &str) -> bool + Send + Sync>;

#[derive(Clone)]
enum Rule {
    Regex(Regex),
    FullPath(String),
    Predicate(Predicate),
}

impl PathFilter {
    /// A filter without rules, which takes all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes tensors whose dotted path the regular expression matches somewhere.
    #[must_use]
    pub fn with_regex(mut self, pattern: impl AsRef<str>) -> Self {
        match compile(pattern.as_ref()) {
            Ok(regex) => self.rules.push(Rule::Regex(regex)),
            Err(error) => _ = self.error.get_or_insert(alloc::format!("{error}")),
        }
        self
    }

    /// As [`PathFilter::with_regex`], with the error at once.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for what is no regular expression.
    pub fn try_with_regex(mut self, pattern: impl AsRef<str>) -> Result<Self> {
        self.rules.push(Rule::Regex(compile(pattern.as_ref())?));
        Ok(self)
    }

    /// [`PathFilter::with_regex`] for several.
    #[must_use]
    pub fn with_regexes<S: AsRef<str>>(self, patterns: impl IntoIterator<Item = S>) -> Self {
        patterns.into_iter().fold(self, Self::with_regex)
    }

    /// Takes the tensor of exactly this path.
    #[must_use]
    pub fn with_full_path(mut self, path: impl Into<String>) -> Self {
        self.rules.push(Rule::FullPath(path.into()));
        self
    }

    /// [`PathFilter::with_full_path`] for several.
    #[must_use]
    pub fn with_full_paths<S: Into<String>>(self, paths: impl IntoIterator<Item = S>) -> Self {
        paths.into_iter().fold(self, Self::with_full_path)
    }

    /// Takes tensors for which `takes` says so, given the path and the names of the types it goes through, such as `Model.Vec.Linear`.
    #[must_use]
    pub fn with_predicate(mut self, takes: impl Fn(&str, &str) -> bool + Send + Sync + 'static) -> Self {
        self.rules.push(Rule::Predicate(Arc::new(takes)));
        self
    }

    /// Takes all, whatever the other rules say.
    #[must_use]
    pub fn match_all(mut self) -> Self {
        self.match_all = true;
        self
    }

    /// Whether a tensor takes part.
    ///
    /// # Errors
    /// The first malformed rule.
    pub fn matches(&self, path: &str, container: &str) -> Result<bool> {
        self.check()?;
        let takes = |rule: &Rule| match rule {
            Rule::Regex(regex) => regex.is_match(path),
            Rule::FullPath(full) => full == path,
            Rule::Predicate(takes) => takes(path, container),
        };
        Ok(self.match_all || self.rules.is_empty() || self.rules.iter().any(takes))
    }

    pub(crate) fn check(&self) -> Result<()> {
        match &self.error {
            Some(error) => Err(Error::argument(error)),
            None => Ok(()),
        }
    }

    pub(super) fn takes(&self, slot: &Slot) -> Result<bool> {
        if self.rules.is_empty() && self.error.is_none() {
            return Ok(true);
        }
        self.matches(&slot.name, &slot.container())
    }
}

/// A regular expression.
pub(super) fn compile(pattern: &str) -> Result<Regex> {
    Regex::new(pattern)
        .map_err(|error| Error::argument(alloc::format!("`{pattern}` is not a regular expression: {error}")))
}

impl fmt::Debug for PathFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = self.rules.iter().map(|rule| match rule {
            Rule::Regex(regex) => alloc::format!("regex {regex}"),
            Rule::FullPath(path) => alloc::format!("path {path}"),
            Rule::Predicate(_) => "predicate".into(),
        });
        f.debug_list().entries(rules).finish()
    }
}
