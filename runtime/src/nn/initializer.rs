//! First values of parameters.

use std::borrow::Borrow;
use std::cell::RefCell;

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::config::or_panic;
use crate::backend::{Backend, FloatElement, Tensor};
use crate::device::Device;
use crate::dtype::Element;
use crate::error::{Error, Result};
use crate::module::Param;
use crate::shape::Shape;

thread_local! {
    /// Gives every parameter a seed of its own.
    static SEEDS: RefCell<Rng> = RefCell::new(Rng::new());
}

/// Makes the first values of the layers that this thread creates from here on the same in every run.
///
/// A parameter draws its own seed when its layer is created, so the order in which lazy values are made has no influence on them.
///
/// ```
/// use vellum::backend::NdArray;
/// use vellum::nn::{self, Linear, LinearConfig};
///
/// let new = || -> Linear<NdArray> { LinearConfig::new(2, 3).init(&Default::default()) };
/// nn::seed(42);
/// let first = new();
/// nn::seed(42);
/// assert_eq!(*new().weight, *first.weight);
/// ```
pub fn seed(seed: u64) {
    SEEDS.with(|seeds| seeds.borrow_mut().seed(seed));
}

/// How a parameter's first values are chosen. `fan_in` and `fan_out` are the numbers of inputs and outputs that an element connects.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Initializer {
    /// One value everywhere.
    Constant {
        /// The value.
        value: f64,
    },
    /// Ones.
    Ones,
    /// Zeros.
    Zeros,
    /// Uniform between two values, both rounded to the type of the elements.
    Uniform {
        /// The least value.
        min: f64,
        /// The bound above, not reached; unless the type of the elements has both bounds as one number.
        max: f64,
    },
    /// Normal.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        std: f64,
    },
    /// Uniform in `±gain * sqrt(3 / fan)` (He et al., 2015).
    KaimingUniform {
        /// The gain of the activation that follows.
        gain: f64,
        /// Whether `fan` is `fan_out`; else it is `fan_in`.
        fan_out_only: bool,
    },
    /// Normal with deviation `gain / sqrt(fan)` (He et al., 2015).
    KaimingNormal {
        /// The gain of the activation that follows.
        gain: f64,
        /// Whether `fan` is `fan_out`; else it is `fan_in`.
        fan_out_only: bool,
    },
    /// Uniform in `±gain * sqrt(6 / (fan_in + fan_out))` (Glorot and Bengio, 2010).
    XavierUniform {
        /// The gain of the activation that follows.
        gain: f64,
    },
    /// Normal with deviation `gain * sqrt(2 / (fan_in + fan_out))` (Glorot and Bengio, 2010).
    XavierNormal {
        /// The gain of the activation that follows.
        gain: f64,
    },
}

impl Initializer {
    /// What linear, convolution and attention layers start from: uniform in `±1 / sqrt(fan_in)`.
    pub(super) const LAYER: Self = Self::KaimingUniform { gain: 0.577_350_269_189_625_8, fan_out_only: false };

    /// A lazy parameter of this shape.
    ///
    /// # Panics
    /// If the initializer needs fans: those take [`Initializer::init_with`].
    pub fn init<B: Backend, const D: usize>(
        &self,
        shape: [usize; D],
        device: impl Borrow<Device>,
    ) -> Param<Tensor<B, D>> {
        or_panic(self.try_init(shape, device.borrow()))
    }

    /// A lazy parameter of this shape, which connects `fan_in` inputs to `fan_out` outputs.
    ///
    /// # Panics
    /// If the initializer needs a fan that is `None`; if the shape has more elements than can be addressed.
    pub fn init_with<B: Backend, const D: usize>(
        &self,
        shape: [usize; D],
        fan_in: Option<usize>,
        fan_out: Option<usize>,
        device: impl Borrow<Device>,
    ) -> Param<Tensor<B, D>> {
        or_panic(self.try_init_with(shape, fan_in, fan_out, device.borrow()))
    }

    pub(super) fn try_init<B: Backend, const D: usize>(
        &self,
        shape: [usize; D],
        device: &Device,
    ) -> Result<Param<Tensor<B, D>>> {
        self.try_init_with(shape, None, None, device)
    }

