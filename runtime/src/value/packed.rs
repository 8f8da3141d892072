//! A value as the bytes that a file has for it, from which a type is read without a tree of values between.
//!
//! The bytes are those of [`Value`]'s own form in bincode. A list of a million small numbers is two million of them; as values they would be fifty.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::de::DeserializeOwned;

use super::Value;
use crate::bytes::Bytes;
use crate::codec::bincode::{self, Slice, truncated};
use crate::codec::charged::Meter;
use crate::codec::slot::ErrorSlot;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Budget;

/// A value in its encoded form, which was checked.
#[derive(Clone)]
pub struct Packed(Bytes);

impl core::fmt::Debug for Packed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Packed({} bytes)", self.0.len())
    }
}

impl Packed {
    /// The value that begins at `start`, checked to its end, and where that is. The bytes stand at `position` in the file.
    ///
    /// # Errors
    /// Bytes that are no value; a key that is twice in a map; a limit: each level is one of nesting. What is passed over is no object yet.
    pub(crate) fn read(bytes: &Bytes, start: usize, position: u64, budget: &Budget) -> Result<(Self, usize)> {
        let rest = bytes.get(start..).unwrap_or_default();
        let mut cursor = Cursor(Slice(rest));
        let passed = cursor.pass(budget, 1);
        let end = bytes.len() - cursor.0.0.len();
        passed.map_err(|error| error.at(position + start as u64..position + end as u64))?;
        let value = bytes.slice(start..end).ok_or_else(truncated)?;
        Ok((Self(value), end))
    }

    /// What this holds if it has no parts: such a value is no larger than its bytes.
    pub(crate) fn alone(&self) -> Option<Value> {
        Some(match Cursor(Slice(&self.0)).head().ok()? {
            Head::Null => Value::Null,
            Head::Bool(b) => Value::Bool(b),
            Head::Int(n) => Value::Int(n),
            Head::UInt(n) => Value::UInt(n),
            Head::Float(x) => Value::Float(x),
            Head::Str(text) => Value::Str(text.to_owned()),
            Head::Tensor(index) => Value::Tensor(usize::try_from(index).ok()?),
            Head::Bytes(_) | Head::List(_) | Head::Map(_) | Head::Object { .. } => return None,
        })
    }

    /// Whether this is the same value, in the same order.
    pub(crate) fn is(&self, value: &Value) -> bool {
        bincode::to_vec(value).is_ok_and(|bytes| bytes[..] == self.0[..])
    }

    /// The serde type that this holds, as [`from_value`](super::from_value) gives it. The lists and texts that the type keeps are charged.
    ///
    /// # Errors
    /// As there; a limit.
    pub(crate) fn get<T: DeserializeOwned>(&self, budget: &Budget) -> Result<T> {
        let errors = ErrorSlot::default();
        let meter = Meter::new(budget, &errors);
        T::deserialize(meter.over(&mut Cursor(Slice(&self.0)))).map_err(|error| errors.recover(error))
    }

    /// The value as a tree, and how many bytes of memory were charged for it.
    ///
    /// # Errors
    /// A limit.
    pub(crate) fn to_value(&self, budget: &Budget) -> Result<(Value, u64)> {
        let mut held = 0;
        let value = Cursor(Slice(&self.0)).tree(budget, &mut held)?;
        Ok((value, held))
    }
}

/// As [`from_value`](super::from_value). The lists and texts that the type keeps are charged.
///
/// # Errors
/// As there; a limit.
pub(crate) fn from_value_within<T: DeserializeOwned>(value: &Value, budget: &Budget) -> Result<T> {
    let errors = ErrorSlot::default();
    let meter = Meter::new(budget, &errors);
    T::deserialize(meter.over(value)).map_err(|error| errors.recover(error))
}

/// Encoded values, and what is behind them, each taken once.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'de>(Slice<'de>);

