//! JSON as it is printed. The form is a contract: `docs/cli.md`.

use std::io::{self, Write};

use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};
use vellum::format::TensorEntry;
use vellum::{DType, DTypeKind, Error, TensorData, Value};

use crate::failure::describe;
use crate::open::tensor_bytes;

/// Prints a value as one line.
pub(crate) fn print(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Escaping(CompactFormatter));
    value.serialize(&mut serializer)?;
    writeln!(out)
}

/// Escapes what JSON does not ask for and a terminal may obey: DEL, further control characters, changes of direction.
struct Escaping(CompactFormatter);

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| crate::text::is_hidden(*c)) {
            self.0.write_string_fragment(writer, &fragment[plain..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + c.len_utf8();
        }
        self.0.write_string_fragment(writer, &fragment[plain..])
    }
}

/// A tensor as it is listed.
pub(crate) struct Tensor<'a> {
    pub(crate) entry: &'a TensorEntry,
    pub(crate) sha256: Option<&'a str>,
}

impl Serialize for Tensor<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tensor = serializer.serialize_struct("Tensor", 4 + usize::from(self.sha256.is_some()))?;
        tensor.serialize_field("name", &self.entry.name)?;
        tensor.serialize_field("dtype", self.entry.dtype.name())?;
        tensor.serialize_field("shape", &self.entry.shape[..])?;
        tensor.serialize_field("nbytes", &tensor_bytes(self.entry))?;
        if let Some(sha256) = self.sha256 {
            tensor.serialize_field("sha256", sha256)?;
        }
        tensor.end()
    }
}

/// What a file refuses to give, and why.
#[derive(Serialize)]
pub(crate) struct Refusal<'a> {
    name: &'a str,
    reason: String,
}

impl<'a> Refusal<'a> {
    pub(crate) fn new(name: &'a str, error: &Error) -> Self {
        Self { name, reason: describe(error) }
    }
}

/// A value of a file. Tensors in it are `{"tensor": name}`, objects `{"class": .., "fields": {..}}`, bytes `{"bytes": hexadecimal}`, and
/// floats that JSON has no number for are the texts `NaN`, `inf` and `-inf`.
pub(crate) struct Tree<'a> {
    pub(crate) value: &'a Value,
    pub(crate) tensors: &'a [TensorEntry],
}

impl Serialize for Tree<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tree = |value| Tree { value, tensors: self.tensors };
        match self.value {
            Value::Bool(b) => serializer.serialize_bool(*b),
            Value::Int(n) => serializer.serialize_i64(*n),
            Value::UInt(n) => serializer.serialize_u64(*n),
            Value::Float(x) if x.is_finite() => serializer.serialize_f64(*x),
            Value::Float(x) => serializer.collect_str(x),
            Value::Str(text) => serializer.serialize_str(text),
            Value::Bytes(bytes) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("bytes", &hex(bytes))?;
                map.end()
            }
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&tree(item))?;
                }
                list.end()
            }
            Value::Map(entries) => Entries { entries, tensors: self.tensors }.serialize(serializer),
            Value::Object { class, fields } => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("class", class)?;
                map.serialize_entry("fields", &Entries { entries: fields, tensors: self.tensors })?;
                map.end()
            }
            Value::Tensor(index) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("tensor", &self.tensors.get(*index).map(|entry| &entry.name))?;
                map.end()
            }
            _ => serializer.serialize_unit(),
        }
    }
}

struct Entries<'a> {
    entries: &'a [(String, Value)],
    tensors: &'a [TensorEntry],
}

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.entries.iter().map(|(key, value)| (key, Tree { value, tensors: self.tensors })))
    }
}

/// The elements of a tensor, in row-major order. A complex number is a list of two; elements of a type without numbers are refused.
pub(crate) struct Elements<'a>(pub(crate) &'a TensorData);

impl Serialize for Elements<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error as _;
        macro_rules! list {
            ($type:ty, $element:expr) => {
                serializer.collect_seq(self.0.as_slice::<$type>().map_err(S::Error::custom)?.iter().map($element))
            };
        }
        match self.0.dtype() {
            DType::I64 => list!(i64, |n| *n),
            DType::I32 => list!(i32, |n| *n),
            DType::I16 => list!(i16, |n| *n),
            DType::I8 => list!(i8, |n| *n),
            DType::U64 => list!(u64, |n| *n),
            DType::U32 => list!(u32, |n| *n),
            DType::U16 => list!(u16, |n| *n),
            DType::U8 => list!(u8, |n| *n),
            DType::Bool => list!(bool, |b| *b),
            DType::F64 => list!(f64, |x| Float(*x)),
            DType::F32 => list!(f32, |x| Float(*x)),
            DType::C128 => list!([f64; 2], |z| z.map(Float)),
            DType::C64 => list!([f32; 2], |z| z.map(Float)),
            dtype if dtype.kind() == DTypeKind::Float => {
                let wide = vellum::convert(self.0.clone(), DType::F32, &vellum::Conversion::default());
                Elements(&wide.map_err(S::Error::custom)?).serialize(serializer)
            }
            dtype => Err(S::Error::custom(format_args!("{dtype} has no numbers"))),
        }
    }
}

/// A float; one that JSON has no number for is text.
struct Float<T>(T);

impl<T: Copy + Into<f64> + Serialize> Serialize for Float<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wide: f64 = self.0.into();
        if wide.is_finite() { self.0.serialize(serializer) } else { serializer.collect_str(&wide) }
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
