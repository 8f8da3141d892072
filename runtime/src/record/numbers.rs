//! Lists of numbers, kept packed.

use alloc::format;
use alloc::vec::Vec;

use crate::dtype::DType;
use crate::value::{narrow_nan, widen};

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

/// A float type that numbers become.
pub(crate) trait Float: Copy + Default {
    /// The dtype of these.
    const DTYPE: DType;

    /// The float that an integer is, if there is one.
    fn of_integer(integer: i128) -> Option<Self>;

    /// The nearest one to a number in its range.
    fn of_double(double: f64) -> Option<Self>;

    /// Whether [`Float::of_double`] gives another number than this one. `decimal`: the file has numbers as text, and so says no more of an
    /// `f32` than it takes to tell it from all others.
    fn rounds(double: f64, decimal: bool) -> bool;
}

impl Float for f64 {
    const DTYPE: DType = DType::F64;

    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "checked to be exact")]
    fn of_integer(integer: i128) -> Option<Self> {
        let double = integer as Self;
        (double as i128 == integer).then_some(double)
    }

    fn of_double(double: f64) -> Option<Self> {
        Some(double)
    }

    fn rounds(_double: f64, _decimal: bool) -> bool {
        false
    }
}

impl Float for f32 {
    const DTYPE: DType = DType::F32;

    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "checked to be exact")]
    fn of_integer(integer: i128) -> Option<Self> {
        let single = integer as Self;
        (single as i128 == integer).then_some(single)
    }

    #[expect(clippy::cast_possible_truncation, reason = "rounding is what this is for")]
    fn of_double(double: f64) -> Option<Self> {
        if double.is_nan() {
            return Some(narrow_nan(double).unwrap_or(double as Self));
        }
        let nearest = double as Self;
        let distance = (f64::from(nearest) - double).abs();
        if distance == 0.0 {
            return Some(nearest);
        }
        if nearest.is_infinite() {
            return double.is_infinite().then_some(nearest);
        }
        // Of two that are as near, the one whose text was read: a text is rounded to a double first, which may be the middle where the text
        // was not.
        let other = if f64::from(nearest) < double { nearest.next_up() } else { nearest.next_down() };
        let in_the_middle = (f64::from(other) - double).abs().total_cmp(&distance).is_eq();
        Some(if in_the_middle && is_text_of(double, other) { other } else { nearest })
    }

    fn rounds(double: f64, decimal: bool) -> bool {
        match Self::of_double(double) {
            Some(single) => widen(single).to_bits() != double.to_bits() && !(decimal && is_text_of(double, single)),
            None => false,
        }
    }
}

/// Whether the text that an `f32` is written as, the shortest that no other has, is read as this double.
fn is_text_of(double: f64, single: f32) -> bool {
    format!("{single:e}").parse() == Ok(double)
}

/// An integer type that lists of numbers become, if all of them fit.
pub(crate) trait Integer:
    Copy
    + Default
    + TryFrom<i8>
    + TryFrom<i16>
    + TryFrom<i32>
    + TryFrom<i64>
    + TryFrom<u8>
    + TryFrom<u16>
    + TryFrom<u32>
    + TryFrom<u64>
{
}

impl<T> Integer for T where
    T: Copy
        + Default
        + TryFrom<i8>
        + TryFrom<i16>
        + TryFrom<i32>
        + TryFrom<i64>
        + TryFrom<u8>
        + TryFrom<u16>
        + TryFrom<u32>
        + TryFrom<u64>
{
}

/// The list as another type, if all of it can be that; where it is as wide, in the same memory. Otherwise the list as it was.
fn each<S: Copy, T: Default>(list: Vec<S>, convert: impl Fn(S) -> Option<T>) -> Result<Vec<T>, Vec<S>> {
    // First to see and then to make, so that the length is known, and what does not fit is still there to be told.
    if list.iter().all(|&number| convert(number).is_some()) {
        Ok(list.into_iter().map(|number| convert(number).unwrap_or_default()).collect())
    } else {
        Err(list)
    }
}

impl Numbers {
    /// The bytes of the numbers.
    pub(crate) fn bytes(&self) -> usize {
        each_numbers!(self, list => size_of_val(list.as_slice()))
    }

    /// The numbers as integers, where all are integers that fit; truth values are no numbers.
    ///
    /// # Errors
    /// These numbers, of which one is none.
    pub(crate) fn into_integers<T: Integer>(self) -> Result<Vec<T>, Self> {
        match self {
            Self::Bool(_) | Self::F32(_) | Self::F64(_) => Err(self),
            Self::I8(list) => each(list, |n| T::try_from(n).ok()).map_err(Self::I8),
            Self::I16(list) => each(list, |n| T::try_from(n).ok()).map_err(Self::I16),
            Self::I32(list) => each(list, |n| T::try_from(n).ok()).map_err(Self::I32),
            Self::I64(list) => each(list, |n| T::try_from(n).ok()).map_err(Self::I64),
            Self::U8(list) => each(list, |n| T::try_from(n).ok()).map_err(Self::U8),
            Self::U16(list) => each(list, |n| T::try_from(n).ok()).map_err(Self::U16),
            Self::U32(list) => each(list, |n| T::try_from(n).ok()).map_err(Self::U32),
            Self::U64(list) => each(list, |n| T::try_from(n).ok()).map_err(Self::U64),
        }
    }

