//! Images as matrices of patches: what turns a convolution into a matrix product.

use crate::nn::window::Axis;

/// The patches under a kernel that slides over the image of one channel, of up to three axes.
///
/// As a matrix they have a row for each tap of each channel and a column for each place of the kernel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patches {
    axes: [Axis; 3],
}

impl Patches {
    /// The patches of an image with these axes.
    pub(super) fn new<const S: usize>(own: [Axis; S]) -> Self {
        let mut axes = [Axis::UNIT; 3];
        axes[3 - S..].copy_from_slice(&own);
        Self { axes }
    }

    /// Elements of a channel's image.
    pub(super) fn image_len(&self) -> usize {
        self.axes.iter().map(|axis| axis.input).product()
    }

    /// Places of the kernel: columns of the matrix.
    pub(super) fn places(&self) -> usize {
        self.axes.iter().map(|axis| axis.output).product()
    }

    /// Taps of the kernel: rows of the matrix for one channel.
    pub(super) fn taps(&self) -> usize {
        self.axes.iter().map(|axis| axis.kernel).product()
    }

    /// Whether the matrix is the image: one tap that steps over every element.
    pub(super) fn is_identity(&self) -> bool {
        self.taps() == 1
            && self.axes.iter().all(|axis| axis.stride == 1 && axis.before == 0 && axis.input == axis.output)
    }

    /// Calls `run(row_start, image_start, len)` for every run of elements that a row of the matrix has from the image: its elements are
    /// `row_start..row_start + len` of the matrix and `image_start, image_start + step, ..` of the image. Elements of the matrix
    /// that no run names are padding.
    pub(super) fn runs(&self, channels: usize, mut run: impl FnMut(usize, usize, usize)) {
        let [a, b, c] = &self.axes;
        let mut row = 0;
        for channel in 0..channels {
            let image = channel * self.image_len();
            for tap_a in 0..a.kernel {
                let (outputs_a, first_a) = a.reach(tap_a);
                for tap_b in 0..b.kernel {
                    let (outputs_b, first_b) = b.reach(tap_b);
                    for tap_c in 0..c.kernel {
                        let (outputs_c, first_c) = c.reach(tap_c);
                        for (i, output_a) in outputs_a.clone().enumerate() {
                            for (j, output_b) in outputs_b.clone().enumerate() {
                                let at = (first_a + i * a.stride) * b.input + first_b + j * b.stride;
                                let place = (output_a * b.output + output_b) * c.output + outputs_c.start;
                                run(row + place, image + at * c.input + first_c, outputs_c.len());
                            }
                        }
                        row += self.places();
                    }
                }
            }
        }
    }

    /// How far apart the elements of a run are in the image.
    pub(super) fn step(&self) -> usize {
        self.axes[2].stride
    }

    /// Copies the patches of an image of several channels into the matrix. Padding is left as it is.
    pub(super) fn gather<E: Copy>(&self, channels: usize, image: &[E], matrix: &mut [E]) {
        let step = self.step();
        self.runs(channels, |row, at, len| {
            // A run without elements may begin behind the end.
            let (target, source) = (&mut matrix[row..row + len], &image[at.min(image.len())..]);
            if step == 1 {
                target.copy_from_slice(&source[..len]);
            } else {
                target.iter_mut().zip(source.iter().step_by(step)).for_each(|(to, from)| *to = *from);
            }
        });
    }

    /// Adds the patches in the matrix to an image of several channels: the transpose of [`Patches::gather`].
    pub(super) fn scatter<E: Copy + std::ops::AddAssign>(&self, channels: usize, matrix: &[E], image: &mut [E]) {
        let step = self.step();
        let image_len = image.len();
        self.runs(channels, |row, at, len| {
            let source = &matrix[row..row + len];
            source.iter().zip(image[at.min(image_len)..].iter_mut().step_by(step)).for_each(|(from, to)| *to += *from);
        });
    }
}