/// A value's variant, with what is in it or how many parts follow.
#[derive(Clone, Copy, Debug)]
pub(super) enum Head<'de> {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Str(&'de str),
    Bytes(&'de [u8]),
    List(u64),
    Map(u64),
    Object { class: &'de str, fields: u64 },
    Tensor(u64),
}

impl<'de> Cursor<'de> {
    /// The variant, by its place in [`Value`].
    pub(super) fn head(&mut self) -> Result<Head<'de>> {
        Ok(match self.0.number()? {
            0 => Head::Null,
            1 => Head::Bool(match self.0.array()? {
                [0] => false,
                [1] => true,
                [byte] => return Err(Error::corrupt(format!("a truth value is {byte:#04x}, not 0 or 1"))),
            }),
            2 => {
                let zigzag = self.0.number()?;
                let magnitude = (zigzag >> 1).cast_signed();
                Head::Int(if zigzag & 1 == 0 { magnitude } else { !magnitude })
            }
            3 => Head::UInt(self.0.number()?),
            4 => Head::Float(f64::from_le_bytes(self.0.array()?)),
            5 => Head::Str(self.0.text()?),
            6 => Head::Bytes(self.0.bytes()?),
            7 => Head::List(self.0.number()?),
            8 => Head::Map(self.0.number()?),
            9 => Head::Object { class: self.0.text()?, fields: self.0.number()? },
            10 => Head::Tensor(self.0.number()?),
            other => return Err(Error::corrupt(format!("a value of variant number {other}"))),
        })
    }

    /// The key of the next entry.
    pub(super) fn text(&mut self) -> Result<&'de str> {
        self.0.text()
    }

    /// The next value as a tree, of one that was passed over before: it has as many parts as it says, and is not too deep. What is charged is
    /// added to `held`.
    fn tree(&mut self, budget: &Budget, held: &mut u64) -> Result<Value> {
        let mut keep = |bytes: usize| {
            *held += bytes as u64;
            budget.charge_held(bytes as u64)
        };
        Ok(match self.head()? {
            Head::Null => Value::Null,
            Head::Bool(b) => Value::Bool(b),
            Head::Int(n) => Value::Int(n),
            Head::UInt(n) => Value::UInt(n),
            Head::Float(x) => Value::Float(x),
            Head::Str(text) => {
                keep(text.len())?;
                Value::Str(text.to_owned())
            }
            Head::Bytes(bytes) => {
                keep(bytes.len())?;
                Value::Bytes(bytes.to_vec())
            }
            Head::List(len) => Value::List(parts(len, budget, held, |held| self.tree(budget, held))?),
            Head::Map(len) => Value::Map(self.fields(len, budget, held)?),
            Head::Object { class, fields } => {
                keep(class.len())?;
                Value::Object { class: class.to_owned(), fields: self.fields(fields, budget, held)? }
            }
            Head::Tensor(index) => Value::Tensor(usize::try_from(index).map_err(|_| truncated())?),
        })
    }

    fn fields(&mut self, len: u64, budget: &Budget, held: &mut u64) -> Result<Vec<(String, Value)>> {
        parts(len, budget, held, |held| {
            let key = self.text()?;
            *held += key.len() as u64;
            budget.charge_held(key.len() as u64)?;
            Ok((key.to_owned(), self.tree(budget, held)?))
        })
    }

    /// Passes over a value that has `depth` levels around it and itself, and sees that it is one.
    fn pass(&mut self, budget: &Budget, depth: u64) -> Result<()> {
        budget.check_depth(depth)?;
        match self.head()? {
            Head::List(len) => (0..len).try_for_each(|_| self.pass(budget, depth + 1)),
            Head::Map(len) | Head::Object { fields: len, .. } => self.pass_entries(len, budget, depth),
            _ => Ok(()),
        }
    }

    /// Passes over the entries of a map, whose keys must differ.
    fn pass_entries(&mut self, len: u64, budget: &Budget, depth: u64) -> Result<()> {
        // A key and a value take a byte each, at least.
        let count = usize::try_from(len).ok().filter(|&count| count <= self.0.0.len() / 2).ok_or_else(truncated)?;
        let bytes = (count * size_of::<&str>()) as u64;
        budget.charge_held(bytes)?;
        let mut keys: Vec<&str> = Vec::new();
        keys.try_reserve_exact(count).map_err(|_| Error::new(ErrorKind::OutOfMemory { bytes }))?;
        for _ in 0..count {
            let key = self.text()?;
            budget.check_name(key.len() as u64)?;
            keys.push(key);
            self.pass(budget, depth + 1)?;
        }
        keys.sort_unstable();
        if let Some((key, _)) = keys.iter().zip(keys.iter().skip(1)).find(|(key, next)| key == next) {
            return Err(Error::corrupt(format!("duplicate key `{key}`")));
        }
        budget.refund_held(bytes);
        Ok(())
    }
}

/// A list of so many parts, each by `next`.
fn parts<T>(len: u64, budget: &Budget, held: &mut u64, mut next: impl FnMut(&mut u64) -> Result<T>) -> Result<Vec<T>> {
    let bytes = len.saturating_mul(size_of::<T>() as u64);
    *held = held.saturating_add(bytes);
    budget.charge_held(bytes)?;
    let mut list = Vec::new();
    let count = usize::try_from(len).map_err(|_| truncated())?;
    list.try_reserve_exact(count).map_err(|_| Error::new(ErrorKind::OutOfMemory { bytes }))?;
    for _ in 0..count {
        list.push(next(held)?);
    }
    Ok(list)
}
