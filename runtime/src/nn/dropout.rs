//! Dropout.

use super::config::{config, ensure, or_panic};
use crate::backend::{Backend, Tensor};
use crate::error::Result;
use crate::module::Module;

/// Dropout: what training sets to zero at random. A forward pass here predicts, so it changes nothing.
#[derive(Clone, Debug, Module, serde::Serialize, serde::Deserialize)]
#[module(stateless)]
pub struct Dropout {
    /// The probability of zero.
    #[module(constant)]
    pub prob: f64,
}

config! {
    /// Creates a [`Dropout`].
    DropoutConfig {
        /// The probability of zero, from 0 to 1.
        prob: f64,
    } with {}
}

impl DropoutConfig {
    /// The layer.
    ///
    /// # Panics
    /// If `prob` is not a probability.
    pub fn init(&self) -> Dropout {
        or_panic(self.try_init())
    }

    pub(super) fn try_init(&self) -> Result<Dropout> {
        ensure((0.0..=1.0).contains(&self.prob), || format!("{} is not a probability", self.prob))?;
        Ok(Dropout { prob: self.prob })
    }
}

impl Dropout {
    /// The input.
    #[must_use]
    pub fn forward<B: Backend, const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        input
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::NdArray;

    #[test]
    fn a_prediction_drops_nothing() {
        let input = Tensor::<NdArray, 1>::ones([4], crate::Device::default());
        assert_eq!(DropoutConfig::new(0.9).init().forward(input.clone()), input);
    }

    #[test]
    #[should_panic(expected = "1.5 is not a probability")]
    fn a_probability_is_at_most_one() {
        let _ = DropoutConfig::new(1.5).init();
    }
}
