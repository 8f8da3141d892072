//! Layers as Flux.jl lays them out, and as Vellum and Burn do.
//!
//! | layer | Flux (Julia's shape) | Vellum |
//! |---|---|---|
//! | `Dense` | `weight` `(out, in)` | `weight` `[in, out]` |
//! | `Conv` | `weight` `(width, height, in / groups, out)`, flipped | `weight` `[out, in / groups, height, width]` |
//! | `ConvTranspose` | `weight` `(width, height, out / groups, in)`, flipped | `weight` `[in, out / groups, height, width]` |
//! | `BatchNorm` | `β`, `γ`, `μ`, `σ²` | `beta`, `gamma`, `running_mean`, `running_var` |
//! | `GroupNorm`, `InstanceNorm` | `β`, `γ` | `beta`, `gamma` |
//! | `LayerNorm` | `diag.scale`, `diag.bias` | `gamma`, `beta` |
//! | `Embedding` | `weight` `(width, entries)` | `weight` `[entries, width]` |
//! | any | `bias = false` | a bias of zeros, where the module has one |
//!
//! A convolution of Flux is one in the mathematician's sense: NNlib reads the kernel from its end along each axis of the image (`kernel_index` in
//! `NNlib/src/impl/conv_im2col.jl`, where `flipkernel` is false, as it is for `Conv`), so that the kernel is turned around on the way.
//! `CrossCor`, whose fields are the same, is not, and a state does not say which of the two it is of: a file with `CrossCor` is loaded with
//! [`FluxToBurnAdapter::cross_correlation`]. This follows from the sources; no Julia was run.
//!
//! Hyperparameters that a state has beside these (`stride`, `ϵ`, `momentum`) have no place in a module's tensors.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::layout::{Layer, Layout, Slot};
use super::super::lazy::LazyTensor;
use super::super::named::{NamedTensor, NamedTensors};
use super::arithmetic::filled;
use super::{Direction, ModuleAdapter};
use crate::error::{Error, Result};
use crate::record::LayerKind;
use crate::tensor::TensorData;

/// Tensors as Flux lays them out become those of Vellum's layers. Done once, however often it is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct FluxToBurnAdapter {
    cross_correlation: bool,
}

/// Tensors of Vellum's layers become those of Flux's. Done once, however often it is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct BurnToFluxAdapter {
    cross_correlation: bool,
}

impl FluxToBurnAdapter {
    /// For a model whose convolutions are `Conv` and `ConvTranspose`.
    pub const fn new() -> Self {
        Self { cross_correlation: false }
    }

    /// For a model whose convolutions are `CrossCor`: kernels are not turned around.
    pub const fn cross_correlation() -> Self {
        Self { cross_correlation: true }
    }
}

impl BurnToFluxAdapter {
    /// For a model whose convolutions are `Conv` and `ConvTranspose`.
    pub const fn new() -> Self {
        Self { cross_correlation: false }
    }

    /// For a model whose convolutions are `CrossCor`: kernels are not turned around.
    pub const fn cross_correlation() -> Self {
        Self { cross_correlation: true }
    }
}

/// Flux's names of a layer's tensors, and ours.
fn names(kind: LayerKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        LayerKind::BatchNorm => &[("γ", "gamma"), ("β", "beta"), ("μ", "running_mean"), ("σ²", "running_var")],
        LayerKind::GroupNorm | LayerKind::InstanceNorm => &[("γ", "gamma"), ("β", "beta")],
        LayerKind::LayerNorm => &[("diag.scale", "gamma"), ("diag.bias", "beta")],
        _ => &[("weight", "weight"), ("bias", "bias")],
    }
}

/// What a tensor goes through, the same in both directions but for the order.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    AsItIs,
    Transposed,
    /// All axes in the opposite order, the image's from their ends.
    Kernel,
}

fn form(kind: LayerKind, name: &str) -> Form {
    match kind {
        LayerKind::Linear | LayerKind::Embedding if name == "weight" => Form::Transposed,
        LayerKind::Conv1d
        | LayerKind::Conv2d
        | LayerKind::Conv3d
        | LayerKind::ConvTranspose1d
        | LayerKind::ConvTranspose2d
            if name == "weight" =>
        {
            Form::Kernel
        }
        _ => Form::AsItIs,
    }
}

