//! Attributes as what is asked for, by path; an error says what is there instead.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::array::Array;
use super::tree::{Attribute, Estimator, Records};
use crate::convert::{Conversion, convert};
use crate::dtype::{DType, DTypeKind, Element};
use crate::error::{Error, Result};
use crate::tensor::TensorData;

impl Estimator {
    /// The class without its module: `LinearRegression`.
    pub fn name(&self) -> &str {
        self.class.rsplit_once('.').map_or(&self.class, |(_, name)| name)
    }

    /// The version of scikit-learn that wrote it, where it says so: estimators do, trees and optimizers do not.
    pub fn version(&self) -> Option<&str> {
        match self.get("_sklearn_version") {
            Some(Attribute::Text(version)) => Some(version),
            _ => None,
        }
    }

    /// The attribute at a path: names of attributes, keys of dicts and numbers of items, joined by dots (`steps.0.1.mean_`).
    pub fn get(&self, path: &str) -> Option<&Attribute> {
        let (name, rest) = split(path);
        let (_, attribute) = self.attributes.iter().find(|(attribute, _)| attribute == name)?;
        rest.map_or(Some(attribute), |rest| attribute.get(rest))
    }

    /// The attribute at a path, as [`Estimator::get`] takes it.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) if there is none, naming the class: an estimator that was not fitted, or is
    /// of a version that calls it otherwise.
    pub fn attribute(&self, path: &str) -> Result<&Attribute> {
        self.get(path).ok_or_else(|| {
            let writer = self.version().map(|version| format!(" (scikit-learn {version})")).unwrap_or_default();
            Error::refused(format!("`{}`{writer} has no such attribute", self.class)).in_tensor(path)
        })
    }

    /// Whether there is an attribute at `path` that is not `None`.
    pub fn has(&self, path: &str) -> bool {
        self.get(path).is_some_and(|attribute| !matches!(attribute, Attribute::None))
    }

    fn at<'a, T>(&'a self, path: &str, read: impl FnOnce(&'a Attribute) -> Result<T>) -> Result<T> {
        read(self.attribute(path)?).map_err(|error| error.in_tensor(path))
    }

    /// [`Attribute::to_bool`] of the attribute at `path`.
    ///
    /// # Errors
    /// As that, and as [`Estimator::attribute`].
    pub fn bool(&self, path: &str) -> Result<bool> {
        self.at(path, Attribute::to_bool)
    }

    /// [`Attribute::to_i64`] of the attribute at `path`.
    ///
    /// # Errors
    /// As that, and as [`Estimator::attribute`].
    pub fn i64(&self, path: &str) -> Result<i64> {
        self.at(path, Attribute::to_i64)
    }

    /// [`Attribute::to_f64`] of the attribute at `path`.
    ///
    /// # Errors
    /// As that, and as [`Estimator::attribute`].
    pub fn f64(&self, path: &str) -> Result<f64> {
        self.at(path, Attribute::to_f64)
    }

    /// [`Attribute::as_text`] of the attribute at `path`.
    ///
    /// # Errors
    /// As that, and as [`Estimator::attribute`].
    pub fn text(&self, path: &str) -> Result<&str> {
        self.at(path, Attribute::as_text)
    }

    /// [`Attribute::to_texts`] of the attribute at `path`.
    ///
    /// # Errors
    /// As that, and as [`Estimator::attribute`].
    pub fn texts(&self, path: &str) -> Result<Vec<String>> {
        self.at(path, Attribute::to_texts)
    }

    /// [`Attribute::as_array`] of the attribute at `path`.
    ///
    /// # Errors
    /// As that, and as [`Estimator::attribute`].
    pub fn array(&self, path: &str) -> Result<&Array> {
        self.at(path, Attribute::as_array)
    }

    /// [`Attribute::to_tensor`] of the attribute at `path`.
    ///
    /// # Errors
    /// As that, and as [`Estimator::attribute`].
    pub fn tensor(&self, path: &str) -> Result<TensorData> {
        self.at(path, Attribute::to_tensor)
    }

    /// [`Attribute::as_records`] of the attribute at `path`.
    ///
    /// # Errors
    /// As that, and as [`Estimator::attribute`].
    pub fn records(&self, path: &str) -> Result<&Records> {
        self.at(path, Attribute::as_records)
    }

    /// [`Attribute::items`] of the attribute at `path`.
    ///
    /// # Errors
    /// As that, and as [`Estimator::attribute`].
    pub fn items(&self, path: &str) -> Result<&[Attribute]> {
        self.at(path, Attribute::items)
    }

    /// [`Attribute::entries`] of the attribute at `path`.
    ///
    /// # Errors
    /// As that, and as [`Estimator::attribute`].
    pub fn entries(&self, path: &str) -> Result<&[(Attribute, Attribute)]> {
        self.at(path, Attribute::entries)
    }

    /// [`Attribute::as_estimator`] of the attribute at `path`.
    ///
    /// # Errors
    /// As that, and as [`Estimator::attribute`].
    pub fn estimator(&self, path: &str) -> Result<&Estimator> {
        self.at(path, Attribute::as_estimator)
    }

    /// The estimators in the list, tuple or array at `path`: a forest's `estimators_`. Those of an array come in row-major order.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) where one is something else; as [`Estimator::attribute`].
    pub fn estimators(&self, path: &str) -> Result<Vec<&Estimator>> {
        let items = self.items(path)?.iter().enumerate();
        items.map(|(place, item)| item.as_estimator().map_err(|e| e.in_tensor(format!("{path}.{place}")))).collect()
    }
}

