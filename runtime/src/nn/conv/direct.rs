//! Convolution as a matrix product over patches.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayD, ArrayViewMut2, IxDyn};
use num_traits::{One, Zero};

use super::patches::Patches;
use crate::backend::{Backend, Tensor};
use crate::nn::ops::{assert_shape, matrix};
use crate::nn::padding::Pair;
use crate::nn::window::Axis;

/// How a kernel moves over `S` axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Convolution<const S: usize> {
    pub(super) stride: [usize; S],
    /// By which the padding was found.
    pub(super) kernel_size: [usize; S],
    pub(super) dilation: [usize; S],
    pub(super) padding: [Pair; S],
    pub(super) groups: usize,
}

impl<const S: usize> Convolution<S> {
    /// `[batch, input, image..]` to `[batch, output, places..]`.
    pub(super) fn forward<B: Backend, const D: usize>(
        &self,
        input: &Tensor<B, D>,
        weight: &Tensor<B, D>,
        bias: Option<&Tensor<B, 1>>,
    ) -> Tensor<B, D> {
        let (image, kernel, groups) = (input.dims(), weight.dims(), self.groups);
        let (batch, channels_in, channels_out) = (image[0], image[1], kernel[0]);
        assert!(
            groups > 0 && channels_out % groups == 0 && kernel[1].checked_mul(groups) == Some(channels_in),
            "{channels_in} channels of input do not fit a weight of shape {kernel:?} in {groups} groups"
        );
        let mut expected = kernel;
        expected[2..].copy_from_slice(&self.kernel_size);
        assert_shape("weight", kernel, expected);
        if let Some(bias) = bias {
            assert_shape("bias", bias.dims(), [channels_out]);
        }
        let axes: [Axis; S] = std::array::from_fn(|i| {
            Axis::new(image[i + 2], kernel[i + 2], self.stride[i], self.dilation[i], self.padding[i])
        });
        let patches = Patches::new(axes);
        let (places, taps, image_len) = (patches.places(), patches.taps(), patches.image_len());
        let (group_in, group_out) = (kernel[1], channels_out / groups);
        let rows = group_in * taps;

        let mut shape = image;
        shape[1] = channels_out;
        shape[2..].iter_mut().zip(axes).for_each(|(len, axis)| *len = axis.output);
        let mut output = ArrayD::from_elem(IxDyn(&shape), B::FloatElem::zero());
        let elements = output.as_slice_mut().unwrap_or_else(|| unreachable!("a new array is in row-major order"));
        if let Some(bias) = bias.filter(|_| places > 0) {
            let bias = bias.elements().iter().cycle();
            elements.chunks_exact_mut(places).zip(bias).for_each(|(plane, bias)| plane.fill(*bias));
        }
        // The padding lies in the same places for every image: it is zero from here on.
        let mut columns = vec![B::FloatElem::zero(); if patches.is_identity() { 0 } else { rows * places }];
        for image in 0..batch {
            for group in 0..groups {
                let from = &input.elements()[(image * channels_in + group * group_in) * image_len..];
                let from = &from[..group_in * image_len];
                let columns = if patches.is_identity() {
                    from
                } else {
                    patches.gather(group_in, from, &mut columns);
                    &columns
                };
                let weight = &weight.elements()[group * group_out * rows..][..group_out * rows];
                let to = &mut elements[(image * channels_out + group * group_out) * places..][..group_out * places];
                let mut to = ArrayViewMut2::from_shape((group_out, places), to)
                    .unwrap_or_else(|_| unreachable!("the slice has as many elements"));
                let one = B::FloatElem::one();
                general_mat_mul(
                    one,
                    &matrix([group_out, rows], weight),
                    &matrix([rows, places], columns),
                    one,
                    &mut to,
                );
            }
        }
        Tensor::from_array(output)
    }
}
