//! One axis of a window that slides over an input: shared by convolutions and pools.

use std::ops::Range;

use super::padding::Pair;

/// A window of `kernel` taps, `dilation` apart, that moves by `stride` over an input with padding around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    pub(super) input: usize,
    pub(super) output: usize,
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) dilation: usize,
    /// Padding in front of the input.
    pub(super) before: usize,
}

impl Axis {
    /// An axis on which nothing slides.
    pub(super) const UNIT: Self = Self { input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, before: 0 };

    /// The axis of a forward window.
    ///
    /// # Panics
    /// If the window is empty, stands still, or is larger than the padded input.
    pub(super) fn new(input: usize, kernel: usize, stride: usize, dilation: usize, padding: Pair) -> Self {
        let mut axis = Self { input, output: 0, kernel, stride, dilation, before: padding.0 };
        axis.output = axis.free(padding) / stride + 1;
        axis
    }

    /// The axis of a pool: with `ceil`, a last window may begin within the input and end beyond the padding.
    ///
    /// # Panics
    /// As [`Axis::new`].
    pub(super) fn pool(input: usize, kernel: usize, stride: usize, dilation: usize, padding: Pair, ceil: bool) -> Self {
        let mut axis = Self::new(input, kernel, stride, dilation, padding);
        if ceil && axis.output * stride < input + axis.before && !axis.free(padding).is_multiple_of(stride) {
            axis.output += 1;
        }
        axis
    }

    /// The axis of a transposed window: `input` is the length of the result, `output` that of what is spread over it.
    ///
    /// # Panics
    /// If there is nothing to spread, or the padding leaves nothing of the result.
    pub(super) fn transposed(
        spread: usize,
        kernel: usize,
        stride: usize,
        dilation: usize,
        padding: usize,
        padding_out: usize,
    ) -> Self {
        let length = || {
            let full = spread.checked_sub(1)?.checked_mul(stride)?.checked_add(extent(kernel, dilation)?)?;
            full.checked_add(padding_out)?.checked_sub(padding.checked_mul(2)?)
        };
        let Some(input) = length() else {
            panic!("a transposed window of {kernel} over {spread} elements with {padding} of padding leaves nothing")
        };
        Self { input, output: spread, kernel, stride, dilation, before: padding }
    }

    /// How far the window can move.
    fn free(&self, padding: Pair) -> usize {
        let Self { input, kernel, stride, dilation, .. } = *self;
        let free = || {
            let padded = input.checked_add(padding.0)?.checked_add(padding.1)?;
            padded.checked_sub(extent(kernel, dilation)?)
        };
        assert!(stride > 0, "a window must move: its stride is 0");
        match free() {
            Some(free) => free,
            None => panic!(
                "a window of {kernel} taps, {dilation} apart, has no place in {input} elements with padding {padding:?}"
            ),
        }
    }

    /// The outputs whose `tap` lies within the input, and the element on which that of the first of them lies.
    pub(super) fn reach(&self, tap: usize) -> (Range<usize>, usize) {
        let offset = tap * self.dilation;
        let end = (self.before + self.input).saturating_sub(offset).div_ceil(self.stride).min(self.output);
        let start = self.before.saturating_sub(offset).div_ceil(self.stride).min(end);
        (start..end, (start * self.stride + offset).saturating_sub(self.before))
    }

    /// The axis with its padding as part of the input.
    pub(super) fn padded(&self, padding: Pair) -> Self {
        Self { input: self.input + padding.0 + padding.1, before: 0, ..*self }
    }

    /// Calls `visit(output, input)` for every tap of every output that lies within the input.
    pub(super) fn each_tap(&self, mut visit: impl FnMut(usize, usize)) {
        for tap in 0..self.kernel {
            let (outputs, first) = self.reach(tap);
            outputs.enumerate().for_each(|(i, output)| visit(output, first + i * self.stride));
        }
    }

    /// For each output, how many taps lie within the input.
    pub(super) fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.output];
        for tap in 0..self.kernel {
            counts[self.reach(tap).0].iter_mut().for_each(|count| *count += 1);
        }
        counts
    }
}

/// Elements from the first tap to the last, both included; `None` for no taps.
fn extent(kernel: usize, dilation: usize) -> Option<usize> {
    kernel.checked_sub(1)?.checked_mul(dilation)?.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where every tap of every output lies, by the definition.
    fn taps(axis: &Axis) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for tap in 0..axis.kernel {
            for output in 0..axis.output {
                let at = output * axis.stride + tap * axis.dilation;
                if at >= axis.before && at - axis.before < axis.input {
                    found.push((output, at - axis.before));
                }
            }
        }
        found
    }

    #[test]
    fn the_reach_of_every_tap_is_what_the_definition_says() {
        for (input, kernel, stride, dilation, padding) in [
            (7, 3, 1, 1, (0, 0)),
            (7, 3, 2, 2, (1, 1)),
            (5, 2, 3, 1, (4, 0)),
            (1, 5, 1, 1, (2, 2)),
            (0, 3, 1, 1, (3, 3)),
            (9, 1, 4, 1, (0, 0)),
        ] {
            let axis = Axis::new(input, kernel, stride, dilation, padding);
            let mut reached = Vec::new();
            axis.each_tap(|output, at| reached.push((output, at)));
            assert_eq!(reached, taps(&axis), "{axis:?}");
        }
    }

    #[test]
    fn output_lengths() {
        assert_eq!(Axis::new(12, 3, 2, 1, (0, 0)).output, 5);
        assert_eq!(Axis::new(5, 2, 2, 1, (0, 0)).output, 2);
        assert_eq!(Axis::pool(5, 2, 2, 1, (0, 0), true).output, 3);
        assert_eq!(Axis::pool(4, 2, 2, 1, (0, 0), true).output, 2);
        // The last window would begin in the padding behind the input.
        assert_eq!(Axis::pool(4, 1, 3, 1, (1, 1), true).output, 2);
        assert_eq!(Axis::transposed(4, 3, 2, 1, 1, 1).input, 8);
    }

    #[test]
    #[should_panic(expected = "has no place in 2 elements")]
    fn a_window_larger_than_the_input_is_refused() {
        let _ = Axis::new(2, 3, 1, 1, (0, 0));
    }
}
