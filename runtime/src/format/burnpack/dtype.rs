//! How Burn spells dtypes.

use minicbor::data::Type;

use super::cbor::{self, Cbor, CborOut};
use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};

/// What a file says a tensor's elements are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// Elements as this library holds them.
    Plain(DType),
    /// Truth values of four bytes each, as some of Burn's backends keep them.
    WideBool,
    /// Values of a quantisation scheme, packed with their scales: only Burn knows the layout.
    Quantized,
}

const PLAIN: [(&str, DType); 14] = [
    ("F64", DType::F64),
    ("F32", DType::F32),
    // `f32` in memory; a precision for computing.
    ("Flex32", DType::F32),
    ("F16", DType::F16),
    ("BF16", DType::BF16),
    ("I64", DType::I64),
    ("I32", DType::I32),
    ("I16", DType::I16),
    ("I8", DType::I8),
    ("U64", DType::U64),
    ("U32", DType::U32),
    ("U16", DType::U16),
    ("U8", DType::U8),
    // Before Burn 0.21.
    ("Bool", DType::Bool),
];

impl Stored {
    /// Reads a dtype: text, or a map of one entry for those with a parameter.
    pub(super) fn read(cbor: &mut Cbor<'_>) -> Result<Self> {
        if matches!(cbor.kind()?, Type::String | Type::StringIndef) {
            let name = cbor.text()?;
            let known = PLAIN.iter().find(|(spelling, _)| *spelling == name);
            return known.map(|&(_, dtype)| Self::Plain(dtype)).ok_or_else(|| unknown(&name));
        }
        let mut stored = None;
        cbor.map(|cbor, key| {
            let value = match &*key {
                "Bool" => match &*cbor.text()? {
                    "Native" | "U8" => Self::Plain(DType::Bool),
                    "U32" => Self::WideBool,
                    other => return Err(unknown(other)),
                },
                "QFloat" => {
                    cbor.skip()?;
                    Self::Quantized
                }
                other => return Err(unknown(other)),
            };
            cbor::set(&mut stored, "dtype", value)
        })?;
        stored.ok_or_else(|| Error::corrupt("an empty dtype"))
    }

    /// The dtype that a reader gets.
    pub(super) fn dtype(self) -> Option<DType> {
        match self {
            Self::Plain(dtype) => Some(dtype),
            Self::WideBool => Some(DType::Bool),
            Self::Quantized => None,
        }
    }

    /// Bytes that `elements` of it take in the file; `None` where only Burn knows, or where there are too many.
    pub(super) fn byte_len(self, elements: usize) -> Option<u64> {
        let stored = if self == Self::WideBool { DType::U32 } else { self.dtype()? };
        stored.byte_len(elements).map(|len| len as u64)
    }
}

/// Whether Burn has the dtype.
pub(super) fn is_known(dtype: DType) -> bool {
    PLAIN.iter().any(|&(_, known)| known == dtype)
}

/// Writes a dtype that is known as Burn 0.21 and later spell it.
pub(super) fn write(dtype: DType, out: &mut CborOut) {
    if dtype == DType::Bool {
        out.map(1);
        out.text("Bool");
        out.text("Native");
    } else {
        // Of all others the name is the same.
        out.text(dtype.name());
    }
}

fn unknown(name: &str) -> Error {
    Error::new(ErrorKind::UnknownDType { name: name.into() })
}
