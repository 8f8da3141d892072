//! The slots of a record that hold no tensor.

/// The slot of a field marked `#[module(skip)]`: nothing is saved, and `init_with` makes the field anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped;

/// The slot of a hyperparameter: `None` where the file has no value for it, as no file of Burn has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constant<T>(pub Option<T>);

impl<T> Default for Constant<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> From<T> for Constant<T> {
    fn from(value: T) -> Self {
        Self(Some(value))
    }
}
