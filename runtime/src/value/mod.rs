//! Values that files hold beside tensors, and any serde type as such a value.

mod de;
mod float;
mod order;
mod packed;
mod packed_de;
mod report;
mod ser;
mod show;
mod tagged;
#[cfg(test)]
mod tests;

pub use de::from_value;
pub(crate) use float::{narrow_nan, widen};
pub(crate) use packed::{Packed, from_value_within};
pub use ser::to_value;
pub(crate) use show::difference;

use alloc::string::String;
use alloc::vec::Vec;

/// A value that a file holds beside its tensors: metadata, hyperparameters, counters, a tree of objects.
///
/// Equality is of bits for floats, so that a NaN equals itself and 0 differs from -0: it answers "is this the same value".
///
/// [`to_value`] and [`from_value`] turn any serde type into a value and back. The value's own `Serialize` and `Deserialize` name the
/// variant of each part (`{"Int": 3}`), so that every encoding keeps the difference between an integer, a float and text, and between
/// text and bytes; where the encoding is for people, a float that is not finite is text (`"inf"`, `"-inf"`, or the bits of a NaN in
/// hexadecimal, `"nan:7ff8000000000000"`), as JSON has no number for it.
///
/// ```
/// use vellum::Value;
///
/// let value = Value::List(vec![Value::Int(3), Value::Float(f64::INFINITY)]);
/// let text = r#"{"List":[{"Int":3},{"Float":"inf"}]}"#;
/// assert_eq!(serde_json::to_string(&value).unwrap(), text);
/// assert_eq!(serde_json::from_str::<Value>(text).unwrap(), value);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value {
    /// No value.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer; those that do not fit an `i64` are [`Value::UInt`].
    Int(i64),
    /// An integer past `i64::MAX`.
    UInt(u64),
    /// A floating-point number; a 32-bit one is widened, which is exact.
    Float(f64),
    /// Text.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Values in order.
    List(Vec<Value>),
    /// Named values, in the file's order, which says nothing: maps are equal in any. Keys are unique.
    Map(Vec<(String, Value)>),
    /// An object of a class that the file names, with its state.
    Object {
        /// The class as the file writes it, such as `sklearn.svm._classes.SVC`.
        class: String,
        /// Its attributes, in the file's order.
        fields: Vec<(String, Value)>,
    },
    /// A tensor: its place in the file's list of tensors.
    Tensor(usize),
}

impl Value {
    /// The value of a key of a map or of a field of an object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) | Self::Object { fields: entries, .. } => {
                entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The text, if this is text.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The number, if this is a number; integers are rounded to the nearest double.
    #[expect(clippy::cast_precision_loss, reason = "documented")]
    pub fn as_f64(&self) -> Option<f64> {
        match *self {
            Self::Int(n) => Some(n as f64),
            Self::UInt(n) => Some(n as f64),
            Self::Float(x) => Some(x),
            _ => None,
        }
    }

    /// The integer, if this is one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Int(n) = *self { Some(n) } else { None }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(b) = *self { Some(b) } else { None }
    }

    /// The list, if this is one.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }
}

impl From<u64> for Value {
    fn from(n: u64) -> Self {
        i64::try_from(n).map_or(Self::UInt(n), Self::Int)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.into())
    }
}
