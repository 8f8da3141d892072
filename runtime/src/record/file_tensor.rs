//! A tensor as a record's file has it, in the forms that Burn gave one.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use half::{bf16, f16};

use super::item::Item;
use super::leaf::MatrixLayout;
use super::numbers::{Float, Integer, Numbers};
use super::param_id::ParamId;
use super::settings::Precision;
use crate::bytes::Bytes;
use crate::convert::{Conversion, convert};
use crate::dtype::{DType, DTypeKind};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Budget;
use crate::shape::Shape;
use crate::tensor::TensorData;
use crate::value::Value;

/// A tensor of a record, with its id if it is a parameter.
#[derive(Clone, Debug)]
pub struct FileTensor {
    /// The parameter's id.
    pub id: Option<ParamId>,
    /// The number that it has in common with the other places of the same parameter, where the file says that there are others.
    pub tie: Option<u64>,
    /// How it lies in files, if it is a matrix. Burn's do not say it: the weight of a linear layer can be transposed there.
    pub layout: MatrixLayout,
    /// Its elements.
    pub data: FileData,
}

/// The parts of a parameter.
const PARAMETER: [&str; 2] = ["id", "param"];
/// Those of a tensor since Burn 0.14.
const TYPED: [&str; 3] = ["bytes", "shape", "dtype"];
/// Those before.
const ELEMENTS: [&str; 2] = ["value", "shape"];

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
    },
    /// Left in the file, by a reader that does not hold them all.
    Left {
        /// Where in the file the tensor begins.
        start: u64,
        /// The type of its elements.
        dtype: DType,
        /// The lengths of the axes.
        shape: Shape,
        /// Whether the file has the transpose of this matrix.
        transposed: bool,
    },
}

impl FileTensor {
    /// The lengths of the axes.
    pub fn shape(&self) -> &Shape {
        match &self.data {
            FileData::Typed(data) => data.shape(),
            FileData::Elements { shape, .. } | FileData::Left { shape, .. } => shape,
        }
    }

    /// The matrix of which the file has the transpose.
    ///
    /// # Errors
    /// What has not two axes, and what is no bytes.
    pub(crate) fn transposed(self) -> Result<Self> {
        match self.data {
            FileData::Typed(data) => Ok(Self { data: FileData::Typed(data.view().transposed()?), ..self }),
            FileData::Elements { .. } => Err(Error::corrupt("a matrix that is said to lie in columns is no bytes")),
            FileData::Left { start, dtype, shape, transposed } => {
                if shape.rank() != 2 {
                    return Err(Error::new(ErrorKind::RankMismatch { expected: 2, found: shape }));
                }
                let data = FileData::Left { start, dtype, shape: shape.reversed(), transposed: !transposed };
                Ok(Self { data, ..self })
            }
        }
    }

    /// The tensor's data. What a list of elements is depends on the `kind` that the tensor's type has, if it has one: halves were written as
    /// the integers that their bits are. `precision` is what the file says its numbers are.
    ///
    /// The data can be of another kind: what the file has is not made into something else.
    ///
    /// # Errors
    /// Numbers that are none of the dtype that the file states, or not as many as the shape has; integers that may be halves; integers that the file
    /// has as floats and that are not whole; a tensor that was left in its file; a limit, if what a list becomes is charged to a budget.
    pub fn into_data(
        self,
        kind: Option<DTypeKind>,
        precision: Precision,
        budget: Option<&Budget>,
    ) -> Result<TensorData> {
        match self.data {
            FileData::Typed(data) => Ok(data),
            FileData::Elements { numbers, shape } => {
                let dtype = dtype_of(&numbers, kind, precision)?;
                let (held, made) = (numbers.bytes(), dtype.byte_len(numbers.len()).unwrap_or(usize::MAX));
                let data = charged(budget, held, made, || elements(numbers, shape, dtype))?;
                // Before 0.12 the integers of full precision were written as floats.
                if kind == Some(DTypeKind::Integer) && precision.int.kind() == DTypeKind::Float {
                    let (held, made) = (made, data.shape().num_elements().saturating_mul(size_of::<i64>()));
                    let exact = Conversion::default().across_kinds();
                    return charged(budget, held, made, || convert(data, DType::I64, &exact));
                }
                Ok(data)
            }
            FileData::Left { .. } => Err(Error::argument("the tensor was left in its file")),
        }
    }

