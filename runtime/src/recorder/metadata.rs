//! What stands at the head of every record: who wrote it, in which precision, with which layout.

use alloc::format;
use alloc::string::{String, ToString};

use serde::{Deserialize, Serialize};

use crate::dtype::{DType, DTypeKind, Element};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{ParamId, Precision, PrecisionSettings};

/// The head of a record, as Burn lays it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordMetadata {
    /// The Rust name of the float type.
    pub float: String,
    /// The Rust name of the integer type.
    pub int: String,
    /// Burn: the recorder's Rust type. Vellum: `vellum::`, the recorder's name, and the schema's digest.
    pub format: String,
    /// The version of Burn whose layout the item has.
    pub version: String,
    /// The name of the precision settings.
    pub settings: String,
}

impl RecordMetadata {
    /// The layout that Vellum writes: that of the last Burn that has recorders.
    const VERSION: &'static str = "0.21.0";
    /// How the format of a file of ours begins. Such a file has a trailer.
    const MARK: &'static str = "vellum::";

    pub(crate) fn ours<S: PrecisionSettings>(recorder: &str, schema: u64) -> Self {
        Self {
            float: core::any::type_name::<S::FloatElem>().to_string(),
            int: core::any::type_name::<S::IntElem>().to_string(),
            format: format!("{}{recorder}<{}> schema {schema:016x}", Self::MARK, S::name()),
            version: Self::VERSION.to_string(),
            settings: S::name().to_string(),
        }
    }

    /// Whether Vellum wrote this, so that a digest must follow.
    pub fn is_ours(&self) -> bool {
        self.format.starts_with(Self::MARK)
    }

    /// The digest of the schema, in a file of ours.
    pub(crate) fn schema(&self) -> Option<u64> {
        let (_, digest) = self.format.strip_prefix(Self::MARK)?.rsplit_once(" schema ")?;
        u64::from_str_radix(digest, 16).ok()
    }

    /// The era of the version that the file states.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownVersion`]: another version's layout would be a guess. [`ErrorKind::UnknownDType`] for a type of numbers that is not
    /// known, where nothing else says what the elements of tensors are.
    pub(crate) fn era(&self) -> Result<Era> {
        let era = Era::of(&self.version).ok_or_else(|| {
            let (format, version) = ("Burn's records (0.7 to 0.21 are known)", self.version.clone());
            Error::new(ErrorKind::UnknownVersion { format, version })
        })?;
        let unknown = [(&self.float, self.float_type()), (&self.int, self.int_type())].into_iter();
        match unknown.filter(|(_, known)| known.is_none()).map(|(name, _)| name.clone()).next() {
            Some(name) if era.has_lists() => Err(Error::new(ErrorKind::UnknownDType { name })),
            _ => Ok(era),
        }
    }

    /// What tensors are in the file, where no type says it.
    ///
    /// # Errors
    /// As [`Self::era`].
    #[cfg(any(feature = "mpk", feature = "json"))]
    pub(crate) fn form(&self) -> Result<crate::record::FileForm> {
        let era = self.era()?;
        let (text_ids, lists, digested) = (era.has_text_ids(), era.has_lists(), self.is_ours());
        Ok(crate::record::FileForm { text_ids, lists, digested })
    }

    /// What the file says its numbers are. A type that is not known is no reason to refuse a file whose tensors say what they are.
    pub(crate) fn precision(&self) -> Precision {
        Precision { float: self.float_type().unwrap_or(f32::DTYPE), int: self.int_type().unwrap_or(i32::DTYPE) }
    }

    fn float_type(&self) -> Option<DType> {
        dtype_of(&self.float).filter(|dtype| dtype.kind() == DTypeKind::Float)
    }

    fn int_type(&self) -> Option<DType> {
        let floats = Era::of(&self.version).is_some_and(|era| era < Era::V12);
        dtype_of(&self.int).filter(|dtype| dtype.kind() == DTypeKind::Integer || floats)
    }
}

