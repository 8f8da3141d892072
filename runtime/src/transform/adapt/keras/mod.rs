//! Layers as Keras lays them out, and as Vellum and Burn do.
//!
//! | layer | Keras | Vellum |
//! |---|---|---|
//! | `Dense`, `EinsumDense` | `kernel` `[in, out]`; of more axes, those of the input first | `weight` `[in, out]` |
//! | `Conv1D` to `3D` | `kernel` `[kernel.., in / groups, out]` | `weight` `[out, in / groups, kernel..]` |
//! | `DepthwiseConv1D`, `2D` | `kernel`, before Keras 3 `depthwise_kernel`, `[kernel.., in, multiplier]` | `weight` `[in * multiplier, 1, kernel..]` |
//! | `SeparableConv1D`, `2D` | `depthwise_kernel`, `pointwise_kernel`, `bias` | two convolutions: see [`LayerKind::SeparableConv`] |
//! | `Conv1DTranspose`, `2D` | `kernel` `[kernel.., out, in]` | `weight` `[in, out, kernel..]` |
//! | `BatchNormalization` | `moving_mean`, `moving_variance` | `running_mean`, `running_var` |
//! | `BatchNormalization`, `LayerNormalization` | without `scale` or `center` | `gamma` of ones, `beta` of zeros |
//! | `RMSNormalization` | `scale` | `gamma` |
//! | `Embedding` | `embeddings` | `weight` |
//! | `PReLU` | `alpha`, axes of 1 shared | `alpha` `[channels]` |
//! | `LSTM`, `GRU` | `kernel`, `recurrent_kernel`, `bias`: see `gates` | a linear layer for each gate |
//! | `Bidirectional` | `forward`, `backward` | `forward`, `reverse` |
//! | `MultiHeadAttention` | `query`, `key`, `value` `[d, heads, key_dim]`, `attention_output` `[heads, value_dim, d]` | `query`, `key`, `value`, `output` `[d, d]` |
//!
//! Kernels are not flipped: Keras' convolutions are cross-correlations, as Vellum's are, and its transposed ones their gradients. Names are
//! those that [`TensorFile::model_names`](crate::format::TensorFile::model_names) gives. Read in the sources of `keras/src/layers`.

mod gates;
mod kernel;

use alloc::boxed::Box;
use alloc::string::String;

use super::super::layout::{Layer, Layout};
use super::super::named::{NamedTensor, NamedTensors};
use super::arithmetic::filled;
use super::{Direction, ModuleAdapter};
use crate::error::Result;
use crate::path::join;
use crate::record::LayerKind;

/// Tensors as Keras lays them out become those of Vellum's layers. Done once, however often it is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct KerasToBurnAdapter;

impl ModuleAdapter for KerasToBurnAdapter {
    fn adapt(&self, tensors: &mut NamedTensors<'_>, layout: &Layout, _direction: Direction) -> Result<()> {
        translate(tensors, layout, |tensors, layer, theirs, _| match layer.kind {
            LayerKind::Lstm | LayerKind::Gru => gates::split(tensors, layer, theirs),
            LayerKind::Linear => kernel::flatten(tensors, layer, theirs),
            kind if kernel::is_convolution(kind) => kernel::from_keras(tensors, layer, theirs),
            LayerKind::PRelu => tensors.replace(&theirs.name("alpha"), |tensor| {
                tensor.becomes(layer.name("alpha"), |alpha| {
                    let shape = alloc::vec![alpha.shape().iter().copied().max().unwrap_or(1)];
                    if shape[0] == alpha.shape().num_elements() { alpha.reshaped(shape) } else { Ok(alpha) }
                })
            }),
            kind => {
                for (keras, ours) in renamed(kind).iter().filter(|(_, ours)| layer.slot(ours).is_some()) {
                    tensors.replace(&theirs.name(keras), |tensor| tensor.becomes(layer.name(ours), Ok))?;
                }
                fill_norm(tensors, layer)
            }
        })
    }

    fn inverse(&self) -> Option<Box<dyn ModuleAdapter>> {
        Some(Box::new(BurnToKerasAdapter))
    }
}

/// Tensors of Vellum's layers become those of Keras', under the names `layer.kernel`. Done once, however often it is asked for.
///
/// A convolution with as many groups as it has channels is a `DepthwiseConv2D` there, and has a `depthwise_kernel`.
#[derive(Clone, Copy, Debug, Default)]
pub struct BurnToKerasAdapter;