    /// The tensor or parameter that an item is, in any form that Burn gave one:
    ///
    /// - a parameter: `{id, param}` with a tensor in `param`;
    /// - a tensor since 0.14: `{bytes, shape, dtype}`, the dtype a name or, for a bool since 0.21, `{"Bool": store}`;
    /// - a tensor before 0.14: `{value, shape}` with the elements one by one.
    ///
    /// `Err` gives the item back: it is none of these. With `text_ids`, the id of a parameter is any text, as before Burn 0.15.
    ///
    /// It is for where a tensor is asked for: a struct of the user's own can have parts of these names.
    ///
    /// # Errors
    /// An item of one of these forms with something wrong in it.
    pub fn recognise(item: Item, text_ids: bool) -> Result<Result<Self, Item>> {
        let entries = match item {
            Item::Tensor(tensor) => return Ok(Ok(*tensor)),
            Item::Map(entries) => entries,
            item => return Ok(Err(item)),
        };
        if is_named(&entries, &PARAMETER) {
            let [id, param] = pick(entries, PARAMETER);
            let Item::Value(Value::Str(id)) = id else {
                return Err(Error::corrupt("the id of a parameter is no text"));
            };
            let id = if text_ids { ParamId::of_text(&id) } else { ParamId::parse(&id)? };
            return match Self::recognise(param, text_ids)? {
                Ok(tensor) if tensor.id.is_none() => Ok(Ok(Self { id: Some(id), ..tensor })),
                _ => Err(Error::corrupt("a parameter holds no tensor")),
            };
        }
        let data = if is_named(&entries, &TYPED) {
            let [bytes, shape, dtype] = pick(entries, TYPED);
            FileData::Typed(typed(blob(bytes)?, shape_of(shape)?, StoredDType::named(dtype)?)?)
        } else if is_named(&entries, &ELEMENTS) {
            let [value, shape] = pick(entries, ELEMENTS);
            let numbers = match value {
                Item::Numbers(numbers) => numbers,
                Item::Seq(items) if items.is_empty() => Numbers::U8(Vec::new()),
                _ => return Err(Error::corrupt("the elements of a tensor are no numbers")),
            };
            FileData::Elements { numbers, shape: shape_of(shape)? }
        } else {
            return Ok(Err(Item::Map(entries)));
        };
        Ok(Ok(Self { id: None, tie: None, layout: MatrixLayout::Rows, data }))
    }

    /// The same where no type asks for anything: what has other parts under these names than a tensor has is none.
    ///
    /// # Errors
    /// As [`Self::recognise`].
    #[cfg(any(feature = "mpk", feature = "json"))]
    pub(crate) fn find(item: Item, file: FileForm) -> Result<Result<Self, Item>> {
        if file.has_tensor(&item) { Self::recognise(item, file.text_ids) } else { Ok(Err(item)) }
    }