/// The dtype of a Rust type of numbers, whatever the path to it.
fn dtype_of(name: &str) -> Option<DType> {
    Some(match name.rsplit("::").next()? {
        "f64" => f64::DTYPE,
        "f32" => f32::DTYPE,
        "f16" => half::f16::DTYPE,
        "bf16" => half::bf16::DTYPE,
        "i64" => i64::DTYPE,
        "i32" => i32::DTYPE,
        "i16" => i16::DTYPE,
        "i8" => i8::DTYPE,
        "u64" => u64::DTYPE,
        "u32" => u32::DTYPE,
        "u16" => u16::DTYPE,
        "u8" => u8::DTYPE,
        _ => return None,
    })
}

/// The eras of Burn's layout that differ in bytes that nothing else tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Era {
    /// 0.7: tensors are lists of elements, and constants take no bytes.
    V7,
    /// 0.8 and 0.9: constants are nil.
    V8,
    /// 0.10 and 0.11: layers with other fields (`decode/history.rs`).
    V10,
    V11,
    /// 0.12 and 0.13: arrays are as long as their type says, and the integers of full precision are no floats.
    V12,
    /// 0.14: tensors are bytes with a dtype.
    V14,
    /// 0.15: ids are numbers of 64 bits.
    V15,
    /// 0.16: `U16` among the dtypes.
    V16,
    /// 0.17 to 0.19: `Flex32` among the dtypes.
    V17,
    /// 0.20: layers with other fields (`decode/history.rs`).
    V20,
    /// 0.21: bools say how they are stored.
    V21,
}

impl Era {
    fn of(version: &str) -> Option<Self> {
        let mut numbers = version.split(['.', '-', '+']).map(|part| part.parse::<u32>().ok());
        let Some(0) = numbers.next().flatten() else { return None };
        Some(match numbers.next().flatten()? {
            7 => Self::V7,
            8 | 9 => Self::V8,
            10 => Self::V10,
            11 => Self::V11,
            12 | 13 => Self::V12,
            14 => Self::V14,
            15 => Self::V15,
            16 => Self::V16,
            17..=19 => Self::V17,
            20 => Self::V20,
            21 => Self::V21,
            _ => return None,
        })
    }

    /// Whether tensors are lists of elements.
    pub(crate) fn has_lists(self) -> bool {
        self < Self::V14
    }

    /// Whether the id of a parameter is any text: since 0.15 it is a number.
    pub(crate) fn has_text_ids(self) -> bool {
        self < Self::V15
    }

    /// The id of a parameter that a file of this era spells so.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) for a text that is none.
    pub(crate) fn param_id(self, text: &str) -> Result<ParamId> {
        if self.has_text_ids() { Ok(ParamId::of_text(text)) } else { ParamId::parse(text) }
    }

    #[cfg(all(feature = "gzip", feature = "json", feature = "mpk"))]
    /// Characters of the ids that Burn itself makes: UUIDs; six bytes in base 32; eight.
    pub(crate) fn id_len(self) -> usize {
        match self {
            Self::V7 | Self::V8 | Self::V10 | Self::V11 | Self::V12 => 36,
            Self::V14 => 10,
            Self::V15 | Self::V16 | Self::V17 | Self::V20 | Self::V21 => 13,
        }
    }

