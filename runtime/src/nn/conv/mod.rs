//! Convolutions.
//!
//! Kernels lie in memory as in PyTorch: `[output, input / groups, kernel..]`, transposed ones `[input, output / groups, kernel..]`.

mod conv1d;
mod conv2d;
mod conv3d;
mod conv_transpose1d;
mod conv_transpose2d;
mod direct;
mod patches;
mod transposed;

pub use conv_transpose1d::{ConvTranspose1d, ConvTranspose1dConfig, ConvTranspose1dRecord};
pub use conv_transpose2d::{ConvTranspose2d, ConvTranspose2dConfig, ConvTranspose2dRecord};
pub use conv1d::{Conv1d, Conv1dConfig, Conv1dRecord};
pub use conv2d::{Conv2d, Conv2dConfig, Conv2dRecord};
pub use conv3d::{Conv3d, Conv3dConfig, Conv3dRecord};

use super::config::ensure;
use crate::error::Result;

fn check_groups(channels_in: usize, channels_out: usize, groups: usize) -> Result<()> {
    let divide = groups > 0 && channels_in.is_multiple_of(groups) && channels_out.is_multiple_of(groups);
    ensure(divide, || {
        format!("{groups} groups do not divide {channels_in} channels of input and {channels_out} of output")
    })
}