    /// What entries are by their names and what these hold, if that is a parameter or a tensor: for where no tensor is asked for.
    pub(crate) fn form_of(entries: &[(String, Item)]) -> Option<&'static str> {
        const TENSOR: &str = "a tensor";
        let is_named = |names: &[&str]| is_named(entries, names);
        if is_named(&PARAMETER) {
            let is_tensor = match part(entries, "param") {
                Some(Item::Tensor(tensor)) => tensor.id.is_none(),
                Some(Item::Map(parts)) => Self::form_of(parts) == Some(TENSOR),
                _ => false,
            };
            let has_id = matches!(part(entries, "id"), Some(Item::Value(Value::Str(_))));
            return (is_tensor && has_id).then_some("a parameter");
        }
        let is_list = |name| matches!(part(entries, name), Some(Item::Blob(_) | Item::Numbers(_)));
        let is_tensor = is_named(&TYPED) && is_list("bytes") || is_named(&ELEMENTS) && is_list("value");
        is_tensor.then_some(TENSOR)
    }

    /// Whether something of so many parts, with these names, is taken for a parameter or a tensor.
    pub(crate) fn has_form(parts: usize, has: impl Fn(&str) -> bool) -> bool {
        [&PARAMETER[..], &TYPED, &ELEMENTS].iter().any(|form| are(form, parts, &has))
    }

    /// Whether these are the parts of a tensor by their names, in any form that Burn gave one.
    #[cfg(any(feature = "mpk", feature = "json"))]
    pub(crate) fn has_parts(entries: &[(String, Item)]) -> bool {
        is_named(entries, &TYPED) || is_named(entries, &ELEMENTS)
    }

    /// Whether these are the parts of a tensor, its bytes in one piece or as JSON has them, with nothing wrong in them.
    #[cfg(any(feature = "mpk", feature = "json"))]
    pub(crate) fn is_sound(entries: &[(String, Item)]) -> bool {
        let len = match part(entries, "bytes") {
            Some(Item::Blob(bytes)) => bytes.len(),
            Some(Item::Numbers(Numbers::U8(bytes))) => bytes.len(),
            _ => return false,
        };
        let (3, Some(shape), Some(Item::Value(Value::Str(dtype)))) =
            (entries.len(), part(entries, "shape"), part(entries, "dtype"))
        else {
            return false;
        };
        let Some(StoredDType::Plain(own)) = StoredDType::from_name(dtype) else { return false };
        // By another name it could not be told from its parts, see `into_parts`.
        own.to_string() == *dtype
            && shape_of(shape.clone()).is_ok_and(|shape| own.byte_len(shape.num_elements()) == Some(len))
    }

    /// The parts of a tensor by their names, for a struct of the user's own that has just these. Gives back what has an id or no bytes.
    pub(crate) fn into_parts(self) -> Result<Vec<(String, Item)>, Self> {
        let FileData::Typed(data) = &self.data else { return Err(self) };
        if self.id.is_some() {
            return Err(self);
        }
        let shape = data.shape().iter().map(|&len| len as u64).collect();
        Ok(alloc::vec![
            ("bytes".into(), Item::Numbers(Numbers::U8(data.bytes().to_vec()))),
            ("shape".into(), Item::Numbers(Numbers::U64(shape))),
            ("dtype".into(), Item::Value(Value::Str(data.dtype().to_string()))),
        ])
    }
}

/// What a file says of its tensors, where no type says what is one.
#[cfg(any(feature = "mpk", feature = "json"))]
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileForm {
    /// Whether ids are any text.
    pub(crate) text_ids: bool,
    /// Whether tensors are lists of elements.
    pub(crate) lists: bool,
    /// Whether a digest tells damage: without one, a wrong name is rather that than a user's own.
    pub(crate) digested: bool,
}

#[cfg(any(feature = "mpk", feature = "json"))]
impl FileForm {
    fn has_tensor(self, item: &Item) -> bool {
        match item {
            Item::Tensor(_) => true,
            Item::Map(entries) if is_named(entries, &PARAMETER) => {
                let Some(Item::Value(Value::Str(id))) = part(entries, "id") else { return false };
                let is_tensor = match part(entries, "param") {
                    Some(Item::Tensor(tensor)) => tensor.id.is_none(),
                    Some(Item::Map(entries)) => self.is_tensor(entries),
                    _ => false,
                };
                is_tensor && (!self.digested || ParamId::parse(id).is_ok())
            }
            Item::Map(entries) => self.is_tensor(entries),
            _ => false,
        }
    }

    fn is_tensor(self, entries: &[(String, Item)]) -> bool {
        let is_list = |name| matches!(part(entries, name), Some(Item::Blob(_) | Item::Numbers(_) | Item::Seq(_)));
        if self.lists {
            return is_named(entries, &ELEMENTS) && is_list("value") && is_list("shape");
        }
        let is_dtype = match part(entries, "dtype") {
            Some(Item::Value(Value::Str(name))) => !self.digested || StoredDType::from_name(name).is_some(),
            Some(Item::Map(_)) => true,
            _ => false,
        };
        is_named(entries, &TYPED) && is_list("bytes") && is_list("shape") && is_dtype
    }
}

/// A dtype as Burn's records state it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoredDType {
    /// One of ours.
    Plain(DType),
    /// Truth values in elements of another dtype.
    BoolIn(DType),
}

