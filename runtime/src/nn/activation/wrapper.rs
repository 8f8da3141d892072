//! An activation that a configuration chooses.

use std::borrow::Borrow;

use serde::{Deserialize, Serialize};

use super::{Gelu, LeakyRelu, LeakyReluConfig, PRelu, PReluConfig, Relu, Selu, Sigmoid, SwiGlu, SwiGluConfig, Tanh};
use crate::backend::{Backend, Tensor};
use crate::device::Device;
use crate::error::Result;
use crate::module::Module;
use crate::nn::config::or_panic;

/// An activation chosen by its configuration. The order of the variants is part of `.bin` files.
#[derive(Clone, Debug, Module)]
#[expect(missing_docs, reason = "each variant is the activation of its name")]
#[expect(clippy::large_enum_variant, reason = "a layer has one or three of these")]
#[non_exhaustive]
pub enum Activation<B: Backend> {
    Gelu(Gelu),
    PRelu(PRelu<B>),
    Relu(Relu),
    LeakyRelu(LeakyRelu),
    SwiGlu(SwiGlu<B>),
    Selu(Selu),
    Sigmoid(Sigmoid),
    Tanh(Tanh),
}

/// Creates an [`Activation`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant is the activation of its name")]
#[non_exhaustive]
pub enum ActivationConfig {
    Gelu,
    /// [`Gelu`] with the tanh approximation.
    GeluApproximate,
    PRelu(PReluConfig),
    Relu,
    LeakyRelu(LeakyReluConfig),
    SwiGlu(SwiGluConfig),
    Selu,
    Sigmoid,
    Tanh,
}

impl ActivationConfig {
    /// The activation.
    ///
    /// # Panics
    /// Where the activation's configuration does.
    pub fn init<B: Backend>(&self, device: impl Borrow<Device>) -> Activation<B> {
        or_panic(self.try_init(device.borrow()))
    }

    pub(in crate::nn) fn try_init<B: Backend>(&self, device: &Device) -> Result<Activation<B>> {
        Ok(match self {
            Self::Gelu => Activation::Gelu(Gelu::new()),
            Self::GeluApproximate => Activation::Gelu(Gelu::new_approximate()),
            Self::PRelu(config) => Activation::PRelu(config.try_init(device)?),
            Self::Relu => Activation::Relu(Relu),
            Self::LeakyRelu(config) => Activation::LeakyRelu(config.init()),
            Self::SwiGlu(config) => Activation::SwiGlu(config.try_init(device)?),
            Self::Selu => Activation::Selu(Selu),
            Self::Sigmoid => Activation::Sigmoid(Sigmoid),
            Self::Tanh => Activation::Tanh(Tanh),
        })
    }
}

impl<B: Backend> Activation<B> {
    /// What the activation gives.
    ///
    /// # Panics
    /// Where the activation does.
    pub fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        match self {
            Self::Gelu(activation) => activation.forward(input),
            Self::PRelu(activation) => activation.forward(input),
            Self::Relu(activation) => activation.forward(input),
            Self::LeakyRelu(activation) => activation.forward(input),
            Self::SwiGlu(activation) => activation.forward(input),
            Self::Selu(activation) => activation.forward(input),
            Self::Sigmoid(activation) => activation.forward(input),
            Self::Tanh(activation) => activation.forward(input),
        }
    }
}

macro_rules! from_each {
    ($($(<$backend:ident>)? for $into:ty: $variant:ident($what:ty),)*) => {$(
        impl$(<$backend: Backend>)? From<$what> for $into {
            fn from(what: $what) -> Self {
                Self::$variant(what)
            }
        }
    )*};
}

from_each! {
    for ActivationConfig: PRelu(PReluConfig),
    for ActivationConfig: LeakyRelu(LeakyReluConfig),
    for ActivationConfig: SwiGlu(SwiGluConfig),
    <B> for Activation<B>: Gelu(Gelu),
    <B> for Activation<B>: PRelu(PRelu<B>),
    <B> for Activation<B>: Relu(Relu),
    <B> for Activation<B>: LeakyRelu(LeakyRelu),
    <B> for Activation<B>: SwiGlu(SwiGlu<B>),
    <B> for Activation<B>: Selu(Selu),
    <B> for Activation<B>: Sigmoid(Sigmoid),
    <B> for Activation<B>: Tanh(Tanh),
}
