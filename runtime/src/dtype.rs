//! What the elements of a tensor are.

use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use half::{bf16, f16};

use crate::error::{Error, ErrorKind};

/// Declares the table of dtypes once: variant, spelling, bits an element, kind.
macro_rules! dtypes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $bits:literal, $kind:ident;)*) => {
        /// The type of a tensor's elements.
        ///
        /// Spelt as SafeTensors spells it ([`DType::name`], and [`FromStr`]). In memory and in files of ours every element is
        /// little-endian. The list grows: match with a wildcard arm.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum DType { $($(#[$doc])* $variant,)* }

        impl DType {
            /// All dtypes, widest floats first.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The SafeTensors spelling, such as `F32` or `BF16`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Bits an element; not a multiple of eight for the sub-byte floats.
            pub const fn bits(self) -> u64 {
                match self { $(Self::$variant => $bits,)* }
            }

            /// Float, integer, bool or complex.
            pub const fn kind(self) -> DTypeKind {
                match self { $(Self::$variant => DTypeKind::$kind,)* }
            }
        }
    };
}

dtypes! {
    /// IEEE 754 binary64.
    F64 = "F64", 64, Float;
    /// IEEE 754 binary32.
    F32 = "F32", 32, Float;
    /// IEEE 754 binary16.
    F16 = "F16", 16, Float;
    /// The upper half of a binary32.
    BF16 = "BF16", 16, Float;
    /// 4 exponent and 3 mantissa bits, finite values and NaN only (OCP `E4M3FN`).
    F8E4M3 = "F8_E4M3", 8, Float;
    /// 5 exponent and 2 mantissa bits (OCP `E5M2`).
    F8E5M2 = "F8_E5M2", 8, Float;
    /// As [`DType::F8E4M3`] with bias 8 and one zero, no infinities.
    F8E4M3Fnuz = "F8_E4M3FNUZ", 8, Float;
    /// As [`DType::F8E5M2`] with bias 16 and one zero, no infinities.
    F8E5M2Fnuz = "F8_E5M2FNUZ", 8, Float;
    /// A power of two: eight exponent bits, used as a block scale.
    F8E8M0 = "F8_E8M0", 8, Float;
    /// Six bits: 2 exponent, 3 mantissa. Kept and copied, never converted.
    F6E2M3 = "F6_E2M3", 6, Float;
    /// Six bits: 3 exponent, 2 mantissa. Kept and copied, never converted.
    F6E3M2 = "F6_E3M2", 6, Float;
    /// Four bits: 2 exponent, 1 mantissa. Kept and copied, never converted.
    F4 = "F4", 4, Float;
    /// Signed 64-bit integer.
    I64 = "I64", 64, Integer;
    /// Signed 32-bit integer.
    I32 = "I32", 32, Integer;
    /// Signed 16-bit integer.
    I16 = "I16", 16, Integer;
    /// Signed 8-bit integer.
    I8 = "I8", 8, Integer;
    /// Unsigned 64-bit integer.
    U64 = "U64", 64, Integer;
    /// Unsigned 32-bit integer.
    U32 = "U32", 32, Integer;
    /// Unsigned 16-bit integer.
    U16 = "U16", 16, Integer;
    /// Unsigned 8-bit integer.
    U8 = "U8", 8, Integer;
    /// One byte an element, 0 or 1.
    Bool = "BOOL", 8, Bool;
    /// Complex number of two binary64, real part first.
    C128 = "C128", 128, Complex;
    /// Complex number of two binary32, real part first.
    C64 = "C64", 64, Complex;
}

/// Families of dtypes. A load converts within one, never silently across.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DTypeKind {
    /// Real floating-point numbers of any width.
    Float,
    /// Signed and unsigned integers.
    Integer,
    /// Truth values.
    Bool,
    /// Complex numbers.
    Complex,
}

impl DType {
    /// Bytes an element, or `None` where several elements share a byte.
    pub const fn size(self) -> Option<usize> {
        match self.bits() {
            8 => Some(1),
            16 => Some(2),
            32 => Some(4),
            64 => Some(8),
            128 => Some(16),
            _ => None,
        }
    }

    /// Bytes that `elements` of this dtype take, packed; `None` where that is not a whole number of bytes or overflows a `usize`.
    pub const fn byte_len(self, elements: usize) -> Option<usize> {
        // A usize times at most 128 fits a u128, so only the last conversion can fail.
        let bits = (elements as u128) * (self.bits() as u128);
        if !bits.is_multiple_of(8) || bits / 8 > (isize::MAX as u128) {
            return None;
        }
        Some((bits / 8) as usize)
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DType {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .iter()
            .copied()
            .find(|dtype| dtype.name() == name)
            .ok_or_else(|| Error::new(ErrorKind::UnknownDType { name: name.into() }))
    }
}

impl fmt::Display for DTypeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Float => "float",
            Self::Integer => "integer",
            Self::Bool => "bool",
            Self::Complex => "complex",
        })
    }
}

/// A Rust type that a tensor's elements can be viewed as.
///
/// Sealed: the dtypes are Vellum's own.
pub trait Element:
    bytemuck::NoUninit
    + bytemuck::CheckedBitPattern
    + Default
    + PartialEq
    + fmt::Debug
    + Send
    + Sync
    + sealed::Sealed
    + 'static
{
    /// The dtype whose elements have this type's layout.
    const DTYPE: DType;

    /// The elements that little-endian `bytes` hold, copied. The length is a multiple of the element's, and bools are 0 or 1.
    #[doc(hidden)]
    fn vec_from_bytes(bytes: &[u8]) -> Vec<Self>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! elements {
    ($($type:ty => $dtype:ident),* $(,)?) => {$(
        impl sealed::Sealed for $type {}
        impl Element for $type {
            const DTYPE: DType = DType::$dtype;

            fn vec_from_bytes(bytes: &[u8]) -> Vec<Self> {
                let mut elements: Vec<Self> = bytemuck::allocation::zeroed_vec(bytes.len() / size_of::<Self>());
                bytemuck::cast_slice_mut(&mut elements).copy_from_slice(bytes);
                elements
            }
        }
    )*};
}

impl sealed::Sealed for bool {}
impl Element for bool {
    const DTYPE: DType = DType::Bool;

    fn vec_from_bytes(bytes: &[u8]) -> Vec<Self> {
        bytes.iter().map(|&byte| byte != 0).collect()
    }
}

elements! {
    f64 => F64, f32 => F32, f16 => F16, bf16 => BF16,
    i64 => I64, i32 => I32, i16 => I16, i8 => I8,
    u64 => U64, u32 => U32, u16 => U16, u8 => U8,
    [f64; 2] => C128, [f32; 2] => C64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_to_its_dtype() {
        for &dtype in DType::ALL {
            assert_eq!(dtype.name().parse::<DType>().ok(), Some(dtype));
        }
        assert!("F99".parse::<DType>().is_err());
    }

    #[test]
    fn byte_lengths_are_whole_and_checked() {
        assert_eq!(DType::F32.byte_len(3), Some(12));
        assert_eq!(DType::F4.byte_len(12), Some(6));
        assert_eq!(DType::F4.byte_len(3), None);
        assert_eq!(DType::F6E2M3.byte_len(4), Some(3));
        assert_eq!(DType::U8.byte_len(usize::MAX), None);
        assert_eq!(DType::F64.byte_len(usize::MAX / 2), None);
    }
}