    pub(super) fn try_init_with<B: Backend, const D: usize>(
        &self,
        shape: [usize; D],
        fan_in: Option<usize>,
        fan_out: Option<usize>,
        device: &Device,
    ) -> Result<Param<Tensor<B, D>>> {
        let values = self.distribution(fan_in, fan_out)?;
        let seed = SEEDS.with(|seeds| seeds.borrow_mut().u64(..));
        Ok(Param::lazy(B::FloatElem::DTYPE, Shape::new(shape)?, device, move |_| values.draw(shape, seed)))
    }

    fn distribution(self, fan_in: Option<usize>, fan_out: Option<usize>) -> Result<Distribution> {
        let one = |name: &str, fan: Option<usize>| match fan {
            #[expect(clippy::cast_precision_loss, reason = "a statistic")]
            Some(fan) => Ok(fan as f64),
            None => Err(Error::argument(format!("{self:?} needs `{name}`"))),
        };
        let kaiming = |out: bool| if out { one("fan_out", fan_out) } else { one("fan_in", fan_in) };
        let xavier = || Ok::<_, Error>(one("fan_in", fan_in)? + one("fan_out", fan_out)?);
        Ok(match self {
            Self::Constant { value } => Distribution::Constant(value),
            Self::Ones => Distribution::Constant(1.0),
            Self::Zeros => Distribution::Constant(0.0),
            Self::Uniform { min, max } => Distribution::Uniform(min, max),
            Self::Normal { mean, std } => Distribution::Normal(mean, std),
            Self::KaimingUniform { gain, fan_out_only } => {
                Distribution::symmetric(gain * (3.0 / kaiming(fan_out_only)?).sqrt())
            }
            Self::KaimingNormal { gain, fan_out_only } => {
                Distribution::Normal(0.0, gain / kaiming(fan_out_only)?.sqrt())
            }
            Self::XavierUniform { gain } => Distribution::symmetric(gain * (6.0 / xavier()?).sqrt()),
            Self::XavierNormal { gain } => Distribution::Normal(0.0, gain * (2.0 / xavier()?).sqrt()),
        })
    }
}

/// An initializer whose fans are known.
#[derive(Clone, Copy)]
enum Distribution {
    Constant(f64),
    Uniform(f64, f64),
    Normal(f64, f64),
}

impl Distribution {
    fn symmetric(bound: f64) -> Self {
        Self::Uniform(-bound, bound)
    }

    fn draw<B: Backend, const D: usize>(self, shape: [usize; D], seed: u64) -> Tensor<B, D> {
        let mut rng = Rng::with_seed(seed);
        let next: &mut dyn FnMut() -> B::FloatElem = match self {
            Self::Constant(value) => return Tensor::full(shape, FloatElement::from_f64(value), Device::default()),
            Self::Uniform(min, max) => &mut move || uniform(min, max, &mut rng),
            Self::Normal(mean, std) => &mut move || FloatElement::from_f64(mean + std * standard_normal(&mut rng)),
        };
        Tensor::from_array(ndarray::ArrayD::from_shape_simple_fn(shape.as_slice(), next))
    }
}

/// At least `min` and below `max`, as elements have them. What is rounded up to the bound becomes the number before it.
fn uniform<E: FloatElement>(min: f64, max: f64, rng: &mut Rng) -> E {
    let drawn = E::from_f64(min + (max - min) * rng.f64());
    let bound = E::from_f64(max);
    if drawn >= bound && bound > E::from_f64(min) { bound.next_down() } else { drawn }
}

