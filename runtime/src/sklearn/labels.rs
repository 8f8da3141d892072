//! What rows are said to be.

use alloc::collections::BTreeMap;
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
    /// Text of which some is missing: the categories of a column with gaps.
    MaybeText(Vec<Option<String>>),
}

/// Which of some labels a value is. Of equal labels it is the first; numbers are equal across types, and what is missing (NaN, or no
/// text) is equal to what is missing.
#[derive(Default)]
pub(super) struct Places<'a> {
    numbers: BTreeMap<u64, usize>,
    texts: BTreeMap<&'a str, usize>,
    missing: Option<usize>,
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
            Self::MaybeText(values) => values.len(),
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
            Self::MaybeText(values) => pick(values, places).map(Self::MaybeText),
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

    /// Of an array of objects: text, truth values, or numbers of whichever types; what is missing is `None` or NaN. Truth values with gaps
    /// are the numbers 0 and 1.
    fn of_items(items: &[Attribute]) -> Result<Self> {
        fn all<'a, T>(
            items: impl IntoIterator<Item = &'a Attribute>,
            read: impl Fn(&'a Attribute) -> Result<T>,
        ) -> Result<Vec<T>> {
            items.into_iter().map(read).collect()
        }
        let number = |item: &Attribute| if is_missing(item) { Ok(f64::NAN) } else { item.to_f64() };
        let text = |item| Attribute::as_text(item).map(String::from);
        match items.iter().find(|item| !is_missing(item)) {
            None if items.is_empty() => Ok(Self::default()),
            Some(Attribute::Bool(_)) if items.iter().any(is_missing) => {
                let truth = |item: &Attribute| item.to_bool().map(|truth| f64::from(u8::from(truth)));
                all(items, |item| if is_missing(item) { Ok(f64::NAN) } else { truth(item) }).map(Self::Float)
            }
            Some(Attribute::Bool(_)) => all(items, Attribute::to_bool).map(Self::Bool),
            Some(Attribute::Text(_)) if items.iter().any(is_missing) => {
                let text = |item| if is_missing(item) { Ok(None) } else { text(item).map(Some) };
                all(items, text).map(Self::MaybeText)
            }
            Some(Attribute::Text(_)) => all(items, text).map(Self::Text),
            _ => match all(items, Attribute::to_i64) {
                Ok(integers) => Ok(Self::Int(integers)),
                Err(_) => all(items, number).map(Self::Float),
            },
        }
    }

    /// The place of each label.
    #[expect(clippy::cast_precision_loss, reason = "a column of floats was compared so when it was fitted")]
    pub(super) fn places(&self) -> Places<'_> {
        let mut places = Places::default();
        match self {
            Self::Int(values) => places.add_numbers(values.iter().map(|value| *value as f64)),
            Self::Float(values) => places.add_numbers(values.iter().copied()),
            Self::Bool(values) => places.add_numbers(values.iter().map(|value| f64::from(u8::from(*value)))),
            Self::Text(values) => places.add_texts(values.iter().map(|text| Some(text.as_str()))),
            Self::MaybeText(values) => places.add_texts(values.iter().map(Option::as_deref)),
        }
        places
    }
}

/// Whether a value is what Python's data has where there is none: `None` or NaN.
pub(super) fn is_missing(attribute: &Attribute) -> bool {
    matches!(attribute, Attribute::None) || is_nan(attribute)
}

/// Whether a value is a number that is none.
pub(super) fn is_nan(attribute: &Attribute) -> bool {
    attribute.to_f64().is_ok_and(f64::is_nan)
}

impl<'a> Places<'a> {
    fn add_numbers(&mut self, numbers: impl Iterator<Item = f64>) {
        for (place, number) in numbers.enumerate() {
            if number.is_nan() {
                self.missing.get_or_insert(place);
            } else {
                self.numbers.entry(key(number)).or_insert(place);
            }
        }
    }

    fn add_texts(&mut self, texts: impl Iterator<Item = Option<&'a str>>) {
        for (place, text) in texts.enumerate() {
            match text {
                Some(text) => _ = self.texts.entry(text).or_insert(place),
                None => _ = self.missing.get_or_insert(place),
            }
        }
    }

    /// The place of a number, or of what is missing for NaN.
    pub(super) fn of_number(&self, number: f64) -> Option<usize> {
        if number.is_nan() { self.missing } else { self.numbers.get(&key(number)).copied() }
    }

    /// The place of a text, or of what is missing.
    pub(super) fn of_text(&self, text: Option<&str>) -> Option<usize> {
        text.map_or(self.missing, |text| self.texts.get(text).copied())
    }
}

/// Equal for equal numbers: the two zeros have one.
fn key(number: f64) -> u64 {
    (number + 0.0).to_bits()
}

/// One a line; one that is missing is an empty line.
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
            Self::MaybeText(values) => {
                values.iter().try_for_each(|value| writeln!(f, "{}", value.as_deref().unwrap_or_default()))
            }
        }
    }
}
