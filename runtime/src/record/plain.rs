//! Numbers, texts and tensors as records.

use alloc::string::String;
use alloc::vec::Vec;

use super::Record;
use super::bind::Binder;
use super::file_tensor::{FileData, FileTensor};
use super::item::Item;
use super::leaf::{InPlace, Leaf, LeafRef, MatrixLayout, Role};
use super::numbers::{Float, Numbers, each_numbers};
use super::schema::{PlainType, Schema};
use super::tree::{Plain, Tree};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::report::Difference;
use crate::value::Value;

/// Integers: any integer in the file that fits is one.
macro_rules! integers {
    ($($type:ty => $variant:ident as $stored:ty),* $(,)?) => {$(
        impl Record for $type {
            fn schema() -> Schema {
                Schema::Plain(PlainType::$variant)
            }

            #[allow(clippy::unnecessary_cast, clippy::cast_lossless, reason = "a usize is at most a u64")]
            fn tree(&self) -> Tree<LeafRef<'_>> {
                Tree::Plain(Plain::$variant(*self as $stored))
            }

            #[allow(clippy::unnecessary_cast, clippy::cast_lossless, reason = "a usize is at most a u64")]
            fn into_item(self) -> Result<Item> {
                Ok(Plain::$variant(self as $stored).into())
            }

            fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
                let fitting = match &item {
                    Item::Value(Value::Int(n)) => Self::try_from(*n).ok(),
                    Item::Value(Value::UInt(n)) => Self::try_from(*n).ok(),
                    _ => None,
                };
                fitting.or_else(|| binder.wrong_form(concat!("a number of type ", stringify!($type)), &item))
            }

            #[allow(clippy::unnecessary_cast, clippy::cast_lossless, reason = "a usize is at most a u64")]
            fn list_numbers(items: &[Self]) -> Option<Numbers> {
                Some(Numbers::$variant(items.iter().map(|n| *n as $stored).collect()))
            }

            fn list_from_numbers(numbers: Numbers, _binder: &mut Binder<'_>) -> Result<Vec<Self>, Numbers> {
                numbers.into_integers()
            }
        }
    )*};
}

integers! {
    i8 => I8 as i8, i16 => I16 as i16, i32 => I32 as i32, i64 => I64 as i64, isize => I64 as i64,
    u8 => U8 as u8, u16 => U16 as u16, u32 => U32 as u32, u64 => U64 as u64, usize => U64 as u64,
}

/// Floats: any number in the file that is one, or that a double can be rounded to.
macro_rules! floats {
    ($($type:ident => $variant:ident),*) => {$(
        impl Record for $type {
            fn schema() -> Schema {
                Schema::Plain(PlainType::$variant)
            }

            fn tree(&self) -> Tree<LeafRef<'_>> {
                Tree::Plain(Plain::$variant(*self))
            }

            fn into_item(self) -> Result<Item> {
                Ok(Plain::$variant(self).into())
            }

            fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
                bind_float(&item, concat!("a number that an ", stringify!($type), " can be"), binder)
            }

            fn list_numbers(items: &[Self]) -> Option<Numbers> {
                Some(Numbers::$variant(items.to_vec()))
            }

            fn list_from_numbers(numbers: Numbers, binder: &mut Binder<'_>) -> Result<Vec<Self>, Numbers> {
                if let Numbers::$variant(list) = numbers {
                    return Ok(list);
                }
                let changed = numbers.changed_by::<Self>(binder.is_decimal());
                let list = numbers.into_floats()?;
                if let Some(from) = changed {
                    binder.converts(from, DType::$variant);
                }
                Ok(list)
            }
        }
    )*};
}

floats! { f32 => F32, f64 => F64 }