    /// The numbers as floats, where each integer is one exactly and all others are in range; truth values are no numbers.
    ///
    /// # Errors
    /// These numbers, of which one is none.
    pub(crate) fn into_floats<T: Float>(self) -> Result<Vec<T>, Self> {
        match self {
            Self::Bool(_) => Err(self),
            Self::F32(list) => each(list, |x| T::of_double(widen(x))).map_err(Self::F32),
            Self::F64(list) => each(list, T::of_double).map_err(Self::F64),
            Self::I8(list) => each(list, |n| T::of_integer(n.into())).map_err(Self::I8),
            Self::I16(list) => each(list, |n| T::of_integer(n.into())).map_err(Self::I16),
            Self::I32(list) => each(list, |n| T::of_integer(n.into())).map_err(Self::I32),
            Self::I64(list) => each(list, |n| T::of_integer(n.into())).map_err(Self::I64),
            Self::U8(list) => each(list, |n| T::of_integer(n.into())).map_err(Self::U8),
            Self::U16(list) => each(list, |n| T::of_integer(n.into())).map_err(Self::U16),
            Self::U32(list) => each(list, |n| T::of_integer(n.into())).map_err(Self::U32),
            Self::U64(list) => each(list, |n| T::of_integer(n.into())).map_err(Self::U64),
        }
    }

    /// What the numbers are if as floats of this type they are something else: integers, or doubles of which one is rounded.
    pub(crate) fn changed_by<T: Float>(&self, decimal: bool) -> Option<DType> {
        match self {
            Self::Bool(_) | Self::F32(_) => None,
            Self::F64(list) => list.iter().any(|&x| T::rounds(x, decimal)).then_some(DType::F64),
            Self::U64(_) => Some(DType::U64),
            _ => Some(DType::I64),
        }
    }

    /// The first number that is out of the range of floats of this type, with its place.
    pub(crate) fn out_of_range<T: Float>(&self) -> Option<(usize, f64)> {
        let Self::F64(list) = self else { return None };
        list.iter().copied().enumerate().find(|(_, x)| T::of_double(*x).is_none())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_of_the_same_width_stays_where_it_is() {
        let list = vec![1u8, 2, 200];
        let address = list.as_ptr();
        let same: Vec<u8> = Numbers::U8(list).into_integers().unwrap();
        assert_eq!((same.as_ptr(), &*same), (address, &[1, 2, 200][..]));
        let wide: Vec<i64> = Numbers::U8(same).into_integers().unwrap();
        assert_eq!((wide.capacity(), &*wide), (3, &[1, 2, 200][..]));
        let doubles = vec![0.5, -1.0];
        let address = doubles.as_ptr();
        let same = Numbers::F64(doubles).into_floats::<f64>().unwrap();
        assert_eq!(same.as_ptr(), address);
    }

    /// The nearest double to its text is the middle between this and the next one.
    const HARD: u32 = 0x15ae_43fd;

    #[expect(clippy::cast_possible_truncation, reason = "it is what rounding is")]
    fn rounded(double: f64) -> f32 {
        double as f32
    }

    proptest! {
        #[test]
        fn every_f32_is_read_from_its_text(bits in any::<u32>()) {
            for bits in [bits, HARD, HARD + 1, HARD | 1 << 31] {
                let single = f32::from_bits(bits);
                let double: f64 = format!("{single:e}").parse().unwrap();
                if single.is_finite() {
                    prop_assert_eq!(f32::of_double(double).map(f32::to_bits), Some(bits));
                    prop_assert!(!f32::rounds(double, true));
                }
                prop_assert_eq!(f32::of_double(widen(single)).map(f32::to_bits), Some(bits));
                prop_assert!(!f32::rounds(widen(single), false));
            }
        }

        #[test]
        fn a_double_becomes_the_nearest_f32_or_none(double in any::<f64>()) {
            let nearest = rounded(double);
            let in_range = nearest.is_infinite() == double.is_infinite();
            prop_assert_eq!(f32::of_double(double).map(f32::to_bits), in_range.then_some(nearest.to_bits()));
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_given_back() {
        assert_eq!(Numbers::I16(vec![1, -1]).into_integers::<u8>(), Err(Numbers::I16(vec![1, -1])));
        assert_eq!(Numbers::U64(vec![u64::MAX]).into_integers::<u64>(), Ok(vec![u64::MAX]));
        assert_eq!(Numbers::U64(vec![u64::MAX]).into_floats::<f64>(), Err(Numbers::U64(vec![u64::MAX])));
        assert_eq!(Numbers::F32(vec![1.0]).into_integers::<i32>(), Err(Numbers::F32(vec![1.0])));
        assert_eq!(Numbers::Bool(vec![true]).into_floats::<f64>(), Err(Numbers::Bool(vec![true])));
    }
}