impl StoredDType {
    fn named(item: Item) -> Result<Self> {
        let unknown = |name: &str| Error::new(ErrorKind::UnknownDType { name: name.into() });
        match item {
            Item::Value(Value::Str(name)) => Self::from_name(&name).ok_or_else(|| unknown(&name)),
            Item::Map(entries) => match entries.as_slice() {
                [(name, Item::Value(Value::Str(store)))] if name == "Bool" => {
                    Self::bool_in(store).ok_or_else(|| unknown(&alloc::format!("Bool({store})")))
                }
                [(name, _)] => Err(unknown(name)),
                _ => Err(Error::corrupt("a dtype of several names")),
            },
            _ => Err(Error::corrupt("a dtype that is no name")),
        }
    }

    /// Burn's names of plain dtypes are SafeTensors', but for bools and for `Flex32`, whose elements are `F32`.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "Bool" => Some(Self::Plain(DType::Bool)),
            "Flex32" => Some(Self::Plain(DType::F32)),
            "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "I16" | "I8" | "U64" | "U32" | "U16" | "U8" => {
                name.parse().ok().map(Self::Plain)
            }
            _ => None,
        }
    }

    /// How bools are stored since 0.21.
    pub(crate) fn bool_in(store: &str) -> Option<Self> {
        match store {
            "Native" => Some(Self::Plain(DType::Bool)),
            "U8" => Some(Self::BoolIn(DType::U8)),
            "U32" => Some(Self::BoolIn(DType::U32)),
            _ => None,
        }
    }
}

/// The tensor of these bytes.
pub(crate) fn typed(bytes: Bytes, shape: Shape, dtype: StoredDType) -> Result<TensorData> {
    match dtype {
        // Halves may lie in the second half of memory for the `F32`s that they become there.
        StoredDType::Plain(dtype @ (DType::F16 | DType::BF16)) => TensorData::new(bytes, shape, dtype),
        StoredDType::Plain(dtype) => TensorData::new(bytes.without_first_half(dtype)?, shape, dtype),
        StoredDType::BoolIn(dtype) => {
            let stored = TensorData::new(bytes, shape, dtype)?;
            convert(stored, DType::Bool, &Conversion::default().across_kinds())
        }
    }
}

/// Whether these are the names of so many parts.
fn are(names: &[&str], parts: usize, has: impl Fn(&str) -> bool) -> bool {
    names.len() == parts && names.iter().all(|name| has(name))
}

/// Whether entries are a parameter or a tensor, and not fields of these names.
pub(crate) fn is_no_fields<'a>(entries: &[(String, Item)], mut names: impl Iterator<Item = &'a &'static str>) -> bool {
    FileTensor::form_of(entries).is_some() && !names.any(|name| part(entries, name).is_some())
}

fn is_named(entries: &[(String, Item)], names: &[&str]) -> bool {
    are(names, entries.len(), |name| part(entries, name).is_some())
}

fn part<'a>(entries: &'a [(String, Item)], name: &str) -> Option<&'a Item> {
    entries.iter().find(|(own, _)| own == name).map(|(_, item)| item)
}

/// The items under these names, which are all there.
fn pick<const N: usize>(mut entries: Vec<(String, Item)>, names: [&str; N]) -> [Item; N] {
    names.map(|name| {
        let place = entries.iter().position(|(n, _)| n == name);
        place.map(|i| entries.swap_remove(i).1).unwrap_or_default()
    })
}

/// Bytes: as such, or as JSON has them, one number each.
fn blob(item: Item) -> Result<Bytes> {
    match item {
        Item::Blob(bytes) => Ok(bytes),
        Item::Numbers(Numbers::U8(bytes)) => Ok(Bytes::from(bytes)),
        Item::Seq(items) if items.is_empty() => Ok(Bytes::from(Vec::new())),
        _ => Err(Error::corrupt("the bytes of a tensor are no bytes")),
    }
}

fn shape_of(item: Item) -> Result<Shape> {
    let wrong = || Error::corrupt("the shape of a tensor is no list of lengths");
    match item {
        Item::Seq(items) if items.is_empty() => Ok(Shape::scalar()),
        Item::Numbers(numbers) => {
            let axes = numbers.into_integers().map_err(|_| wrong())?;
            Shape::from_u64(axes)
        }
        _ => Err(wrong()),
    }
}