impl ModuleAdapter for BurnToKerasAdapter {
    fn adapt(&self, tensors: &mut NamedTensors<'_>, layout: &Layout, _direction: Direction) -> Result<()> {
        translate(tensors, layout, |tensors, layer, theirs, layers| match layer.kind {
            LayerKind::Lstm | LayerKind::Gru => gates::join(tensors, layer, theirs),
            LayerKind::Linear => kernel::unflatten(tensors, layer, theirs, layers),
            kind if kernel::is_convolution(kind) => kernel::to_keras(tensors, layer, theirs),
            kind => renamed(kind).iter().try_for_each(|(keras, ours)| {
                tensors.replace(&layer.name(ours), |tensor| tensor.becomes(theirs.name(keras), Ok))
            }),
        })
    }

    fn inverse(&self) -> Option<Box<dyn ModuleAdapter>> {
        Some(Box::new(KerasToBurnAdapter))
    }
}

/// Translates layer by layer, unless that was done already.
fn translate<'a>(
    tensors: &mut NamedTensors<'a>,
    layout: &Layout,
    one: impl Fn(&mut NamedTensors<'a>, &Layer<'_>, &Theirs, &[Layer<'_>]) -> Result<()>,
) -> Result<()> {
    if tensors.translate_once() {
        return Ok(());
    }
    let layers = layout.layers();
    layers.iter().try_for_each(|layer| one(tensors, layer, &Theirs::of(layer, &layers), &layers))
}

/// Names that differ, Keras' first.
fn renamed(kind: LayerKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        LayerKind::BatchNorm => &[("moving_mean", "running_mean"), ("moving_variance", "running_var")],
        LayerKind::RmsNorm => &[("scale", "gamma")],
        LayerKind::Embedding => &[("embeddings", "weight")],
        _ => &[],
    }
}

/// A norm without a scale has ones, and one without a shift zeros: that is what it computes with. Not so where the file says that it has one,
/// or where the reader refuses something of the file, which may be this.
fn fill_norm(tensors: &mut NamedTensors<'_>, layer: &Layer<'_>) -> Result<()> {
    if tensors.is_incomplete() {
        return Ok(());
    }
    let others: &[&str] = match layer.kind {
        LayerKind::BatchNorm => &["running_mean"],
        LayerKind::LayerNorm | LayerKind::GroupNorm => &["gamma", "beta"],
        _ => &[],
    };
    let Some(like) = others.iter().find_map(|name| tensors.get(&layer.name(name))) else { return Ok(()) };
    let (dtype, shape) = (like.tensor.dtype(), like.tensor.shape().clone());
    let states = |setting: &str| tensors.layer_config(like).and_then(|config| config.get(setting)?.as_bool());
    let fills = |name: &str, setting: &str| {
        layer.slot(name).is_some() && !tensors.contains(&layer.name(name)) && states(setting) != Some(true)
    };
    let norm = [("gamma", "scale", 1.0), ("beta", "center", 0.0)];
    let filling = norm.map(|(name, setting, value)| fills(name, setting).then_some((name, value)));
    filling.into_iter().flatten().try_for_each(|(name, value)| {
        tensors.insert(NamedTensor::implied(layer.name(name), filled(dtype, shape.clone(), value)))
    })
}

/// Where Keras has the weights of a layer.
struct Theirs {
    prefix: String,
    /// What the names of a part of a separable convolution begin with, and whether the bias is this part's.
    separable: Option<(&'static str, bool)>,
    parent: String,
}

impl Theirs {
    fn of(layer: &Layer<'_>, layers: &[Layer<'_>]) -> Self {
        let mut outer = layers.iter().filter(|outer| outer.prefix == layer.parent && outer.prefix != layer.prefix);
        let outer = outer.next_back().map_or(LayerKind::Other, |outer| outer.kind);
        let own = layer.prefix.rsplit('.').next().unwrap_or_default();
        let prefix = match (outer, own) {
            (LayerKind::MultiHeadAttention, "output") => join(&layer.parent, "attention_output"),
            (LayerKind::BiLstm, "reverse") => join(&layer.parent, "backward"),
            _ => layer.prefix.clone(),
        };
        let separable = match (outer, own) {
            (LayerKind::SeparableConv, "depthwise") => Some(("depthwise_", false)),
            (LayerKind::SeparableConv, "pointwise") => Some(("pointwise_", true)),
            _ => None,
        };
        Self { prefix, separable, parent: layer.parent.clone() }
    }

    /// The full name of a weight.
    fn name(&self, weight: &str) -> String {
        match self.separable {
            Some((start, _)) if weight == "kernel" => join(&self.parent, &alloc::format!("{start}{weight}")),
            Some((_, true)) => join(&self.parent, weight),
            _ => join(&self.prefix, weight),
        }
    }
}
