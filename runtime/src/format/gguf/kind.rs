//! The types of tensors in GGUF: their numbers, names and blocks.

use crate::dtype::{DType, DTypeKind};

/// Declares the table of types once: variant, number, name, elements and bytes a block.
macro_rules! types {
    ($($(#[$doc:meta])* $variant:ident = $id:literal, $name:literal, $elements:literal, $bytes:literal;)*) => {
        /// How a tensor's elements are stored in GGUF: one by one, or quantised in blocks along the innermost axis.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum GgmlType { $($(#[$doc])* $variant,)* }

        impl GgmlType {
            /// The type of this number.
            pub fn from_id(id: u32) -> Option<Self> {
                match id { $($id => Some(Self::$variant),)* _ => None }
            }

            /// Its number in the file.
            pub fn id(self) -> u32 {
                match self { $(Self::$variant => $id,)* }
            }

            /// The name that ggml gives it, such as `Q4_0`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Elements a block; 1 for those that are not quantised.
            pub fn block_elements(self) -> usize {
                match self { $(Self::$variant => $elements,)* }
            }

            /// Bytes a block.
            pub fn block_bytes(self) -> usize {
                match self { $(Self::$variant => $bytes,)* }
            }
        }
    };
}

types! {
    /// IEEE 754 binary32.
    F32 = 0, "F32", 1, 4;
    /// IEEE 754 binary16.
    F16 = 1, "F16", 1, 2;
    /// 4 bits, a scale.
    Q4_0 = 2, "Q4_0", 32, 18;
    /// 4 bits, a scale and a minimum.
    Q4_1 = 3, "Q4_1", 32, 20;
    /// 5 bits, a scale.
    Q5_0 = 6, "Q5_0", 32, 22;
    /// 5 bits, a scale and a minimum.
    Q5_1 = 7, "Q5_1", 32, 24;
    /// 8 bits, a scale.
    Q8_0 = 8, "Q8_0", 32, 34;
    /// 8 bits, a scale and a sum; not found in files.
    Q8_1 = 9, "Q8_1", 32, 40;
    /// 2 bits, scales of scales.
    Q2K = 10, "Q2_K", 256, 84;
    /// 3 bits, scales of scales.
    Q3K = 11, "Q3_K", 256, 110;
    /// 4 bits, scales of scales.
    Q4K = 12, "Q4_K", 256, 144;
    /// 5 bits, scales of scales.
    Q5K = 13, "Q5_K", 256, 176;
    /// 6 bits, scales of scales.
    Q6K = 14, "Q6_K", 256, 210;
    /// 8 bits, a scale and sums; not found in files.
    Q8K = 15, "Q8_K", 256, 292;
    /// About 2 bits, by a codebook.
    Iq2Xxs = 16, "IQ2_XXS", 256, 66;
    /// About 2.3 bits, by a codebook.
    Iq2Xs = 17, "IQ2_XS", 256, 74;
    /// About 3 bits, by a codebook.
    Iq3Xxs = 18, "IQ3_XXS", 256, 98;
    /// About 1.6 bits, by a codebook.
    Iq1S = 19, "IQ1_S", 256, 50;
    /// 4 bits, by a table of 16 values.
    Iq4Nl = 20, "IQ4_NL", 32, 18;
    /// About 3.4 bits, by a codebook.
    Iq3S = 21, "IQ3_S", 256, 110;
    /// About 2.5 bits, by a codebook.
    Iq2S = 22, "IQ2_S", 256, 82;
    /// 4 bits, by a table of 16 values, scales of scales.
    Iq4Xs = 23, "IQ4_XS", 256, 136;
    /// Signed 8-bit integer.
    I8 = 24, "I8", 1, 1;
    /// Signed 16-bit integer.
    I16 = 25, "I16", 1, 2;
    /// Signed 32-bit integer.
    I32 = 26, "I32", 1, 4;
    /// Signed 64-bit integer.
    I64 = 27, "I64", 1, 8;
    /// IEEE 754 binary64.
    F64 = 28, "F64", 1, 8;
    /// About 1.75 bits, by a codebook.
    Iq1M = 29, "IQ1_M", 256, 56;
    /// The upper half of a binary32.
    BF16 = 30, "BF16", 1, 2;
    /// Ternary, five elements a byte.
    Tq1_0 = 34, "TQ1_0", 256, 54;
    /// Ternary, four elements a byte.
    Tq2_0 = 35, "TQ2_0", 256, 66;
    /// 4-bit floats with a power of two as scale (OCP MX).
    Mxfp4 = 39, "MXFP4", 32, 17;
    /// 4-bit floats, an 8-bit float as scale of each 16.
    Nvfp4 = 40, "NVFP4", 64, 36;
    /// A bit, a scale.
    Q1_0 = 41, "Q1_0", 128, 18;
}

impl GgmlType {
    /// The dtype whose elements are stored as they are; `None` for quantised types.
    pub fn dtype(self) -> Option<DType> {
        Some(match self {
            Self::F64 => DType::F64,
            Self::F32 => DType::F32,
            Self::F16 => DType::F16,
            Self::BF16 => DType::BF16,
            Self::I64 => DType::I64,
            Self::I32 => DType::I32,
            Self::I16 => DType::I16,
            Self::I8 => DType::I8,
            _ => return None,
        })
    }

    /// The type that stores elements of a dtype as they are.
    pub fn of(dtype: DType) -> Option<Self> {
        Some(match dtype {
            DType::F64 => Self::F64,
            DType::F32 => Self::F32,
            DType::F16 => Self::F16,
            DType::BF16 => Self::BF16,
            DType::I64 => Self::I64,
            DType::I32 => Self::I32,
            DType::I16 => Self::I16,
            DType::I8 => Self::I8,
            _ => return None,
        })
    }

    /// The type that holds the bytes of a dtype's elements: its own, or the signed integer of as many bytes for truth values, unsigned
    /// integers and 8-bit floats, which GGUF has not.
    pub(super) fn holding(dtype: DType) -> Option<Self> {
        Self::of(dtype).or(match (dtype.kind(), dtype.size()) {
            (DTypeKind::Complex, _) => None,
            (_, Some(1)) => Some(Self::I8),
            (_, Some(2)) => Some(Self::I16),
            (_, Some(4)) => Some(Self::I32),
            (_, Some(8)) => Some(Self::I64),
            _ => None,
        })
    }

    /// Bytes of `elements`, a whole number of blocks in rows of `row` elements.
    pub(super) fn byte_len(self, elements: usize, row: usize) -> Option<usize> {
        if !row.is_multiple_of(self.block_elements()) {
            return None;
        }
        (elements / self.block_elements()).checked_mul(self.block_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dtypes_lead_back_to_their_type() {
        for id in 0..64 {
            let Some(kind) = GgmlType::from_id(id) else { continue };
            assert_eq!(kind.id(), id);
            let Some(dtype) = kind.dtype() else { continue };
            assert_eq!((GgmlType::of(dtype), dtype.size()), (Some(kind), Some(kind.block_bytes())));
        }
        assert_eq!(GgmlType::from_id(4), None);
    }

    #[test]
    fn what_gguf_has_not_is_held_by_integers_of_as_many_bytes() {
        for dtype in DType::ALL.iter().copied() {
            let Some(kind) = GgmlType::holding(dtype) else {
                assert!(dtype.kind() == DTypeKind::Complex || dtype.size().is_none(), "{dtype}");
                continue;
            };
            assert_eq!(Some(kind.block_bytes()), dtype.size());
            assert_eq!(GgmlType::of(dtype).is_none(), kind.dtype() != Some(dtype));
        }
    }

    #[test]
    fn rows_are_whole_blocks() {
        assert_eq!(GgmlType::Q4_0.byte_len(64, 32), Some(36));
        assert_eq!(GgmlType::Q4_0.byte_len(64, 16), None);
        assert_eq!(GgmlType::Q6K.byte_len(0, 256), Some(0));
    }
}
