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

    /// The numbers as floats, where each is a double exactly and `narrow` has something for that; truth values are no numbers.
    ///
    /// # Errors
    /// These numbers, of which one is none.
    pub(crate) fn into_floats<T: Default>(self, narrow: impl Fn(f64) -> Option<T>) -> Result<Vec<T>, Self> {
        let integer = |n: i128| exact(n).and_then(&narrow);
        match self {
            Self::Bool(_) => Err(self),
            Self::F32(list) => each(list, |x| narrow(x.into())).map_err(Self::F32),
            Self::F64(list) => each(list, &narrow).map_err(Self::F64),
            Self::I8(list) => each(list, |n| integer(n.into())).map_err(Self::I8),
            Self::I16(list) => each(list, |n| integer(n.into())).map_err(Self::I16),
            Self::I32(list) => each(list, |n| integer(n.into())).map_err(Self::I32),
            Self::I64(list) => each(list, |n| integer(n.into())).map_err(Self::I64),
            Self::U8(list) => each(list, |n| integer(n.into())).map_err(Self::U8),
            Self::U16(list) => each(list, |n| integer(n.into())).map_err(Self::U16),
            Self::U32(list) => each(list, |n| integer(n.into())).map_err(Self::U32),
            Self::U64(list) => each(list, |n| integer(n.into())).map_err(Self::U64),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

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
        let same = Numbers::F64(doubles).into_floats(Some).unwrap();
        assert_eq!(same.as_ptr(), address);
    }

    #[test]
    fn numbers_that_do_not_fit_are_given_back() {
        assert_eq!(Numbers::I16(vec![1, -1]).into_integers::<u8>(), Err(Numbers::I16(vec![1, -1])));
        assert_eq!(Numbers::U64(vec![u64::MAX]).into_integers::<u64>(), Ok(vec![u64::MAX]));
        assert_eq!(Numbers::U64(vec![u64::MAX]).into_floats(Some), Err(Numbers::U64(vec![u64::MAX])));
        assert_eq!(Numbers::F32(vec![1.0]).into_integers::<i32>(), Err(Numbers::F32(vec![1.0])));
        assert_eq!(Numbers::Bool(vec![true]).into_floats(Some), Err(Numbers::Bool(vec![true])));
    }
}