/// Box and Muller's transform; `1 - u` is never zero.
fn standard_normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    fn drawn(initializer: Initializer) -> Vec<f64> {
        seed(7);
        let param: Param<Tensor<NdArray<f64>, 2>> =
            initializer.init_with([100, 200], Some(100), Some(200), Device::default());
        assert!(!param.is_initialized());
        param.elements().to_vec()
    }

    fn moments(values: &[f64]) -> (f64, f64) {
        let values = ndarray::aview1(values);
        (values.sum() / 20_000.0, values.std(0.0))
    }

    #[test]
    fn uniform_initializers_fill_their_bounds() {
        let cases = [
            (Initializer::Uniform { min: -0.3, max: 0.3 }, 0.3),
            (Initializer::KaimingUniform { gain: 2.0, fan_out_only: false }, 2.0 * (3.0f64 / 100.0).sqrt()),
            (Initializer::KaimingUniform { gain: 2.0, fan_out_only: true }, 2.0 * (3.0f64 / 200.0).sqrt()),
            (Initializer::XavierUniform { gain: 1.5 }, 1.5 * (6.0f64 / 300.0).sqrt()),
            (Initializer::LAYER, 0.1),
        ];
        for (initializer, bound) in cases {
            let largest = drawn(initializer).iter().fold(0.0f64, |a, x| a.max(x.abs()));
            assert!(largest <= bound && largest > 0.99 * bound, "{initializer:?}: {largest}, not {bound}");
        }
    }

    #[test]
    fn the_bound_above_is_not_reached_whatever_the_elements_are_rounded_to() {
        fn values<E: FloatElement>(min: f64, max: f64) -> Vec<E> {
            seed(7);
            let uniform = Initializer::Uniform { min, max };
            uniform.init::<NdArray<E>, 1>([1000], Device::default()).elements().to_vec()
        }
        let narrow =
            [1.0, -1.0, 0.7, -0.7, 1e30].map(|min: f64| (min, min + 3.0 * min.abs() * f64::from(f32::EPSILON)));
        for (min, max) in narrow {
            let (least, bound) = (f32::from_f64(min), f32::from_f64(max));
            assert!(values::<f32>(min, max).iter().all(|x| (least..bound).contains(x)), "{min} to {max}");
            let max = min + 2.0 * min.abs() * f64::EPSILON;
            assert!(values::<f64>(min, max).iter().all(|x| (min..max).contains(x)), "{min} to {max}");
        }
        assert_eq!(values::<f32>(1.0, 1.0 + f64::from(f32::EPSILON)), [1.0; 1000]);
        assert_eq!(values::<f32>(1.0, 1.0 + f64::EPSILON), [1.0; 1000], "the same number");
    }

    #[test]
    fn normal_initializers_have_their_moments() {
        let cases = [
            (Initializer::Normal { mean: 3.0, std: 0.5 }, 3.0, 0.5),
            (Initializer::KaimingNormal { gain: 2.0, fan_out_only: false }, 0.0, 0.2),
            (Initializer::KaimingNormal { gain: 2.0, fan_out_only: true }, 0.0, 2.0 / 200f64.sqrt()),
            (Initializer::XavierNormal { gain: 1.0 }, 0.0, (2.0f64 / 300.0).sqrt()),
        ];
        for (initializer, mean, std) in cases {
            let (m, s) = moments(&drawn(initializer));
            assert!((m - mean).abs() < 0.02 * std, "{initializer:?}: mean {m}");
            assert!((s / std - 1.0).abs() < 0.02, "{initializer:?}: deviation {s}");
        }
    }

    #[test]
    fn constants_are_constant() {
        assert_eq!(drawn(Initializer::Constant { value: 0.25 }), vec![0.25; 20_000]);
        assert_eq!(drawn(Initializer::Ones), vec![1.0; 20_000]);
        assert_eq!(drawn(Initializer::Zeros), vec![0.0; 20_000]);
    }

    #[test]
    fn the_order_of_first_reads_has_no_influence() {
        let two = || {
            seed(1);
            let new = || Initializer::Ones.init::<NdArray, 1>([1], Device::default());
            let uniform = || Initializer::Uniform { min: 0.0, max: 1.0 }.init::<NdArray, 1>([3], Device::default());
            let _ = new();
            (uniform(), uniform())
        };
        let ((a, b), (c, d)) = (two(), two());
        let (d, c) = (d.val(), c.val());
        assert_eq!((a.val(), b.val()), (c, d));
        assert_ne!(*a, *b);
    }

    #[test]
    #[should_panic(expected = "needs `fan_in`")]
    fn a_missing_fan_is_said_at_once() {
        let _ = Initializer::LAYER.init::<NdArray, 1>([3], Device::default());
    }
}