/// `fan_in` and `fan_out` of a kernel over so many channels each. Where they are too much to count, the weight's shape is refused.
fn fans(channels: [usize; 2], groups: usize, kernel: &[usize]) -> [Option<usize>; 2] {
    channels.map(|channels| Some(kernel.iter().fold(channels / groups, |fan, len| fan.saturating_mul(*len))))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array4, ArrayView4, Ix4};

    use super::*;
    use crate::backend::{NdArray, Tensor};
    use crate::nn::{Initializer, PaddingConfig1d, PaddingConfig2d, PaddingConfig3d};
    use crate::{Device, Module, Param};

    type Nd = NdArray<f64>;
    const DEVICE: Device = Device::Cpu;

    fn random<const D: usize>(shape: [usize; D]) -> Tensor<Nd, D> {
        Initializer::Normal { mean: 0.0, std: 1.0 }.init(shape, DEVICE).into_value()
    }

    fn close(actual: &ArrayView4<'_, f64>, expected: &Array4<f64>, what: &str) {
        assert_eq!(actual.shape(), expected.shape(), "{what}");
        assert!(actual.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-10), "{what}");
    }

    fn four(tensor: &Tensor<Nd, 4>) -> ArrayView4<'_, f64> {
        tensor.view().into_dimensionality::<Ix4>().unwrap()
    }

    /// Calls `tap(output, input, weight)` with the indices of every product that the layer's definition has, and gives the shape.
    fn products(
        layer: &Conv2d<Nd>,
        image: [usize; 4],
        mut tap: impl FnMut([usize; 4], [usize; 4], [usize; 4]),
    ) -> [usize; 4] {
        let [out, group_in, kh, kw] = layer.weight.dims();
        let pads = layer.padding.pairs([image[2], image[3]], layer.kernel_size, layer.stride);
        let len = |i: usize| {
            let kernel = layer.dilation[i] * (layer.kernel_size[i] - 1) + 1;
            (image[i + 2] + pads[i].0 + pads[i].1 - kernel) / layer.stride[i] + 1
        };
        let shape = [image[0], out, len(0), len(1)];
        for (n, o, y, x) in ndarray::indices(shape) {
            for (c, i, j) in ndarray::indices([group_in, kh, kw]) {
                let row = (y * layer.stride[0] + i * layer.dilation[0]).wrapping_sub(pads[0].0);
                let column = (x * layer.stride[1] + j * layer.dilation[1]).wrapping_sub(pads[1].0);
                if row < image[2] && column < image[3] {
                    let channel = o / (out / layer.groups) * group_in + c;
                    tap([n, o, y, x], [n, channel, row, column], [o, c, i, j]);
                }
            }
        }
        shape
    }

    fn geometries() -> Vec<Conv2dConfig> {
        let base = Conv2dConfig::new([4, 6], [3, 2]);
        vec![
            base.clone(),
            base.clone().with_stride([2, 3]).with_padding(PaddingConfig2d::Explicit(1, 0, 2, 3)),
            base.clone().with_dilation([2, 1]).with_groups(2).with_padding(PaddingConfig2d::Same),
            base.with_stride([1, 2]).with_dilation([1, 3]).with_padding(PaddingConfig2d::Explicit(5, 5, 5, 5)),
            Conv2dConfig::new([4, 4], [1, 1]).with_groups(4),
            Conv2dConfig::new([4, 4], [1, 1]).with_stride([2, 2]),
            Conv2dConfig::new([4, 2], [7, 6]).with_bias(false),
        ]
    }

    #[test]
    fn convolutions_follow_the_definition() {
        // Of these some weights lie in the padding wherever the kernel is.
        let wide = Conv2dConfig::new([4, 2], [7, 5]).with_padding(PaddingConfig2d::Same);
        let apart =
            Conv2dConfig::new([4, 2], [3, 3]).with_dilation([6, 6]).with_padding(PaddingConfig2d::Explicit(6, 6, 6, 6));
        let small = [(wide.clone(), [1, 1]), (wide.clone(), [2, 1]), (wide, [1, 3]), (apart, [5, 5])];
        for (config, [height, width]) in geometries().into_iter().map(|config| (config, [7, 6])).chain(small) {
            let (layer, input): (Conv2d<Nd>, _) = (config.init(DEVICE), random([2, 4, height, width]));
            let shape = products(&layer, input.dims(), |_, _, _| {});
            let mut expected = Array4::zeros(shape);
            products(&layer, input.dims(), |o, i, w| expected[o] += input.view()[&i[..]] * layer.weight.view()[&w[..]]);
            if let Some(bias) = &layer.bias {
                expected.indexed_iter_mut().for_each(|((_, o, _, _), x)| *x += bias.elements()[o]);
            }
            close(&four(&layer.forward(input)), &expected, &format!("{config:?} over {height} x {width}"));
        }
    }

    #[test]
    fn a_transposed_convolution_is_the_transpose() {
        for config in geometries() {
            let image = [2, 4, 7, 6];
            let layer: Conv2d<Nd> = config.clone().with_padding(PaddingConfig2d::Explicit(1, 0, 1, 0)).init(DEVICE);
            let shape = products(&layer, image, |_, _, _| {});
            let spread = random(shape);
            let mut expected = Array4::zeros(image);
            products(&layer, image, |o, i, w| expected[i] += spread.view()[&o[..]] * layer.weight.view()[&w[..]]);

            let [inputs, outputs] = config.channels;
            let full =
                |i: usize| (shape[i + 2] - 1) * layer.stride[i] + layer.dilation[i] * (layer.kernel_size[i] - 1) + 1;
            let padding = [1, 0];
            let transposed = ConvTranspose2dConfig::new([outputs, inputs], config.kernel_size)
                .with_stride(config.stride)
                .with_dilation(config.dilation)
                .with_groups(config.groups)
                .with_padding(padding)
                .with_padding_out([7 + 2 - full(0), 6 - full(1)])
                .with_bias(false);
            let mut transposed: ConvTranspose2d<Nd> = transposed.init(DEVICE);
            transposed.weight = Param::new(layer.weight.val());
            close(&four(&transposed.forward(spread)), &expected, &format!("{config:?}"));
        }
    }

    #[test]
    fn one_and_three_axes_are_as_two() {
        let two: Conv2d<Nd> = Conv2dConfig::new([2, 3], [1, 3]).with_padding(PaddingConfig2d::Same).init(DEVICE);
        let input = random([1, 2, 1, 5]);
        let expected = two.forward(input.clone());
        let (weight, bias) = (two.weight.val(), two.bias);
        let one = Conv1d {
            weight: Param::new(weight.clone().reshape([3, 2, 3])),
            bias: bias.clone(),
            ..Conv1dConfig::new(2, 3, 3).with_padding(PaddingConfig1d::Same).init(DEVICE)
        };
        let three = Conv3d {
            weight: Param::new(weight.reshape([3, 2, 1, 1, 3])),
            bias,
            ..Conv3dConfig::new([2, 3], [1, 1, 3]).with_padding(PaddingConfig3d::Same).init(DEVICE)
        };
        assert_eq!(one.forward(input.clone().reshape([1, 2, 5])).reshape([1, 3, 1, 5]), expected);
        assert_eq!(three.forward(input.reshape([1, 2, 1, 1, 5])).reshape([1, 3, 1, 5]), expected);
    }

    #[test]
    fn an_empty_batch_gives_an_empty_batch() {
        let layer: Conv2d<Nd> = Conv2dConfig::new([2, 3], [3, 3]).init(DEVICE);
        assert_eq!(layer.forward(Tensor::zeros([0, 2, 5, 5], DEVICE)).dims(), [0, 3, 3, 3]);
    }

    #[test]
    #[should_panic(expected = "3 groups do not divide 4 channels of input and 6 of output")]
    fn groups_must_divide_the_channels() {
        let _: Conv2d<Nd> = Conv2dConfig::new([4, 6], [3, 3]).with_groups(3).init(DEVICE);
    }

    #[test]
    #[should_panic(expected = "5 channels of input do not fit a weight of shape [6, 4, 3, 3] in 1 groups")]
    fn other_channels_are_refused() {
        let layer: Conv2d<Nd> = Conv2dConfig::new([4, 6], [3, 3]).init(DEVICE);
        let _ = layer.forward(Tensor::zeros([1, 5, 5, 5], DEVICE));
    }

    #[test]
    fn a_record_brings_its_geometry() {
        let layer: Conv2d<Nd> = geometries().remove(1).init(DEVICE);
        let loaded = Conv2d::init_with(layer.record());
        assert_eq!((loaded.stride, loaded.padding), (layer.stride, layer.padding));
    }
}
