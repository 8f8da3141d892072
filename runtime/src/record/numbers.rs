//! Lists of numbers, kept packed.

use alloc::vec::Vec;

/// A list of numbers or truth values of one type, kept as the `Vec` it is: ten million of them are not ten million nodes.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each variant is a list of the type of its name")]
pub enum Numbers {
    Bool(Vec<bool>),
    I8(Vec<i8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    U64(Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Runs `$body` with `$list` bound to the `Vec` of whichever variant it is.
macro_rules! each_numbers {
    ($numbers:expr, $list:ident => $body:expr) => {
        match $numbers {
            $crate::record::Numbers::Bool($list) => $body,
            $crate::record::Numbers::I8($list) => $body,
            $crate::record::Numbers::I16($list) => $body,
            $crate::record::Numbers::I32($list) => $body,
            $crate::record::Numbers::I64($list) => $body,
            $crate::record::Numbers::U8($list) => $body,
            $crate::record::Numbers::U16($list) => $body,
            $crate::record::Numbers::U32($list) => $body,
            $crate::record::Numbers::U64($list) => $body,
            $crate::record::Numbers::F32($list) => $body,
            $crate::record::Numbers::F64($list) => $body,
        }
    };
}
pub(crate) use each_numbers;

impl Numbers {
    /// Number of items.
    pub fn len(&self) -> usize {
        each_numbers!(self, list => list.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The double that an integer is, if there is one.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "checked to be exact")]
pub(crate) fn exact(integer: i128) -> Option<f64> {
    let double = integer as f64;
    (double as i128 == integer).then_some(double)
}

impl Numbers {
    /// The numbers as doubles, where each is one exactly; truth values are no numbers.
    pub(crate) fn to_f64s(&self) -> Option<Vec<f64>> {
        match self {
            Self::Bool(_) => None,
            Self::F64(list) => Some(list.clone()),
            Self::F32(list) => Some(list.iter().map(|&x| x.into()).collect()),
            integers => integers.to_i64s()?.into_iter().map(|n| exact(n.into())).collect(),
        }
    }

    /// The numbers as 64-bit integers, where all are integers that fit.
    pub(crate) fn to_i64s(&self) -> Option<Vec<i64>> {
        match self {
            Self::Bool(_) | Self::F32(_) | Self::F64(_) => None,
            Self::I8(list) => Some(list.iter().map(|&n| n.into()).collect()),
            Self::I16(list) => Some(list.iter().map(|&n| n.into()).collect()),
            Self::I32(list) => Some(list.iter().map(|&n| n.into()).collect()),
            Self::I64(list) => Some(list.clone()),
            Self::U8(list) => Some(list.iter().map(|&n| n.into()).collect()),
            Self::U16(list) => Some(list.iter().map(|&n| n.into()).collect()),
            Self::U32(list) => Some(list.iter().map(|&n| n.into()).collect()),
            Self::U64(list) => list.iter().map(|&n| n.try_into().ok()).collect(),
        }
    }
}
