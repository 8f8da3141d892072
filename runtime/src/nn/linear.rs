//! A linear layer.

use std::fmt::Display;

use super::config::{config, init};
use super::initializer::Initializer;
use super::ops;
use crate::backend::{Backend, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::{Module, Param};
use crate::record::MatrixLayout;

/// `input * weight + bias` over the last axis.
///
/// ```
/// use vellum::backend::{NdArray, Tensor};
/// use vellum::nn::{Linear, LinearConfig};
///
/// let device = Default::default();
/// let linear: Linear<NdArray> = LinearConfig::new(10, 64).with_bias(false).init(&device);
/// assert_eq!(linear.forward(Tensor::<NdArray, 2>::zeros([5, 10], &device)).dims(), [5, 64]);
/// ```
#[derive(Clone, Debug, Module)]
#[module(layer = Linear)]
pub struct Linear<B: Backend> {
    /// `[d_input, d_output]`.
    pub weight: Param<Tensor<B, 2>>,
    /// `[d_output]`.
    pub bias: Option<Param<Tensor<B, 1>>>,
}

/// How the weight of a [`Linear`] lies in records. In memory it always is `[d_input, d_output]`.
///
/// Burn's files do not say which of the two they have. Of a weight that is no square the shape tells, and another one than the layer's is
/// refused; a square one is taken for what the layer's configuration says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum LinearLayout {
    /// `[d_input, d_output]`.
    #[default]
    Row,
    /// `[d_output, d_input]`: what Burn's layers of this layout are saved as. It is kept when the layer is saved again.
    Col,
}

config! {
    /// Creates a [`Linear`].
    LinearConfig {
        /// Length of the input's last axis.
        d_input: usize,
        /// Length of the output's last axis.
        d_output: usize,
    } with {
        /// Whether a bias is added. It is by default.
        with_bias => bias: bool = true,
        /// First values; by default uniform in `±1 / sqrt(d_input)`.
        with_initializer => initializer: Initializer = Initializer::LAYER,
        /// How the weight lies in records; by default as [`LinearLayout::Row`].
        with_layout => layout: LinearLayout = LinearLayout::Row,
    }
}

impl LinearConfig {
    pub(super) fn try_init<B: Backend>(&self, device: &Device) -> Result<Linear<B>> {
        let (fan_in, fan_out) = (Some(self.d_input), Some(self.d_output));
        let layout = match self.layout {
            LinearLayout::Row => MatrixLayout::Rows,
            LinearLayout::Col => MatrixLayout::Columns,
        };
        let weight = self.initializer.try_init_with([self.d_input, self.d_output], fan_in, fan_out, device)?;
        let bias = || self.initializer.try_init_with([self.d_output], fan_in, fan_out, device);
        Ok(Linear { weight: weight.lying(layout), bias: self.bias.then(bias).transpose()? })
    }
}

init! { LinearConfig: LinearRecord => Linear }

impl<B: Backend> Linear<B> {
    /// `[.., d_input]` to `[.., d_output]`.
    ///
    /// # Panics
    /// If the last axis has another length than `d_input`, or the bias another than `d_output`.
    #[expect(clippy::needless_pass_by_value, reason = "layers take their input, as in Burn")]
    pub fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let [d_input, d_output] = self.weight.dims();
        let mut shape = input.dims();
        assert_eq!(ops::last_axis(&input), d_input, "the length of the input's last axis, and that of the layer's");
        shape[D - 1] = d_output;
        Tensor::<B, 2>::from_array(ops::affine(&ops::rows(&input), &self.weight, self.bias.as_deref())).reshape(shape)
    }

    /// Refuses a weight and a bias that are not from `d_input` to `d_output`, for the layer that has this one as `name`.
    pub(super) fn assert_shape(&self, name: impl Display, [d_input, d_output]: [usize; 2]) {
        ops::assert_shape(format_args!("{name}.weight"), self.weight.dims(), [d_input, d_output]);
        if let Some(bias) = &self.bias {
            ops::assert_shape(format_args!("{name}.bias"), bias.dims(), [d_output]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    #[test]
    fn the_last_axis_goes_through_the_weight() {
        let device = Device::default();
        let mut linear: Linear<NdArray> = LinearConfig::new(2, 3).init(&device);
        linear.weight.set(Tensor::from_floats([[1.0f32, 2.0, 3.0], [10.0, 20.0, 30.0]], &device));
        linear.bias.as_mut().unwrap().set(Tensor::from_floats([0.5f32, 0.0, -0.5], &device));
        let input = Tensor::<NdArray, 3>::from_floats([[[1.0f32, 0.0], [1.0, 1.0]]], &device);
        let expected = Tensor::<NdArray, 3>::from_floats([[[1.5f32, 2.0, 2.5], [11.5, 22.0, 32.5]]], &device);
        assert_eq!(linear.forward(input), expected);
        let input = Tensor::<NdArray, 1>::from_floats([2.0f32, 0.0], &device);
        assert_eq!(linear.forward(input), Tensor::from_floats([2.5f32, 4.0, 5.5], device));
    }

    #[test]
    #[should_panic(expected = "last axis")]
    fn another_width_is_refused() {
        let linear: Linear<NdArray> = LinearConfig::new(2, 3).init(Device::default());
        let _ = linear.forward(Tensor::<NdArray, 2>::zeros([1, 4], Device::default()));
    }

    #[test]
    fn a_record_must_fit_the_configuration() {
        let linear: Linear<NdArray> = LinearConfig::new(2, 3).init(Device::default());
        let id = linear.weight.id();
        let loaded = LinearConfig::new(2, 3).init_with(linear.record());
        assert_eq!((loaded.weight.id(), &*loaded.weight), (id, &*linear.weight));
        let error = LinearConfig::new(3, 2).with_bias(false).try_init_with(linear.record()).unwrap_err().to_string();
        assert!(error.contains("weight") && error.contains("bias"), "{error}");
    }
}
