//! What a record is in a file: names, lists and tensors, before they are known to fit a type.

use alloc::string::String;
use alloc::vec::Vec;

use half::f16;

use super::numbers::Numbers;
use super::param_id::ParamId;
use super::tree::Plain;
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, Result};
use crate::shape::Shape;
use crate::tensor::TensorData;
use crate::value::Value;

/// What a record is in a file, or would be: the common form of all recorders' formats and eras, and of typed records that are loaded
/// in place.
#[derive(Clone, Debug, Default)]
pub enum Item {
    /// Nothing: an absent option, a skipped field, a constant that the file has no value for.
    #[default]
    Nil,
    /// A number, a text, bytes, or a constant's value.
    Value(Value),
    /// A list of numbers.
    Numbers(Numbers),
    /// A list.
    Seq(Vec<Item>),
    /// Fields by name, entries of a map by key, or one variant by name.
    Map(Vec<(String, Item)>),
    /// A parameter or a plain tensor.
    Tensor(FileTensor),
}

/// A tensor of a record, with its id if it is a parameter.
#[derive(Clone, Debug)]
pub struct FileTensor {
    /// The parameter's id.
    pub id: Option<ParamId>,
    /// Its elements.
    pub data: FileData,
}

/// The elements of a tensor of a record.
#[derive(Clone, Debug)]
pub enum FileData {
    /// As bytes with their dtype: Burn since 0.14.
    Typed(TensorData),
    /// As a list of numbers whose dtype only the reader's type tells: Burn before 0.14.
    Elements {
        /// The numbers; of half-precision floats their bits.
        numbers: Numbers,
        /// The lengths of the axes.
        shape: Shape,
        /// The dtype of floats in this file.
        float: DType,
        /// The dtype of integers in this file.
        int: DType,
    },
}

impl FileTensor {
    /// The lengths of the axes.
    pub fn shape(&self) -> &Shape {
        match &self.data {
            FileData::Typed(data) => data.shape(),
            FileData::Elements { shape, .. } => shape,
        }
    }

    /// The tensor's data, once the kind of its elements is known.
    ///
    /// # Errors
    /// Numbers that are not of this kind, or not as many as the shape has.
    pub fn into_data(self, kind: DTypeKind) -> Result<TensorData> {
        match self.data {
            FileData::Typed(data) => Ok(data),
            FileData::Elements { numbers, shape, float, int } => {
                let dtype = match kind {
                    DTypeKind::Float => float,
                    DTypeKind::Integer => int,
                    DTypeKind::Bool | DTypeKind::Complex => DType::Bool,
                };
                elements(numbers, shape, dtype)
            }
        }
    }
}

/// A tensor from a list of numbers, each of which must be one of `dtype`'s.
fn elements(numbers: Numbers, shape: Shape, dtype: DType) -> Result<TensorData> {
    let wrong = || Error::corrupt(alloc::format!("the elements are no {dtype} numbers"));
    match (dtype, numbers) {
        (DType::F32, Numbers::F32(list)) => TensorData::from_vec(list, shape),
        // An f32 was widened where the format (JSON) has only doubles: narrowing gives it back.
        #[expect(clippy::cast_possible_truncation, reason = "the file's numbers are f32")]
        (DType::F32, numbers) => {
            let list = numbers.to_f64s().ok_or_else(wrong)?;
            TensorData::from_vec(list.into_iter().map(|x| x as f32).collect(), shape)
        }
        (DType::F64, numbers) => TensorData::from_vec(numbers.to_f64s().ok_or_else(wrong)?, shape),
        (DType::F16, numbers) => {
            let bits = narrow::<u16>(numbers).ok_or_else(wrong)?;
            TensorData::from_vec(bits.into_iter().map(f16::from_bits).collect(), shape)
        }
        (DType::I64, numbers) => TensorData::from_vec(numbers.to_i64s().ok_or_else(wrong)?, shape),
        (DType::I32, numbers) => TensorData::from_vec(narrow::<i32>(numbers).ok_or_else(wrong)?, shape),
        (DType::I16, numbers) => TensorData::from_vec(narrow::<i16>(numbers).ok_or_else(wrong)?, shape),
        (DType::Bool, Numbers::Bool(list)) => TensorData::from_vec(list, shape),
        (DType::Bool, numbers) if numbers.is_empty() => TensorData::from_vec(Vec::<bool>::new(), shape),
        _ => Err(wrong()),
    }
}

fn narrow<T: TryFrom<i64>>(numbers: Numbers) -> Option<Vec<T>> {
    numbers.to_i64s()?.into_iter().map(|n| T::try_from(n).ok()).collect()
}

impl Item {
    /// What this is, for a message.
    pub(crate) fn form(&self) -> &'static str {
        match self {
            Self::Nil => "nothing",
            Self::Value(Value::Bool(_)) => "a truth value",
            Self::Value(Value::Int(_) | Value::UInt(_)) => "an integer",
            Self::Value(Value::Float(_)) => "a number",
            Self::Value(Value::Str(_)) => "a text",
            Self::Value(_) => "a value",
            Self::Numbers(_) => "a list of numbers",
            Self::Seq(_) => "a list",
            Self::Map(_) => "named fields",
            Self::Tensor(FileTensor { id: Some(_), .. }) => "a parameter",
            Self::Tensor(_) => "a tensor",
        }
    }
}

impl From<Plain> for Item {
    fn from(plain: Plain) -> Self {
        Self::Value(match plain {
            Plain::Unit => return Self::Nil,
            Plain::Bool(b) => Value::Bool(b),
            Plain::I8(n) => Value::Int(n.into()),
            Plain::I16(n) => Value::Int(n.into()),
            Plain::I32(n) => Value::Int(n.into()),
            Plain::I64(n) => Value::Int(n),
            Plain::U8(n) => Value::Int(n.into()),
            Plain::U16(n) => Value::Int(n.into()),
            Plain::U32(n) => Value::Int(n.into()),
            Plain::U64(n) => Value::from(n),
            Plain::F32(x) => Value::Float(x.into()),
            Plain::F64(x) => Value::Float(x),
            Plain::Char(c) => Value::Str(c.into()),
            Plain::Str(text) => Value::Str(text),
        })
    }
}
