//! How much is added around an input.

use serde::{Deserialize, Serialize};

/// Padding of one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaddingConfig1d {
    /// So much that the output has `ceil(input / stride)` elements; an odd element goes to the end. As in Burn, dilation is not counted.
    Same,
    /// None.
    Valid,
    /// Left and right.
    Explicit(usize, usize),
}

/// Padding of two axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaddingConfig2d {
    /// As [`PaddingConfig1d::Same`], on each axis.
    Same,
    /// None.
    Valid,
    /// Top, left, bottom, right.
    Explicit(usize, usize, usize, usize),
}

/// Padding of three axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaddingConfig3d {
    /// As [`PaddingConfig1d::Same`], on each axis.
    Same,
    /// None.
    Valid,
    /// Depth, height, width: each on both sides.
    Explicit(usize, usize, usize),
}

/// Elements added before and after an axis.
pub(super) type Pair = (usize, usize);

impl PaddingConfig1d {
    pub(super) fn pairs(self, input: [usize; 1], kernel: [usize; 1], stride: [usize; 1]) -> [Pair; 1] {
        match self {
            Self::Same => same(input, kernel, stride),
            Self::Valid => [(0, 0)],
            Self::Explicit(left, right) => [(left, right)],
        }
    }
}

impl PaddingConfig2d {
    pub(super) fn pairs(self, input: [usize; 2], kernel: [usize; 2], stride: [usize; 2]) -> [Pair; 2] {
        match self {
            Self::Same => same(input, kernel, stride),
            Self::Valid => [(0, 0); 2],
            Self::Explicit(top, left, bottom, right) => [(top, bottom), (left, right)],
        }
    }
}

impl PaddingConfig3d {
    pub(super) fn pairs(self, input: [usize; 3], kernel: [usize; 3], stride: [usize; 3]) -> [Pair; 3] {
        match self {
            Self::Same => same(input, kernel, stride),
            Self::Valid => [(0, 0); 3],
            Self::Explicit(depth, height, width) => [(depth, depth), (height, height), (width, width)],
        }
    }
}

fn same<const S: usize>(input: [usize; S], kernel: [usize; S], stride: [usize; S]) -> [Pair; S] {
    std::array::from_fn(|i| {
        let output = input[i].div_ceil(stride[i]);
        let total = (output.saturating_sub(1) * stride[i] + kernel[i]).saturating_sub(input[i]);
        (total / 2, total - total / 2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_keeps_the_length_and_puts_the_odd_element_last() {
        assert_eq!(PaddingConfig1d::Same.pairs([7], [3], [1]), [(1, 1)]);
        assert_eq!(PaddingConfig1d::Same.pairs([7], [4], [1]), [(1, 2)]);
        assert_eq!(PaddingConfig2d::Same.pairs([7, 8], [3, 3], [2, 2]), [(1, 1), (0, 1)]);
        assert_eq!(PaddingConfig3d::Same.pairs([4, 1, 1], [1, 5, 2], [4, 1, 1]), [(0, 0), (2, 2), (0, 1)]);
    }

    #[test]
    fn explicit_names_the_sides_in_burns_order() {
        assert_eq!(PaddingConfig2d::Explicit(1, 2, 3, 4).pairs([9, 9], [3, 3], [1, 1]), [(1, 3), (2, 4)]);
        assert_eq!(PaddingConfig3d::Explicit(1, 2, 3).pairs([9; 3], [3; 3], [1; 3]), [(1, 1), (2, 2), (3, 3)]);
    }
}