    /// The dtypes by the number that bincode gives their variants.
    pub(crate) fn dtypes(self) -> &'static [DTypeVariant] {
        use DTypeVariant::{Bool, BoolIn, Plain, Quantized};
        const F: [DTypeVariant; 5] =
            [Plain(DType::F64), Plain(DType::F32), Plain(DType::F32), Plain(DType::F16), Plain(DType::BF16)];
        const I: [DTypeVariant; 4] = [Plain(DType::I64), Plain(DType::I32), Plain(DType::I16), Plain(DType::I8)];
        const U: [DTypeVariant; 4] = [Plain(DType::U64), Plain(DType::U32), Plain(DType::U16), Plain(DType::U8)];
        match self {
            Self::V7 | Self::V8 | Self::V10 | Self::V11 | Self::V12 | Self::V14 | Self::V15 => {
                &[F[0], F[1], F[3], F[4], I[0], I[1], I[2], I[3], U[0], U[1], U[3], Bool, Quantized]
            }
            Self::V16 => &[F[0], F[1], F[3], F[4], I[0], I[1], I[2], I[3], U[0], U[1], U[2], U[3], Bool, Quantized],
            Self::V17 | Self::V20 => {
                &[F[0], F[1], F[2], F[3], F[4], I[0], I[1], I[2], I[3], U[0], U[1], U[2], U[3], Bool, Quantized]
            }
            Self::V21 => {
                &[F[0], F[1], F[2], F[3], F[4], I[0], I[1], I[2], I[3], U[0], U[1], U[2], U[3], BoolIn, Quantized]
            }
        }
    }
}

/// A variant of Burn's `DType`, and what follows its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DTypeVariant {
    /// Nothing follows.
    Plain(DType),
    /// A bool, one byte each; nothing follows.
    Bool,
    /// A bool, and the number of how it is stored.
    BoolIn,
    /// A quantisation scheme, which no recorder's tensor has.
    Quantized,
}

/// How bools are stored, by number, since 0.21.
pub(crate) const BOOL_STORES: [&str; 3] = ["Native", "U8", "U32"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{FullPrecisionSettings, HalfPrecisionSettings};

    #[test]
    fn each_version_has_its_era() {
        for (version, era) in [
            ("0.7.0", Era::V7),
            ("0.8.0", Era::V8),
            ("0.9.0", Era::V8),
            ("0.10.0", Era::V10),
            ("0.11.1", Era::V11),
            ("0.12.1", Era::V12),
            ("0.13.2", Era::V12),
            ("0.14.0", Era::V14),
            ("0.14.1", Era::V14),
            ("0.15.0", Era::V15),
            ("0.16.1", Era::V16),
            ("0.17.0", Era::V17),
            ("0.19.1", Era::V17),
            ("0.20.0-pre.3", Era::V20),
            ("0.21.0", Era::V21),
        ] {
            assert_eq!(Era::of(version), Some(era), "{version}");
        }
        for version in ["0.0.0", "0.6.0", "0.22.0", "0.4294967295.0", "1.21.0", "21", "0", "", "0.x", "-0.21"] {
            assert_eq!(Era::of(version), None, "{version}");
        }
    }

    #[test]
    fn half_precision_has_another_number_in_each_table() {
        let place = |era: Era| era.dtypes().iter().position(|v| *v == DTypeVariant::Plain(DType::F16));
        assert_eq!([Era::V14, Era::V16, Era::V17, Era::V21].map(place), [Some(2), Some(2), Some(3), Some(3)]);
        let bools = |era: Era| era.dtypes().iter().position(|v| matches!(v, DTypeVariant::Bool | DTypeVariant::BoolIn));
        assert_eq!([Era::V14, Era::V16, Era::V17, Era::V21].map(bools), [Some(11), Some(12), Some(13), Some(13)]);
    }

    #[test]
    fn a_file_of_ours_says_so_and_tells_its_schema() {
        let metadata = RecordMetadata::ours::<HalfPrecisionSettings>("BinFileRecorder", 0xabc);
        assert!(metadata.is_ours());
        assert_eq!(metadata.schema(), Some(0xabc));
        assert_eq!(metadata.precision(), Precision::of::<HalfPrecisionSettings>());
        let burn = RecordMetadata { format: "burn_core::record::file::BinFileRecorder<..>".into(), ..metadata };
        assert!(!burn.is_ours() && burn.schema().is_none());
        assert_eq!(FullPrecisionSettings::name(), "FullPrecisionSettings");
    }
}
