//! Transposed convolution: a matrix product whose columns are added up where patches lie.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayD, IxDyn};
use num_traits::{One, Zero};

use super::patches::Patches;
use crate::backend::{Backend, Tensor};
use crate::nn::ops::{assert_shape, matrix};
use crate::nn::window::Axis;

/// How a kernel is spread over `S` axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct TransposedConvolution<const S: usize> {
    pub(super) stride: [usize; S],
    pub(super) dilation: [usize; S],
    pub(super) padding: [usize; S],
    pub(super) padding_out: [usize; S],
    pub(super) groups: usize,
}

impl<const S: usize> TransposedConvolution<S> {
    /// `[batch, input, places..]` to `[batch, output, image..]`.
    pub(super) fn forward<B: Backend, const D: usize>(
        &self,
        input: &Tensor<B, D>,
        weight: &Tensor<B, D>,
        bias: Option<&Tensor<B, 1>>,
    ) -> Tensor<B, D> {
        let (spread, kernel, groups) = (input.dims(), weight.dims(), self.groups);
        let (batch, channels_in) = (spread[0], spread[1]);
        assert!(
            groups > 0 && channels_in % groups == 0 && kernel[0] == channels_in,
            "{channels_in} channels of input do not fit a weight of shape {kernel:?} in {groups} groups"
        );
        let axes: [Axis; S] = std::array::from_fn(|i| {
            let (stride, dilation) = (self.stride[i], self.dilation[i]);
            Axis::transposed(spread[i + 2], kernel[i + 2], stride, dilation, self.padding[i], self.padding_out[i])
        });
        let patches = Patches::new(axes);
        let (places, taps, image_len) = (patches.places(), patches.taps(), patches.image_len());
        let (group_in, group_out) = (channels_in / groups, kernel[1]);
        let (channels_out, rows) = (group_out * groups, group_out * taps);
        if let Some(bias) = bias {
            assert_shape("bias", bias.dims(), [channels_out]);
        }

        let mut shape = spread;
        shape[1] = channels_out;
        shape[2..].iter_mut().zip(axes).for_each(|(len, axis)| *len = axis.input);
        let mut output = ArrayD::from_elem(IxDyn(&shape), B::FloatElem::zero());
        let elements = output.as_slice_mut().unwrap_or_else(|| unreachable!("a new array is in row-major order"));
        if let Some(bias) = bias.filter(|_| image_len > 0) {
            let bias = bias.elements().iter().cycle();
            elements.chunks_exact_mut(image_len).zip(bias).for_each(|(plane, bias)| plane.fill(*bias));
        }
        let mut columns = Array2::zeros((rows, places));
        for image in 0..batch {
            for group in 0..groups {
                let from = &input.elements()[(image * channels_in + group * group_in) * places..][..group_in * places];
                let weight = &weight.elements()[group * group_in * rows..][..group_in * rows];
                let weight = matrix([group_in, rows], weight);
                let (one, zero) = (B::FloatElem::one(), B::FloatElem::zero());
                general_mat_mul(one, &weight.t(), &matrix([group_in, places], from), zero, &mut columns);
                let to = &mut elements[(image * channels_out + group * group_out) * image_len..];
                let columns = columns.as_slice().unwrap_or_else(|| unreachable!("a new array is in row-major order"));
                patches.scatter(group_out, columns, &mut to[..group_out * image_len]);
            }
        }
        Tensor::from_array(output)
    }
}
