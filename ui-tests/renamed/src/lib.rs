//! The derive where `::vellum` is nothing: the runtime has another name here, and is re-exported. Nor is there `std`: this crate is built
//! for processors without a system, too.
#![no_std]

use paper::record::Recorder;
use paper::recorder::NoStdInferenceRecorder;
use paper::{Device, Module};

/// Where the runtime is.
pub mod inner {
    pub use paper;
}

/// Finds the runtime by a path that starts at this crate.
#[derive(inner::paper::Module)]
#[module(crate = "crate::inner::paper")]
pub struct Layer {
    /// A parameter that is a number.
    pub weight: paper::Param<f32>,
    /// A constant.
    #[module(constant, default = 2)]
    pub width: u8,
    /// A skipped field.
    #[module(skip)]
    pub cache: Option<u8>,
}

/// Finds it by its name.
#[derive(paper::Module)]
#[module(crate = "paper", stateless)]
pub enum Activation {
    /// One.
    Relu,
    /// Another.
    Leaky(f32),
}

/// Modules in a module.
#[derive(paper::Module)]
#[module(crate = "paper")]
pub struct Network {
    /// One.
    pub layer: Layer,
    /// Another, which may be absent.
    pub head: Option<Layer>,
    /// An enum.
    pub activation: Activation,
}

impl Network {
    /// The network that is compiled into the program.
    ///
    /// # Errors
    /// If the bytes are not a network's.
    pub fn compiled_in(bytes: &'static [u8]) -> paper::Result<Self> {
        NoStdInferenceRecorder::default().load(bytes, Device::default()).map(Self::init_with)
    }
}

/// As the others.
#[derive(paper::Record)]
#[record(crate = "paper")]
pub struct Data {
    /// A number.
    pub epoch: u32,
    /// The record of a module.
    pub layer: LayerRecord,
}

#[cfg(test)]
mod tests {
    use paper::record::Recorder;
    use paper::recorder::NoStdInferenceRecorder;
    use paper::{Module, Param, Result};

    use super::{Activation, Layer, Network};

    #[test]
    fn the_derive_finds_the_runtime() {
        let layer = Layer { weight: Param::new(1.0), width: 3, cache: Some(1) };
        let copy = Layer::init_with(layer.record());
        assert_eq!((copy.width, copy.cache), (3, None));
    }

    #[test]
    fn a_network_is_compiled_in() -> Result<()> {
        let layer = |weight| Layer { weight: Param::new(weight), width: 3, cache: None };
        let network = Network { layer: layer(0.5), head: Some(layer(-0.0)), activation: Activation::Leaky(0.1) };
        let saved = NoStdInferenceRecorder::default().record(network.record(), ())?;
        let loaded = Network::compiled_in(saved.leak())?;
        assert_eq!((*loaded.layer.weight, loaded.layer.width), (0.5, 3));
        assert_eq!(loaded.head.map(|head| head.weight.to_bits()), Some((-0.0f32).to_bits()));
        Ok(())
    }
}
