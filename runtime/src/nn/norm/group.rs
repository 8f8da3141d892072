//! Group normalisation.

use super::standardise;
use crate::backend::{Backend, FloatElement, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::{Module, Param};
use crate::nn::config::{config, ensure, init};
use crate::nn::initializer::Initializer;
use crate::nn::ops;

/// Group normalisation: each group of channels of each item to mean 0 and variance 1, then `gamma` and `beta` for each channel.
#[derive(Clone, Debug, Module)]
#[module(layer = GroupNorm)]
pub struct GroupNorm<B: Backend> {
    /// Scale, `[num_channels]`.
    pub gamma: Option<Param<Tensor<B, 1>>>,
    /// Shift, `[num_channels]`.
    pub beta: Option<Param<Tensor<B, 1>>>,
    /// Groups of channels.
    #[module(constant)]
    pub num_groups: usize,
    /// Channels of the input.
    #[module(constant)]
    pub num_channels: usize,
    /// Added to the variance.
    #[module(constant)]
    pub epsilon: f64,
    /// Whether there are `gamma` and `beta`.
    #[module(constant)]
    pub affine: bool,
}

config! {
    /// Creates a [`GroupNorm`].
    GroupNormConfig {
        /// Groups of channels.
        num_groups: usize,
        /// Channels of the input.
        num_channels: usize,
    } with {
        /// Added to the variance; 1e-5 by default.
        with_epsilon => epsilon: f64 = 1e-5,
        /// Whether there are `gamma` and `beta`. There are by default.
        with_affine => affine: bool = true,
    }
}

impl GroupNormConfig {
    fn try_init<B: Backend>(&self, device: &Device) -> Result<GroupNorm<B>> {
        let Self { num_groups, num_channels, .. } = *self;
        let divide = num_groups > 0 && num_channels.is_multiple_of(num_groups);
        ensure(divide, || format!("{num_groups} groups do not divide {num_channels} channels"))?;
        let shape = [num_channels];
        Ok(GroupNorm {
            gamma: self.affine.then(|| Initializer::Ones.try_init(shape, device)).transpose()?,
            beta: self.affine.then(|| Initializer::Zeros.try_init(shape, device)).transpose()?,
            num_groups,
            num_channels,
            epsilon: self.epsilon,
            affine: self.affine,
        })
    }
}

init! {
    /// If the groups do not divide the channels.
    GroupNormConfig: GroupNormRecord => GroupNorm
}

impl<B: Backend> GroupNorm<B> {
    /// `[batch, num_channels, ..]` to the same shape.
    ///
    /// # Panics
    /// If the input has less than two axes or other channels; if `gamma` and `beta` are not there exactly if the layer is `affine`, each
    /// `[num_channels]`.
    pub fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let affine = affine_of(self.affine, self.gamma.as_deref(), self.beta.as_deref());
        group_norm(input, affine, self.num_groups, self.num_channels, self.epsilon)
    }
}

/// Scale and shift of a layer that says whether it has them.
pub(super) fn affine_of<T>(affine: bool, gamma: Option<T>, beta: Option<T>) -> Option<(T, T)> {
    match (affine, gamma, beta) {
        (true, Some(gamma), Some(beta)) => Some((gamma, beta)),
        (false, None, None) => None,
        (_, gamma, beta) => {
            let [gamma, beta] = [gamma, beta].map(|one| if one.is_some() { "present" } else { "absent" });
            panic!("`gamma` is {gamma} and `beta` {beta} in a layer whose `affine` is {affine}")
        }
    }
}

/// Each of `groups` groups of channels to mean 0 and variance 1, then scale and shift for each channel.
pub(super) fn group_norm<B: Backend, const D: usize>(
    input: Tensor<B, D>,
    affine: Option<(&Tensor<B, 1>, &Tensor<B, 1>)>,
    groups: usize,
    channels: usize,
    epsilon: f64,
) -> Tensor<B, D> {
    assert!(D >= 2, "group normalisation needs the axes batch and channels");
    let shape = input.dims();
    assert_eq!(shape[1], channels, "the channels of the input, and those of the layer");
    assert!(groups > 0 && channels.is_multiple_of(groups), "{groups} groups do not divide {channels} channels");
    if let Some((gamma, beta)) = affine {
        ops::assert_shape("gamma", gamma.dims(), [channels]);
        ops::assert_shape("beta", beta.dims(), [channels]);
    }
    let (plane, epsilon) = (shape[2..].iter().product::<usize>(), B::FloatElem::from_f64(epsilon));
    let output = ops::map_runs(input, channels / groups * plane, |_, run| standardise(run, epsilon));
    let Some((gamma, beta)) = affine else { return output };
    let (gamma, beta) = (gamma.elements(), beta.elements());
    ops::map_runs(output, plane, |i, run| {
        let (gamma, beta) = (gamma[i % channels], beta[i % channels]);
        for x in run {
            *x = *x * gamma + beta;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    #[test]
    fn groups_are_normalised_and_channels_scaled() {
        let device = Device::default();
        let input = Tensor::<NdArray<f64>, 3>::from_floats([[[0.0], [4.0], [10.0], [30.0]]], &device);
        // Means 2 and 20, variances 4 and 100.
        let plain: GroupNorm<NdArray<f64>> =
            GroupNormConfig::new(2, 4).with_affine(false).with_epsilon(0.0).init(&device);
        assert!(plain.gamma.is_none() && plain.beta.is_none());
        assert_eq!(plain.forward(input.clone()), Tensor::from_floats([[[-1.0], [1.0], [-1.0], [1.0]]], &device));
        let mut norm: GroupNorm<NdArray<f64>> = GroupNormConfig::new(2, 4).with_epsilon(0.0).init(&device);
        norm.gamma.as_mut().unwrap().set(Tensor::from_floats([1.0, 2.0, 3.0, 4.0], &device));
        norm.beta.as_mut().unwrap().set(Tensor::from_floats([0.0, 1.0, 0.0, 1.0], &device));
        assert_eq!(norm.forward(input), Tensor::from_floats([[[-1.0], [3.0], [-3.0], [5.0]]], device));
    }

    #[test]
    #[should_panic(expected = "3 groups do not divide 4 channels")]
    fn groups_must_divide_the_channels() {
        let _: GroupNorm<NdArray> = GroupNormConfig::new(3, 4).init(Device::default());
    }
}
