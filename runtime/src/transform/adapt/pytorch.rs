//! Layers as PyTorch lays them out, and as Vellum and Burn do.
//!
//! | layer | PyTorch | Vellum |
//! |---|---|---|
//! | linear | `weight` `[out, in]` | `weight` `[in, out]` |
//! | batch, layer, group, instance, RMS norm | `weight`, `bias` | `gamma`, `beta` |
//! | batch norm | `num_batches_tracked` | nothing |
//! | PReLU | `weight` | `alpha` |
//! | LSTM, GRU, multi-head attention | fused: see `fused` | a linear layer for each gate and projection |
//!
//! All other layers are alike. Names are those of the state dicts of `torch.nn`.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;

use super::super::layout::{Layer, Layout};
use super::super::named::NamedTensors;
use super::{Direction, ModuleAdapter, fused};
use crate::error::Result;
use crate::record::LayerKind;

/// Names that differ, PyTorch's first.
const NORM: &[(&str, &str)] = &[("weight", "gamma"), ("bias", "beta")];
const PRELU: &[(&str, &str)] = &[("weight", "alpha")];
/// How many batches a norm has seen: PyTorch counts them and needs the number only where it has no momentum.
const BATCHES: &str = "num_batches_tracked";

fn renamed(kind: LayerKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        LayerKind::BatchNorm
        | LayerKind::LayerNorm
        | LayerKind::GroupNorm
        | LayerKind::InstanceNorm
        | LayerKind::RmsNorm => NORM,
        LayerKind::PRelu => PRELU,
        _ => &[],
    }
}

/// Tensors as PyTorch lays them out become those of Vellum's layers. Done once, however often it is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct PyTorchToBurnAdapter;

impl ModuleAdapter for PyTorchToBurnAdapter {
    fn adapt(&self, tensors: &mut NamedTensors<'_>, layout: &Layout, _direction: Direction) -> Result<()> {
        if tensors.translate_once() {
            return Ok(());
        }
        let layers = layout.layers();
        let mut done: BTreeSet<String> = BTreeSet::new();
        for layer in &layers {
            match layer.kind {
                LayerKind::Lstm | LayerKind::Gru => fused::split_gates(tensors, layer, &layers, &mut done)?,
                LayerKind::MultiHeadAttention => fused::split_projections(tensors, layer, &mut done)?,
                LayerKind::Linear => transpose(tensors, layer, &done)?,
                kind => {
                    for (theirs, ours) in renamed(kind) {
                        if layer.slot(ours).is_some() {
                            tensors.replace(&layer.name(theirs), |tensor| tensor.becomes(layer.name(ours), Ok))?;
                        }
                    }
                    if kind == LayerKind::BatchNorm {
                        tensors.drop_known(&layer.name(BATCHES));
                    }
                }
            }
        }
        Ok(())
    }

    fn inverse(&self) -> Option<Box<dyn ModuleAdapter>> {
        Some(Box::new(BurnToPyTorchAdapter))
    }
}

/// Tensors of Vellum's layers become those of PyTorch's. Done once, however often it is asked for.
///
/// `num_batches_tracked` is not written: PyTorch takes a state dict without it.
#[derive(Clone, Copy, Debug, Default)]
pub struct BurnToPyTorchAdapter;

impl ModuleAdapter for BurnToPyTorchAdapter {
    fn adapt(&self, tensors: &mut NamedTensors<'_>, layout: &Layout, _direction: Direction) -> Result<()> {
        to_pytorch(tensors, layout, false)
    }

    fn inverse(&self) -> Option<Box<dyn ModuleAdapter>> {
        Some(Box::new(PyTorchToBurnAdapter))
    }
}

/// As [`BurnToPyTorchAdapter`], for a model whose lists of recurrent layers are PyTorch's `LSTM(.., num_layers=n)` and
/// `GRU(.., num_layers=n)`.
///
/// `rnn.0` and `rnn.1` become `rnn.weight_ih_l0`, `rnn.weight_ih_l1` and so on, instead of the names that modules in a `ModuleList` have
/// (`rnn.0.weight_ih_l0`, `rnn.1.weight_ih_l0`). A list whose layers differ in kind, width or biases, or do not take what the one before
/// gives, cannot be one module and is written as a list. Loading needs no choice: either is found.
#[derive(Clone, Copy, Debug, Default)]
pub struct BurnToPyTorchStackedAdapter;

impl ModuleAdapter for BurnToPyTorchStackedAdapter {
    fn adapt(&self, tensors: &mut NamedTensors<'_>, layout: &Layout, _direction: Direction) -> Result<()> {
        to_pytorch(tensors, layout, true)
    }

    fn inverse(&self) -> Option<Box<dyn ModuleAdapter>> {
        Some(Box::new(PyTorchToBurnAdapter))
    }
}

fn to_pytorch(tensors: &mut NamedTensors<'_>, layout: &Layout, stacked: bool) -> Result<()> {
    if tensors.translate_once() {
        return Ok(());
    }
    let layers = layout.layers();
    let stacks = if stacked { fused::stacks(layout, &layers) } else { BTreeSet::new() };
    let mut done: BTreeSet<String> = BTreeSet::new();
    for layer in &layers {
        match layer.kind {
            LayerKind::Lstm | LayerKind::Gru => fused::join_gates(tensors, layer, &layers, &stacks, &mut done)?,
            LayerKind::MultiHeadAttention => fused::join_projections(tensors, layer, &mut done)?,
            LayerKind::Linear => transpose(tensors, layer, &done)?,
            kind => {
                for (theirs, ours) in renamed(kind) {
                    tensors.replace(&layer.name(ours), |tensor| tensor.becomes(layer.name(theirs), Ok))?;
                }
            }
        }
    }
    Ok(())
}

/// Exchanges the axes of a linear layer's weight, unless it was done with the layer around it.
fn transpose(tensors: &mut NamedTensors<'_>, layer: &Layer<'_>, done: &BTreeSet<String>) -> Result<()> {
    let name = layer.name("weight");
    if done.contains(&name) || tensors.get(&name).is_none_or(|tensor| tensor.tensor.shape().rank() != 2) {
        return Ok(());
    }
    tensors.replace(&name, |tensor| tensor.becomes(name.clone(), |weight| weight.transposed()))
}