impl ModuleAdapter for FluxToBurnAdapter {
    fn adapt(&self, tensors: &mut NamedTensors<'_>, layout: &Layout, _direction: Direction) -> Result<()> {
        if tensors.translate_once() {
            return Ok(());
        }
        let layers: Vec<Layer<'_>> = layout.layers();
        for layer in &layers {
            for (flux, ours) in names(layer.kind) {
                let Some(slot) = layer.slot(ours) else { continue };
                if *ours == "bias" && says_no_bias(tensors, &layer.name(flux), slot)? {
                    tensors.drop_known(&layer.name(flux));
                    let zeros = filled(slot.dtype, slot.shape.clone(), 0.0);
                    tensors.insert(NamedTensor::implied(layer.name(ours), zeros))?;
                    continue;
                }
                tensors.replace(&layer.name(flux), |tensor| {
                    tensor.becomes(layer.name(ours), |tensor| match form(layer.kind, ours) {
                        Form::Transposed if tensor.shape().rank() == 2 => tensor.transposed(),
                        Form::Kernel => Ok(turned(reversed(tensor)?, self.cross_correlation)),
                        _ => Ok(tensor),
                    })
                })?;
            }
        }
        drop_hyperparameters(tensors, layout, &layers);
        Ok(())
    }

    fn inverse(&self) -> Option<Box<dyn ModuleAdapter>> {
        Some(Box::new(BurnToFluxAdapter { cross_correlation: self.cross_correlation }))
    }
}

impl ModuleAdapter for BurnToFluxAdapter {
    fn adapt(&self, tensors: &mut NamedTensors<'_>, layout: &Layout, _direction: Direction) -> Result<()> {
        if tensors.translate_once() {
            return Ok(());
        }
        for layer in layout.layers() {
            for (flux, ours) in names(layer.kind) {
                tensors.replace(&layer.name(ours), |tensor| {
                    tensor.becomes(layer.name(flux), |tensor| match form(layer.kind, ours) {
                        Form::Transposed if tensor.shape().rank() == 2 => tensor.transposed(),
                        Form::Kernel => reversed(turned(tensor, self.cross_correlation)),
                        _ => Ok(tensor),
                    })
                })?;
            }
        }
        Ok(())
    }

    fn inverse(&self) -> Option<Box<dyn ModuleAdapter>> {
        Some(Box::new(FluxToBurnAdapter { cross_correlation: self.cross_correlation }))
    }
}

/// Whether `false` is in the place of a bias: it stands for none, which is one of zeros.
fn says_no_bias(tensors: &NamedTensors<'_>, name: &str, slot: &Slot) -> Result<bool> {
    let number = |tensor: &&NamedTensor<'_>| tensor.tensor.shape().rank() == 0 && slot.shape.rank() > 0;
    let Some(flag) = tensors.get(name).filter(number) else { return Ok(false) };
    if flag.tensor.to_data()?.bytes().iter().any(|byte| *byte != 0) {
        return Err(Error::corrupt("a number where a bias should be").in_tensor(name));
    }
    Ok(true)
}

/// All axes in the opposite order.
fn reversed(tensor: LazyTensor<'_>) -> Result<LazyTensor<'_>> {
    let axes: Vec<usize> = (0..tensor.shape().rank()).rev().collect();
    tensor.permuted(&axes)
}

/// A kernel `[.., .., axes of the image]`, each of these axes from its end: the elements of each pair of channels the other way round.
fn turned(tensor: LazyTensor<'_>, as_it_is: bool) -> LazyTensor<'_> {
    let (dtype, shape) = (tensor.dtype(), tensor.shape().clone());
    let (Some(size), Some(axes), false) = (dtype.size(), shape.get(2..), as_it_is) else { return tensor };
    let taps: usize = axes.iter().product();
    let turned = shape.clone();
    tensor.map(dtype, shape, move |data| {
        let mut bytes = Vec::with_capacity(data.bytes().len());
        for kernel in data.bytes().chunks_exact((taps * size).max(1)) {
            kernel.chunks_exact(size).rev().for_each(|element| bytes.extend_from_slice(element));
        }
        TensorData::new(bytes.into(), turned.clone(), dtype)
    })
}

/// Numbers in a layer that no tensor of it asks for.
fn drop_hyperparameters(tensors: &mut NamedTensors<'_>, layout: &Layout, layers: &[Layer<'_>]) {
    let known: BTreeSet<&str> = layers.iter().map(|layer| layer.prefix.as_str()).collect();
    let dropped: Vec<String> = tensors
        .iter()
        .filter(|tensor| tensor.tensor.shape().rank() == 0 && layout.get(&tensor.name).is_none())
        .filter(|tensor| {
            let mut above = tensor.name.match_indices('.').map(|(at, _)| tensor.name.get(..at).unwrap_or_default());
            above.any(|prefix| known.contains(prefix)) || known.contains("")
        })
        .map(|tensor| tensor.name.clone())
        .collect();
    for name in &dropped {
        tensors.drop_known(name);
    }
}
