//! What rows are said to be.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::convert::{Conversion, convert};
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, Result};
use crate::format::sklearn::Attribute;

/// The classes of a classifier, the labels it gives to rows, or the categories of a column: values of one type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Labels {
    /// Integers.
    Int(Vec<i64>),
    /// Floating-point numbers.
    Float(Vec<f64>),
    /// Truth values.
    Bool(Vec<bool>),
    /// Text.
    Text(Vec<String>),
}

impl Default for Labels {
    fn default() -> Self {
        Self::Int(Vec::new())
    }
}

impl Labels {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Int(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The labels at these places, in their order.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for a place where there is none.
    pub fn take(&self, places: impl IntoIterator<Item = usize>) -> Result<Self> {
        fn pick<T: Clone>(values: &[T], places: impl IntoIterator<Item = usize>) -> Option<Vec<T>> {
            places.into_iter().map(|place| values.get(place).cloned()).collect()
        }
        let taken = match self {
            Self::Int(values) => pick(values, places).map(Self::Int),
            Self::Float(values) => pick(values, places).map(Self::Float),
            Self::Bool(values) => pick(values, places).map(Self::Bool),
            Self::Text(values) => pick(values, places).map(Self::Text),
        };
        taken.ok_or_else(|| Error::argument("the model tells more classes apart than it has labels for"))
    }

    /// The labels in an array or a list.
    pub(super) fn read(attribute: &Attribute) -> Result<Self> {
        let tensor = match attribute {
            Attribute::Array(array) => array.read()?,
            Attribute::Texts(_) => return attribute.to_texts().map(Self::Text),
            _ => return Self::of_items(attribute.items()?),
        };
        let across = Conversion::default().across_kinds();
        Ok(match tensor.dtype() {
            DType::Bool => Self::Bool(tensor.into_vec::<bool>()?),
            dtype if dtype.kind() == DTypeKind::Integer => Self::Int(convert(tensor, DType::I64, &across)?.into_vec()?),
            _ => Self::Float(convert(tensor, DType::F64, &across)?.into_vec()?),
        })
    }

    /// Of an array of objects: all are of one type, but that integers and floats may be mixed.
    fn of_items(items: &[Attribute]) -> Result<Self> {
        fn all<T>(items: &[Attribute], read: impl Fn(&Attribute) -> Result<T>) -> Result<Vec<T>> {
            items.iter().map(read).collect()
        }
        match items.first() {
            None => Ok(Self::default()),
            Some(Attribute::Bool(_)) => all(items, Attribute::to_bool).map(Self::Bool),
            Some(Attribute::Text(_)) => all(items, |item| item.as_text().map(String::from)).map(Self::Text),
            Some(_) => match all(items, Attribute::to_i64) {
                Ok(integers) => Ok(Self::Int(integers)),
                Err(_) => all(items, Attribute::to_f64).map(Self::Float),
            },
        }
    }

    /// The place of a number among them; numbers are equal across types, and a missing one (NaN) is equal to itself.
    #[expect(
        clippy::cast_precision_loss,
        clippy::float_cmp,
        reason = "a column of floats was compared so when it was fitted"
    )]
    pub(super) fn place_of_number(&self, number: f64) -> Option<usize> {
        match self {
            Self::Int(values) => values.iter().position(|value| *value as f64 == number),
            Self::Float(values) if number.is_nan() => values.iter().position(|value| value.is_nan()),
            Self::Float(values) => values.iter().position(|value| *value == number),
            Self::Bool(values) => values.iter().position(|value| f64::from(u8::from(*value)) == number),
            Self::Text(_) => None,
        }
    }

    /// The place of a text among them.
    pub(super) fn place_of_text(&self, text: &str) -> Option<usize> {
        match self {
            Self::Text(values) => values.iter().position(|value| value == text),
            _ => None,
        }
    }
}

/// One a line.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn lines<T: fmt::Display>(values: &[T], f: &mut fmt::Formatter<'_>) -> fmt::Result {
            values.iter().try_for_each(|value| writeln!(f, "{value}"))
        }
        match self {
            Self::Int(values) => lines(values, f),
            Self::Float(values) => lines(values, f),
            Self::Bool(values) => lines(values, f),
            Self::Text(values) => lines(values, f),
        }
    }
}
