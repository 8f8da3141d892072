//! Kernels: the weights of linear layers and of convolutions.

use alloc::vec::Vec;

use super::super::super::layout::Layer;
use super::super::super::named::NamedTensors;
use super::Theirs;
use crate::error::Result;
use crate::record::LayerKind;
use crate::shape::Shape;
use crate::value::Value;

pub(super) fn is_convolution(kind: LayerKind) -> bool {
    is_transposed(kind) || matches!(kind, LayerKind::Conv1d | LayerKind::Conv2d | LayerKind::Conv3d)
}

fn is_transposed(kind: LayerKind) -> bool {
    matches!(kind, LayerKind::ConvTranspose1d | LayerKind::ConvTranspose2d)
}

/// Whether Keras has a depthwise layer of its own for such a convolution: there is no `DepthwiseConv3D`, it is a `Conv3D` with groups.
fn has_depthwise(kind: LayerKind) -> bool {
    matches!(kind, LayerKind::Conv1d | LayerKind::Conv2d)
}

/// A kernel of more than two axes becomes a matrix: axes of the input come first.
pub(super) fn flatten(tensors: &mut NamedTensors<'_>, layer: &Layer<'_>, theirs: &Theirs) -> Result<()> {
    for (keras, ours) in [("kernel", "weight"), ("bias", "bias")] {
        let Some(slot) = layer.slot(ours) else { continue };
        tensors.replace(&theirs.name(keras), |tensor| {
            tensor.becomes(layer.name(ours), |tensor| {
                if may_flatten(tensor.shape(), &slot.shape) { tensor.reshaped(slot.shape.dims()) } else { Ok(tensor) }
            })
        })?;
    }
    Ok(())
}

/// Whether neighbouring axes of `from` together are the axes of `to`.
fn may_flatten(from: &Shape, to: &Shape) -> bool {
    let mut axes = from.iter();
    let whole = to.iter().all(|&len| {
        let mut product = 1usize;
        while product < len {
            match axes.next() {
                Some(axis) => product = product.saturating_mul(*axis),
                None => return false,
            }
        }
        product == len
    });
    from.rank() > to.rank() && whole && axes.all(|&axis| axis == 1)
}

/// The matrix of a linear layer as Keras has it: that of an attention with an axis for the heads.
pub(super) fn unflatten(
    tensors: &mut NamedTensors<'_>,
    layer: &Layer<'_>,
    theirs: &Theirs,
    layers: &[Layer<'_>],
) -> Result<()> {
    let attention = |outer: &&Layer<'_>| outer.kind == LayerKind::MultiHeadAttention && outer.prefix == layer.parent;
    let heads = layers.iter().find(attention).and_then(|outer| count(outer.constant("n_heads")?));
    let is_output = theirs.prefix != layer.prefix;
    for (ours, keras) in [("weight", "kernel"), ("bias", "bias")] {
        tensors.replace(&layer.name(ours), |tensor| {
            tensor.becomes(theirs.name(keras), |tensor| {
                // The heads are an axis of what goes into the output's kernel, and of what comes out of the others.
                let axis = if is_output { 0 } else { tensor.shape().rank().saturating_sub(1) };
                match (heads, tensor.shape().get(axis)) {
                    (Some(heads), Some(len)) if len.is_multiple_of(heads) && !(is_output && ours == "bias") => {
                        let mut shape = tensor.shape().dims().to_vec();
                        shape.splice(axis..=axis, [heads, len / heads]);
                        tensor.reshaped(shape)
                    }
                    _ => Ok(tensor),
                }
            })
        })?;
    }
    Ok(())
}

fn count(value: &Value) -> Option<usize> {
    value.as_i64().and_then(|value| usize::try_from(value).ok()).filter(|count| *count > 0)
}

/// Axes of the kernel, then input, output: to output, input, axes. A transposed convolution has output and input the other way round
/// on both sides.
fn to_front(rank: usize) -> Vec<usize> {
    let axes = rank.saturating_sub(2);
    [rank.saturating_sub(1), axes].into_iter().take(rank).chain(0..axes).collect()
}

/// The same back.
fn to_back(rank: usize) -> Vec<usize> {
    (2..rank).chain([1, 0]).collect()
}

/// The kernel of a convolution, its axes in Vellum's order.
pub(super) fn from_keras(tensors: &mut NamedTensors<'_>, layer: &Layer<'_>, theirs: &Theirs) -> Result<()> {
    let Some(slot) = layer.slot("weight") else { return Ok(()) };
    if layer.slot("bias").is_some() {
        tensors.replace(&theirs.name("bias"), |tensor| tensor.becomes(layer.name("bias"), Ok))?;
    }
    let names: &[&str] = if theirs.separable.is_some() { &["kernel"] } else { &["kernel", "depthwise_kernel"] };
    for name in names {
        tensors.replace(&theirs.name(name), |tensor| {
            tensor.becomes(layer.name("weight"), |kernel| {
                let rank = kernel.shape().rank();
                if rank != slot.shape.rank() || rank < 3 {
                    return Ok(kernel);
                }
                if has_depthwise(layer.kind) && is_depthwise(kernel.shape(), &slot.shape) {
                    // A kernel for each channel of the input, and `multiplier` outputs of each, side by side.
                    let axes: Vec<usize> = [rank - 2, rank - 1].into_iter().chain(0..rank - 2).collect();
                    return kernel.permuted(&axes)?.reshaped(slot.shape.dims());
                }
                kernel.permuted(&to_front(rank))
            })
        })?;
    }
    Ok(())
}

/// Whether a kernel is of `[kernel.., in, multiplier]`, for a weight of `[in * multiplier, 1, kernel..]`.
fn is_depthwise(kernel: &Shape, weight: &Shape) -> bool {
    let (axes, channels) = kernel.split_at(kernel.rank() - 2);
    let (ours, own_axes) = weight.split_at(2);
    axes == own_axes && ours[1] == 1 && channels[0].checked_mul(channels[1]) == Some(ours[0])
}

/// The weight of a convolution, its axes in Keras' order.
pub(super) fn to_keras(tensors: &mut NamedTensors<'_>, layer: &Layer<'_>, theirs: &Theirs) -> Result<()> {
    tensors.replace(&layer.name("bias"), |tensor| tensor.becomes(theirs.name("bias"), Ok))?;
    let groups = layer.constant("groups").and_then(count).unwrap_or(1);
    let weight = tensors.get(&layer.name("weight")).map(|tensor| tensor.tensor.shape().clone());
    let Some(shape) = weight.filter(|shape| shape.rank() > 2) else { return Ok(()) };
    let (rank, axes) = (shape.rank(), &shape[2..]);
    let depthwise = has_depthwise(layer.kind) && groups > 1 && shape[1] == 1 && shape[0].is_multiple_of(groups);
    let name = if depthwise && theirs.separable.is_none() { "depthwise_kernel" } else { "kernel" };
    tensors.replace(&layer.name("weight"), |tensor| {
        tensor.becomes(theirs.name(name), |weight| {
            if !depthwise {
                return weight.permuted(&to_back(rank));
            }
            let split: Vec<usize> = [groups, shape[0] / groups].into_iter().chain(axes.iter().copied()).collect();
            weight.reshaped(split)?.permuted(&(2..rank).chain([0, 1]).collect::<Vec<_>>())
        })
    })
}
