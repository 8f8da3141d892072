//! What a file holds: estimators and their attributes.

use alloc::string::String;
use alloc::vec::Vec;

use super::array::Array;
use crate::shape::Shape;

/// An object of a class: an estimator of scikit-learn, a part of one, or an object of any other class.
///
/// What Python's own containers, NumPy and joblib build is an [`Attribute`] of its own kind. Everything else that has a class is an
/// `Estimator`, so that classes nobody here knows still show their arrays. Some are given other attributes than Python's pickle of them
/// has, because that one has no names:
///
/// - `sklearn.tree._tree.Tree` has the attributes that Python shows: `n_features`, `n_classes`, `n_outputs`, `max_depth`,
///   `node_count`, then an array for each field of its nodes (`children_left`, `children_right`, `feature`, `threshold`, `impurity`,
///   `n_node_samples`, `weighted_n_node_samples`, and `missing_go_to_left` since scikit-learn 1.3), then `value` of the shape
///   (nodes, outputs, classes).
/// - A class that is made with arguments has them as `args`, a tuple, and a state that is no dict as `state`.
#[derive(Clone, Debug)]
pub struct Estimator {
    /// Its module and name, such as `sklearn.linear_model._base.LinearRegression`.
    pub class: String,
    /// Its attributes, in the file's order. Names are unique.
    pub attributes: Vec<(String, Attribute)>,
}

/// A value that an estimator holds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Attribute {
    /// `None`.
    None,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer past `i64`, in decimal.
    BigInt(String),
    /// A floating-point number.
    Float(f64),
    /// A complex number: real and imaginary part.
    Complex(f64, f64),
    /// Text, NumPy's `str_` among it.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A numeric array of NumPy. A scalar of NumPy (`numpy.float64`, ..) is an array without axes.
    Array(Array),
    /// An array of text, or of objects that all are text.
    Texts(Texts),
    /// An array of other objects.
    Objects(Objects),
    /// A structured array.
    Records(Records),
    /// A list.
    List(Vec<Attribute>),
    /// A tuple.
    Tuple(Vec<Attribute>),
    /// A set or a frozen set.
    Set(Vec<Attribute>),
    /// A dict of any of Python's kinds: keys and values, in the file's order.
    Dict(Vec<(Attribute, Attribute)>),
    /// An object.
    Estimator(Estimator),
    /// A class or a function that is only named: `numpy.float64`.
    Global(String),
    /// What is there and is not read, and why: an array of dates, an object inside of itself.
    Refused(String),
}

/// An array of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// The lengths of its axes.
    pub shape: Shape,
    /// Its elements in row-major order.
    pub values: Vec<String>,
}

/// An array of objects.
#[derive(Clone, Debug)]
pub struct Objects {
    /// The lengths of its axes.
    pub shape: Shape,
    /// Its elements in row-major order.
    pub items: Vec<Attribute>,
}

/// A structured array, as one array for each of its fields.
#[derive(Clone, Debug)]
pub struct Records {
    /// The lengths of its axes.
    pub shape: Shape,
    /// Its fields in the file's order: an [`Attribute::Array`], whose axes are those of the records and then its own, or an
    /// [`Attribute::Refused`]. Fields of records in records have dotted names.
    pub fields: Vec<(String, Attribute)>,
}

impl Attribute {
    /// What it is, in a word; for errors.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a bool",
            Self::Int(_) | Self::BigInt(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Complex(..) => "a complex number",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Array(_) => "an array",
            Self::Texts(_) => "an array of text",
            Self::Objects(_) => "an array of objects",
            Self::Records(_) => "an array of records",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Set(_) => "a set",
            Self::Dict(_) => "a dict",
            Self::Estimator(_) => "an object",
            Self::Global(_) => "a class or a function",
            Self::Refused(_) => "refused",
        }
    }
}