impl Attribute {
    /// What is inside, at a path as [`Estimator::get`] takes it.
    pub fn get(&self, path: &str) -> Option<&Self> {
        if let Self::Estimator(estimator) = self {
            return estimator.get(path);
        }
        let (step, rest) = split(path);
        let found = match self {
            Self::Dict(entries) => entries.iter().find(|(key, _)| key.is_named(step)).map(|(_, value)| value)?,
            Self::Records(records) => records.fields.iter().find(|(name, _)| name == step).map(|(_, value)| value)?,
            _ => self.items().ok()?.get(step.parse::<usize>().ok()?)?,
        };
        rest.map_or(Some(found), |rest| found.get(rest))
    }

    /// Whether a step of a path means the entry that has this as its key.
    fn is_named(&self, step: &str) -> bool {
        match self {
            Self::Text(text) => text == step,
            Self::Int(n) => step.parse() == Ok(*n),
            _ => false,
        }
    }

    fn is_not<T>(&self, wanted: &str) -> Result<T> {
        Err(match self {
            Self::Refused(why) => Error::refused(why.clone()),
            Self::Estimator(object) => {
                Error::refused(format!("{wanted} is asked for, and this is an object of `{}`", object.class))
            }
            _ => Error::refused(format!("{wanted} is asked for, and this is {}", self.kind())),
        })
    }

    /// A truth value, NumPy's among them.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) if it is none, also where it is a number.
    pub fn to_bool(&self) -> Result<bool> {
        match self {
            Self::Bool(value) => Ok(*value),
            Self::Array(array) if array.dtype() == DType::Bool => array.scalar(),
            _ => self.is_not("a bool"),
        }
    }

    /// An integer, one of NumPy's types among them.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) if it is none, also where it is a float or a truth value;
    /// [`ErrorKind::OutOfRange`](crate::ErrorKind::OutOfRange).
    pub fn to_i64(&self) -> Result<i64> {
        match self {
            Self::Int(value) => Ok(*value),
            Self::Array(array) if array.dtype().kind() == DType::I64.kind() => array.scalar(),
            _ => self.is_not("an integer"),
        }
    }

    /// A number as a float: a float or an integer, of NumPy's types too.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) if it is none; [`ErrorKind::OutOfRange`](crate::ErrorKind::OutOfRange) for an
    /// integer that no float is equal to.
    pub fn to_f64(&self) -> Result<f64> {
        match self {
            Self::Float(value) => Ok(*value),
            Self::Int(value) => Array::from(TensorData::scalar(*value)).scalar(),
            Self::Array(array) if matches!(array.dtype().kind(), DTypeKind::Float | DTypeKind::Integer) => {
                array.scalar()
            }
            _ => self.is_not("a number"),
        }
    }

    /// Text.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) if it is none.
    pub fn as_text(&self) -> Result<&str> {
        if let Self::Text(text) = self { Ok(text) } else { self.is_not("text") }
    }

    /// The texts of an array, a list, a tuple or a set, row-major.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) if one of them is none.
    pub fn to_texts(&self) -> Result<Vec<String>> {
        match self {
            Self::Texts(texts) => Ok(texts.values.clone()),
            _ => match self.items() {
                Ok(items) => items.iter().map(|item| item.as_text().map(String::from)).collect(),
                Err(_) => self.is_not("an array of text"),
            },
        }
    }

    /// A numeric array, not read yet.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) if it is none.
    pub fn as_array(&self) -> Result<&Array> {
        if let Self::Array(array) = self { Ok(array) } else { self.is_not("an array") }
    }

    /// The elements of a numeric array.
    ///
    /// # Errors
    /// As [`Attribute::as_array`] and [`Array::read`].
    pub fn to_tensor(&self) -> Result<TensorData> {
        self.as_array()?.read()
    }

    /// A structured array.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) if it is none.
    pub fn as_records(&self) -> Result<&Records> {
        if let Self::Records(records) = self { Ok(records) } else { self.is_not("an array of records") }
    }

    /// The items of a list, a tuple, a set or an array of objects, row-major.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) if it is none of these.
    pub fn items(&self) -> Result<&[Self]> {
        match self {
            Self::List(items) | Self::Tuple(items) | Self::Set(items) => Ok(items),
            Self::Objects(objects) => Ok(&objects.items),
            _ => self.is_not("a list"),
        }
    }

    /// The entries of a dict.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) if it is none.
    pub fn entries(&self) -> Result<&[(Self, Self)]> {
        if let Self::Dict(entries) = self { Ok(entries) } else { self.is_not("a dict") }
    }

    /// An object.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) if it is none.
    pub fn as_estimator(&self) -> Result<&Estimator> {
        if let Self::Estimator(estimator) = self { Ok(estimator) } else { self.is_not("an object") }
    }
}

impl Array {
    /// The one number of an array without axes.
    fn scalar<E: Element>(&self) -> Result<E> {
        if self.shape().rank() > 0 {
            return Err(Error::refused(format!(
                "a number is asked for, and this is an array of shape {}",
                self.shape()
            )));
        }
        let number = convert(self.read()?, E::DTYPE, &Conversion::default().across_kinds())?;
        let [number] = number.to_vec()?[..] else { return Err(Error::corrupt("a scalar of more than one number")) };
        Ok(number)
    }
}

/// The first step of a path, and what follows.
fn split(path: &str) -> (&str, Option<&str>) {
    path.split_once('.').map_or((path, None), |(step, rest)| (step, Some(rest)))
}
