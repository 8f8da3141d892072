//! The lengths of a tensor's axes.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

use crate::error::{Error, ErrorKind, Result};

/// The lengths of a tensor's axes, outermost first; no axes for a scalar.
///
/// The number of elements always fits an `isize`: [`Shape::new`] refuses any other.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Shape(Vec<usize>);

impl Shape {
    /// A shape from axis lengths, outermost first.
    ///
    /// # Errors
    /// [`ErrorKind::ShapeOverflow`] if the product of the non-zero lengths does not fit an `isize`. Zeros are left out of the
    /// product, so that a shape such as `[0, huge, huge]` cannot hide a length that a later reshape would multiply out.
    pub fn new(axes: impl Into<Vec<usize>>) -> Result<Self> {
        let axes = axes.into();
        let product = axes.iter().filter(|&&n| n != 0).try_fold(1usize, |product, &n| product.checked_mul(n));
        match product {
            Some(n) if isize::try_from(n).is_ok() => Ok(Self(axes)),
            _ => Err(Error::new(ErrorKind::ShapeOverflow { shape: axes.iter().map(|&n| n as u64).collect() })),
        }
    }

    /// A shape from lengths as a file states them.
    ///
    /// # Errors
    /// [`ErrorKind::ShapeOverflow`] as [`Shape::new`], and where a length does not fit a `usize`.
    pub fn from_u64(axes: impl Into<Vec<u64>>) -> Result<Self> {
        let axes = axes.into();
        if axes.iter().any(|&length| usize::try_from(length).is_err()) {
            return Err(Error::new(ErrorKind::ShapeOverflow { shape: axes }));
        }
        // From a vector to a vector: where both are as wide, in the same memory.
        Self::new(axes.into_iter().filter_map(|length| usize::try_from(length).ok()).collect::<Vec<_>>())
    }

    /// The shape of a scalar: no axes, one element.
    pub const fn scalar() -> Self {
        Self(Vec::new())
    }

    /// Number of elements: the product of the lengths, 1 for a scalar.
    pub fn num_elements(&self) -> usize {
        // Cannot overflow: `new` bounds the product.
        self.0.iter().product()
    }

    /// The shape with its axes in the opposite order.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self(self.0.iter().rev().copied().collect())
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The lengths, outermost first.
    pub fn dims(&self) -> &[usize] {
        &self.0
    }
}

impl Deref for Shape {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl<const N: usize> TryFrom<[usize; N]> for Shape {
    type Error = Error;

    fn try_from(axes: [usize; N]) -> Result<Self> {
        Self::new(axes)
    }
}

impl TryFrom<&[usize]> for Shape {
    type Error = Error;

    fn try_from(axes: &[usize]) -> Result<Self> {
        Self::new(axes)
    }
}

impl TryFrom<Vec<usize>> for Shape {
    type Error = Error;

    fn try_from(axes: Vec<usize>) -> Result<Self> {
        Self::new(axes)
    }
}

impl PartialEq<[usize]> for Shape {
    fn eq(&self, other: &[usize]) -> bool {
        self.0 == other
    }
}

impl<const N: usize> PartialEq<[usize; N]> for Shape {
    fn eq(&self, other: &[usize; N]) -> bool {
        self.0 == other
    }
}

/// The lengths; past the sixteenth only how many more there are, because a file can have tens of thousands.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Axes(&self.0), f)
    }
}

/// Lengths of axes as a message shows them.
pub(crate) struct Axes<'a, T>(pub(crate) &'a [T]);

impl<T: fmt::Debug> fmt::Display for Axes<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More axes than tensors have outside of tests.
        const SHOWN: usize = 16;
        let mut list = f.debug_list();
        list.entries(self.0.iter().take(SHOWN));
        if let Some(more @ 1..) = self.0.len().checked_sub(SHOWN) {
            list.entry(&format_args!("and {more} more"));
        }
        list.finish()
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_product_past_isize_is_refused_also_beside_a_zero() {
        assert!(Shape::new([usize::MAX, 2]).is_err());
        assert!(Shape::new([0, usize::MAX, 2]).is_err());
        assert!(Shape::new([1 << 61, 16]).is_err());
        assert!(Shape::from_u64([u64::MAX]).is_err());
    }

    #[test]
    fn all_axes_of_a_usual_tensor_are_shown_and_some_of_any_other() {
        let shown = |rank: usize| Shape::new(alloc::vec![1; rank]).unwrap().to_string();
        assert_eq!(Shape::new([2, 3]).unwrap().to_string(), "[2, 3]");
        assert_eq!(Shape::scalar().to_string(), "[]");
        assert_eq!(shown(16), format!("{:?}", [1; 16]));
        assert_eq!(shown(100_000), "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, and 99984 more]");
        let overflow = Shape::new(alloc::vec![2; 100_000]).unwrap_err().to_string();
        assert!(overflow.len() < 200 && overflow.contains("and 99984 more"), "{overflow}");
    }

    #[test]
    fn scalars_have_one_element_and_empty_axes_none() {
        assert_eq!(Shape::scalar().num_elements(), 1);
        assert_eq!(Shape::new([3, 0]).map(|s| s.num_elements()).ok(), Some(0));
        assert_eq!(Shape::new([2, 3, 4]).map(|s| s.num_elements()).ok(), Some(24));
    }
}
