//! The derive where `::vellum` is nothing: the runtime has another name here, and is re-exported.
#![no_std]

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
    use paper::{Module, Param};

    use super::Layer;

    #[test]
    fn the_derive_finds_the_runtime() {
        let layer = Layer { weight: Param::new(1.0), width: 3, cache: Some(1) };
        let copy = Layer::init_with(layer.record());
        assert_eq!((copy.width, copy.cache), (3, None));
    }
}