/// What `make` makes, which takes the place of what was held: both are there meanwhile.
fn charged<T>(budget: Option<&Budget>, held: usize, made: usize, make: impl FnOnce() -> Result<T>) -> Result<T> {
    let Some(budget) = budget.filter(|_| held != made) else { return make() };
    budget.charge_held(made as u64)?;
    let made = make()?;
    budget.refund_held(held as u64);
    Ok(made)
}

/// What the elements of a list are: the file says in which type it has floats and in which integers, and the elements themselves what they are.
fn dtype_of(numbers: &Numbers, kind: Option<DTypeKind>, precision: Precision) -> Result<DType> {
    let half = matches!(precision.float, DType::F16 | DType::BF16);
    Ok(match (numbers, kind) {
        (numbers, Some(DTypeKind::Bool)) if numbers.is_empty() => DType::Bool,
        (numbers, Some(DTypeKind::Integer)) if numbers.is_empty() => precision.int,
        (numbers, _) if numbers.is_empty() => precision.float,
        (Numbers::Bool(_), _) => DType::Bool,
        (Numbers::F32(_) | Numbers::F64(_), _) => precision.float,
        (_, Some(DTypeKind::Float)) if half => precision.float,
        (_, None) if half => {
            let what =
                "integers that may be the bits of halves: nothing in the file tells, load them into a type that says";
            return Err(Error::refused(what));
        }
        _ => precision.int,
    })
}

/// A tensor from a list of numbers, each of which must be one of `dtype`'s.
fn elements(numbers: Numbers, shape: Shape, dtype: DType) -> Result<TensorData> {
    match dtype {
        DType::F32 => TensorData::from_vec(singles(numbers)?, shape),
        DType::F64 => TensorData::from_vec(floats::<f64>(numbers)?, shape),
        DType::F16 => TensorData::from_vec(integers(numbers, dtype)?.into_iter().map(f16::from_bits).collect(), shape),
        DType::BF16 => {
            TensorData::from_vec(integers(numbers, dtype)?.into_iter().map(bf16::from_bits).collect(), shape)
        }
        DType::I64 => TensorData::from_vec(integers::<i64>(numbers, dtype)?, shape),
        DType::I32 => TensorData::from_vec(integers::<i32>(numbers, dtype)?, shape),
        DType::I16 => TensorData::from_vec(integers::<i16>(numbers, dtype)?, shape),
        DType::I8 => TensorData::from_vec(integers::<i8>(numbers, dtype)?, shape),
        DType::U64 => TensorData::from_vec(integers::<u64>(numbers, dtype)?, shape),
        DType::U32 => TensorData::from_vec(integers::<u32>(numbers, dtype)?, shape),
        DType::U16 => TensorData::from_vec(integers::<u16>(numbers, dtype)?, shape),
        DType::U8 => TensorData::from_vec(integers::<u8>(numbers, dtype)?, shape),
        _ => match numbers {
            Numbers::Bool(list) => TensorData::from_vec(list, shape),
            numbers if numbers.is_empty() => TensorData::from_vec(Vec::<bool>::new(), shape),
            _ => Err(no_such_numbers(dtype)),
        },
    }
}

fn singles(numbers: Numbers) -> Result<Vec<f32>> {
    if let Numbers::F32(list) = numbers { Ok(list) } else { floats(numbers) }
}

/// Floats as they are, or as a format (JSON) that has only doubles widened them.
fn floats<T: Float>(numbers: Numbers) -> Result<Vec<T>> {
    numbers.into_floats().map_err(|numbers| match numbers.out_of_range::<T>() {
        Some((index, value)) => {
            Error::new(ErrorKind::OutOfRange { index, value: alloc::format!("{value:?}"), to: T::DTYPE })
        }
        None => no_such_numbers(T::DTYPE),
    })
}

fn integers<T: Integer>(numbers: Numbers, dtype: DType) -> Result<Vec<T>> {
    numbers.into_integers().map_err(|_| no_such_numbers(dtype))
}

fn no_such_numbers(dtype: DType) -> Error {
    Error::corrupt(alloc::format!("the elements are no {dtype} numbers"))
}