/// A float from a number: an integer only if it is that float exactly.
fn bind_float<T: Float>(item: &Item, expected: &'static str, binder: &mut Binder<'_>) -> Option<T> {
    let (float, from) = match *item {
        Item::Value(Value::Float(x)) => {
            let Some(float) = T::of_double(x) else {
                let what = || ErrorKind::OutOfRange { index: 0, value: alloc::format!("{x:?}"), to: T::DTYPE };
                binder.differ(|path| Difference::Data { path, error: Error::new(what()) });
                return None;
            };
            (Some(float), T::rounds(x, binder.is_decimal()).then_some(DType::F64))
        }
        Item::Value(Value::Int(n)) => (T::of_integer(n.into()), Some(DType::I64)),
        Item::Value(Value::UInt(n)) => (T::of_integer(n.into()), Some(DType::U64)),
        _ => (None, None),
    };
    let Some(float) = float else { return binder.wrong_form(expected, item) };
    if let Some(from) = from {
        binder.converts(from, T::DTYPE);
    }
    Some(float)
}

impl Record for bool {
    fn schema() -> Schema {
        Schema::Plain(PlainType::Bool)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Plain(Plain::Bool(*self))
    }

    fn into_item(self) -> Result<Item> {
        Ok(Plain::Bool(self).into())
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        match item {
            Item::Value(Value::Bool(b)) => Some(b),
            item => binder.wrong_form("a truth value", &item),
        }
    }

    fn list_numbers(items: &[Self]) -> Option<Numbers> {
        Some(Numbers::Bool(items.to_vec()))
    }

    fn list_from_numbers(numbers: Numbers, _binder: &mut Binder<'_>) -> Result<Vec<Self>, Numbers> {
        if let Numbers::Bool(list) = numbers { Ok(list) } else { Err(numbers) }
    }
}

impl Record for char {
    fn schema() -> Schema {
        Schema::Plain(PlainType::Char)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Plain(Plain::Char(*self))
    }

    fn into_item(self) -> Result<Item> {
        Ok(Plain::Char(self).into())
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        let mut chars = match &item {
            Item::Value(Value::Str(text)) => text.chars(),
            _ => "".chars(),
        };
        match (chars.next(), chars.next()) {
            (Some(c), None) => Some(c),
            _ => binder.wrong_form("a character", &item),
        }
    }
}

impl Record for String {
    fn schema() -> Schema {
        Schema::Plain(PlainType::Str)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Plain(Plain::Str(self.clone()))
    }

    fn into_item(self) -> Result<Item> {
        Ok(Plain::Str(self).into())
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        match item {
            Item::Value(Value::Str(text)) => Some(text),
            item => binder.wrong_form("a text", &item),
        }
    }
}

impl Record for () {
    const NIL_SAYS_NOTHING: bool = true;

    fn schema() -> Schema {
        Schema::Plain(PlainType::Unit)
    }

    fn tree(&self) -> Tree<LeafRef<'_>> {
        Tree::Plain(Plain::Unit)
    }

    fn into_item(self) -> Result<Item> {
        Ok(Item::Nil)
    }

    fn bind(item: Item, binder: &mut Binder<'_>) -> Option<Self> {
        match item {
            Item::Nil => Some(()),
            item => binder.wrong_form("nothing", &item),
        }
    }
}

/// The tensor types, each a record of its own. Not for every `Leaf`: a `Vec` of numbers is a leaf in a `Param` and a list in a record.
pub(crate) fn tensor_tree<T: Leaf>(tensor: &T) -> Tree<LeafRef<'_>> {
    Tree::Leaf(LeafRef::new(Role::Tensor, InPlace(tensor)))
}

pub(crate) fn tensor_item<T: Leaf>(tensor: T) -> Result<Item> {
    Ok(FileTensor { id: None, tie: None, layout: MatrixLayout::Rows, data: FileData::Typed(tensor.into_data()?) }
        .into())
}

pub(crate) fn bind_tensor<T: Leaf>(item: Item, binder: &mut Binder<'_>) -> Option<T> {
    // A parameter where a tensor was is a tensor still: its id has no place here.
    binder.tensor(item).map(|(_, tensor)| tensor)
}

impl From<Numbers> for Item {
    fn from(numbers: Numbers) -> Self {
        Self::Numbers(numbers)
    }
}

/// The items of a list of numbers, one by one, for lists whose type is no number (an option of a number, say).
pub(crate) fn unpack(numbers: &Numbers) -> Vec<Item> {
    each_numbers!(numbers, list => list.iter().map(|n| number(*n)).collect())
}

/// A number as an item of its own.
pub(crate) fn number<R: Record>(number: R) -> Item {
    number.into_item().unwrap_or_default()
}
