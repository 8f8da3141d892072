//! What a load makes of differences.

/// How grave a kind of difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The load is refused, and the module is as it was.
    Error,
    /// The load goes on and the difference is among the warnings.
    Warn,
    /// The load goes on; the difference is only listed.
    Allow,
}

/// What a load makes of each kind of difference between a file and a module: the same three answers for each.
///
/// ```
/// use vellum::{LoadPolicy, Severity};
///
/// let strict = LoadPolicy { unused: Severity::Error, ..LoadPolicy::default() };
/// assert_eq!(strict.missing, Severity::Error);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LoadPolicy {
    /// The module has a tensor that the file lacks. An error by default; otherwise the tensor keeps its value.
    pub missing: Severity,
    /// The file has a tensor that the module lacks. A warning by default.
    pub unused: Severity,
    /// A tensor has another shape. An error by default; otherwise the tensor keeps its value.
    pub shape: Severity,
    /// A tensor has another dtype of the same kind. Allowed by default: it is converted to the module's, and listed.
    pub dtype: Severity,
    /// A tensor is of another kind (float, integer, bool). An error by default; otherwise it is converted if every element stays
    /// equal, and listed.
    pub kind: Severity,
}

impl Default for LoadPolicy {
    fn default() -> Self {
        Self {
            missing: Severity::Error,
            unused: Severity::Warn,
            shape: Severity::Error,
            dtype: Severity::Allow,
            kind: Severity::Error,
        }
    }
}

impl LoadPolicy {
    /// Nothing is let pass: names, shapes and dtypes of file and module are the same.
    pub fn strict() -> Self {
        let error = Severity::Error;
        Self { missing: error, unused: error, shape: error, dtype: error, kind: error }
    }
}
