//! Layers whose linear parts PyTorch keeps in one tensor: the gates of an LSTM and a GRU, the projections of an attention.
//!
//! `weight_ih` and `weight_hh` are the gates' weights one below the other, each `[hidden, in]`: input, forget, cell, output for an
//! LSTM, reset, update, new for a GRU; `bias_ih` and `bias_hh` likewise. Of several layers and two directions, each has a suffix:
//! `_l0`, `_l0_reverse`, `_l1`, and so on; the cells have none. `in_proj_weight` is query, key and value, or each is a tensor of its own
//! (`q_proj_weight`, ..) if their widths differ (`torch/nn/modules/rnn.py`, `activation.py`).
//!
//! A list of recurrent layers is a list of modules for PyTorch, or, where each layer takes what the one before it gives, one module of
//! several layers. Both are read; which of them is written the caller says.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::super::layout::{Layer, Layout};
use super::super::lazy::LazyTensor;
use super::super::named::{NamedTensor, NamedTensors};
use super::{sum, zeros_like};
use crate::error::{Error, Result};
use crate::path::join;
use crate::record::LayerKind;
use crate::value::Value;

/// The gates in PyTorch's order.
fn gates(kind: LayerKind) -> &'static [&'static str] {
    match kind {
        LayerKind::Lstm => &["input_gate", "forget_gate", "cell_gate", "output_gate"],
        _ => &["reset_gate", "update_gate", "new_gate"],
    }
}

/// PyTorch's part of a name, and ours.
const TRANSFORMS: [(&str, &str); 2] = [("ih", "input_transform"), ("hh", "hidden_transform")];
const PROJECTIONS: [(&str, &str); 3] = [("q", "query"), ("k", "key"), ("v", "value")];

/// The layer that PyTorch has as one, of this direction and the other, and what the names of this direction end in. In a `BiLstm` the
/// layers' own `reverse` says nothing; alone, a layer that reads from the end is what PyTorch has as the other half of such a module.
fn whole<'l>(layer: &'l Layer<'l>, layers: &'l [Layer<'l>]) -> (&'l Layer<'l>, &'static str) {
    match layers.iter().find(|outer| outer.kind == LayerKind::BiLstm && outer.prefix == layer.parent) {
        Some(both) if layer.prefix.ends_with("reverse") => (both, "_reverse"),
        Some(both) => (both, ""),
        None if layer.kind == LayerKind::Lstm && is(layer, "reverse", true) => (layer, "_reverse"),
        None => (layer, ""),
    }
}

/// Where PyTorch may have the tensors of a recurrent layer: the part they are in and the suffix of their names.
fn places(layer: &Layer<'_>, layers: &[Layer<'_>]) -> Vec<(String, String)> {
    let (whole, direction) = whole(layer, layers);
    let mut places = vec![(whole.prefix.clone(), format!("_l0{direction}"))];
    if let Some(index) = whole.index {
        places.push((whole.parent.clone(), format!("_l{index}{direction}")));
    }
    places.push((layer.prefix.clone(), String::new()));
    places
}

/// The names of the lists that can be one recurrent module of several layers for PyTorch: of one kind and width, with biases or
/// without, each but the first as wide as what the one before it gives.
pub(super) fn stacks(layout: &Layout, layers: &[Layer<'_>]) -> BTreeSet<String> {
    let mut lists: BTreeMap<&str, Vec<Form>> = BTreeMap::new();
    for layer in layers.iter().filter(|layer| layer.index.is_some()) {
        lists.entry(&layer.parent).or_default().extend(Form::of(layer));
    }
    let is_stack = |list: &str, forms: &[Form]| {
        layout.list_indices(list).into_iter().eq(0..forms.len())
            && forms.windows(2).all(|pair| pair[1] == Form { inputs: pair[0].outputs(), ..pair[0] })
    };
    lists.into_iter().filter(|(list, forms)| is_stack(list, forms)).map(|(list, _)| list.into()).collect()
}

/// What a recurrent layer is like.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Form {
    kind: LayerKind,
    inputs: usize,
    hidden: usize,
    has_bias: bool,
}

impl Form {
    fn of(layer: &Layer<'_>) -> Option<Self> {
        let gate = match layer.kind {
            LayerKind::Lstm => "input_gate",
            LayerKind::BiLstm => "forward.input_gate",
            LayerKind::Gru => "reset_gate",
            _ => return None,
        };
        let slot = |part: &str| layer.slot(&format!("{gate}.input_transform.{part}"));
        let &[inputs, hidden] = slot("weight")?.shape.dims() else { return None };
        Some(Self { kind: layer.kind, inputs, hidden, has_bias: slot("bias").is_some() })
    }

    fn outputs(self) -> usize {
        if self.kind == LayerKind::BiLstm { 2 * self.hidden } else { self.hidden }
    }
}

/// Refuses a GRU that is not PyTorch's.
fn check_reset(layer: &Layer<'_>) -> Result<()> {
    if layer.kind == LayerKind::Gru && is(layer, "reset_after", false) {
        let what = "PyTorch's GRU resets behind the product with the hidden state, and this one (`reset_after` is false) before it";
        return Err(Error::argument(what).in_tensor(&layer.prefix));
    }
    Ok(())
}

/// Whether a layer's setting is this.
fn is(layer: &Layer<'_>, setting: &str, value: bool) -> bool {
    layer.constant(setting).and_then(Value::as_bool) == Some(value)
}

/// Fused gates become the linear layers of a recurrent layer.
pub(super) fn split_gates(
    tensors: &mut NamedTensors<'_>,
    layer: &Layer<'_>,
    layers: &[Layer<'_>],
    done: &mut BTreeSet<String>,
) -> Result<()> {
    let here = |(base, suffix): &(String, String)| tensors.contains(&join(base, &format!("weight_ih{suffix}")));
    let Some((base, suffix)) = places(layer, layers).into_iter().find(here) else {
        let (whole, direction) = whole(layer, layers);
        let forward = join(&layer.prefix, "weight_ih_l0");
        if whole.kind == LayerKind::Lstm && !direction.is_empty() && tensors.contains(&forward) {
            let what = "PyTorch's LSTM reads from the start, and this layer from the end (`reverse` is true)";
            return Err(Error::argument(what).in_tensor(forward));
        }
        return Ok(());
    };
    check_reset(layer)?;
    let gates = gates(layer.kind);
    let inner = |gate: &str, ours: &str, part: &str| layer.name(&format!("{gate}.{ours}.{part}"));
    let one_bias = gates.iter().all(|gate| layer.slot(&format!("{gate}.hidden_transform.bias")).is_none())
        && gates.iter().any(|gate| layer.slot(&format!("{gate}.input_transform.bias")).is_some());
    let [ih, hh] = ["ih", "hh"].map(|theirs| join(&base, &format!("bias_{theirs}{suffix}")));
    if one_bias && tensors.contains(&ih) && tensors.contains(&hh) {
        if layer.kind == LayerKind::Gru {
            let what =
                "a GRU with one bias is not what PyTorch computes: the bias of its new gate is behind the reset gate";
            return Err(Error::argument(what).in_tensor(hh));
        }
        let parts: Vec<_> = [&ih, &hh].into_iter().filter_map(|name| tensors.take(name)).collect();
        tensors.insert(NamedTensor::made_of(ih, parts, sum)?)?;
    }
    for (theirs, ours) in TRANSFORMS {
        let names = |part: &str| gates.iter().map(|gate| inner(gate, ours, part)).collect::<Vec<_>>();
        split(tensors, &join(&base, &format!("weight_{theirs}{suffix}")), &names("weight"), true, done)?;
        if layer.slot(&format!("{}.{ours}.bias", gates[0])).is_some() {
            split(tensors, &join(&base, &format!("bias_{theirs}{suffix}")), &names("bias"), false, done)?;
        }
    }
    Ok(())
}

/// The linear layers of a recurrent layer become fused gates. In a list that `stacks` has, they are those of a layer of one module.
pub(super) fn join_gates(
    tensors: &mut NamedTensors<'_>,
    layer: &Layer<'_>,
    layers: &[Layer<'_>],
    stacks: &BTreeSet<String>,
    done: &mut BTreeSet<String>,
) -> Result<()> {
    check_reset(layer)?;
    let (whole, direction) = whole(layer, layers);
    if whole.kind == LayerKind::Lstm && !direction.is_empty() {
        let what = "PyTorch has no LSTM that reads from the end only, as this one does (`reverse` is true)";
        return Err(Error::argument(what).in_tensor(&layer.prefix));
    }
    let (base, suffix) = match whole.index {
        Some(index) if stacks.contains(&whole.parent) => (&whole.parent, format!("_l{index}{direction}")),
        _ => (&whole.prefix, format!("_l0{direction}")),
    };
    let mut bias = None;
    for (theirs, ours) in TRANSFORMS {
        let names = |part: &str| {
            gates(layer.kind).iter().map(|gate| layer.name(&format!("{gate}.{ours}.{part}"))).collect::<Vec<_>>()
        };
        fuse(tensors, &names("weight"), join(base, &format!("weight_{theirs}{suffix}")), true, done)?;
        let name = join(base, &format!("bias_{theirs}{suffix}"));
        if fuse(tensors, &names("bias"), name.clone(), false, done)? {
            bias = tensors.get(&name).cloned();
        } else if let Some(other) = bias.take() {
            // PyTorch has two biases or none; the sum is the same.
            tensors.insert(NamedTensor { name, ..zeros_like(&other) })?;
        }
    }
    Ok(())
}

/// Fused projections become the linear layers of an attention.
pub(super) fn split_projections(
    tensors: &mut NamedTensors<'_>,
    layer: &Layer<'_>,
    done: &mut BTreeSet<String>,
) -> Result<()> {
    let names = |part: &str| PROJECTIONS.map(|(_, ours)| layer.name(&format!("{ours}.{part}")));
    split(tensors, &layer.name("in_proj_weight"), &names("weight"), true, done)?;
    for (theirs, ours) in PROJECTIONS {
        let name = layer.name(&format!("{ours}.weight"));
        split(tensors, &layer.name(&format!("{theirs}_proj_weight")), &[name], true, done)?;
    }
    if layer.slot("query.bias").is_some() {
        split(tensors, &layer.name("in_proj_bias"), &names("bias"), false, done)?;
    }
    for (part, turned) in [("weight", true), ("bias", false)] {
        let theirs = layer.name(&format!("out_proj.{part}"));
        split(tensors, &theirs, &[layer.name(&format!("output.{part}"))], turned, done)?;
    }
    Ok(())
}

/// The linear layers of an attention become fused projections.
pub(super) fn join_projections(
    tensors: &mut NamedTensors<'_>,
    layer: &Layer<'_>,
    done: &mut BTreeSet<String>,
) -> Result<()> {
    let names = |part: &str| PROJECTIONS.map(|(_, ours)| layer.name(&format!("{ours}.{part}")));
    let weights = names("weight");
    let widths: BTreeSet<_> =
        weights.iter().filter_map(|name| Some(tensors.get(name)?.tensor.shape().dims().to_vec())).collect();
    if widths.len() > 1 {
        for ((theirs, _), name) in PROJECTIONS.iter().zip(weights) {
            fuse(tensors, &[name], layer.name(&format!("{theirs}_proj_weight")), true, done)?;
        }
    } else {
        fuse(tensors, &weights, layer.name("in_proj_weight"), true, done)?;
    }
    fuse(tensors, &names("bias"), layer.name("in_proj_bias"), false, done)?;
    for (part, turned) in [("weight", true), ("bias", false)] {
        let name = layer.name(&format!("output.{part}"));
        fuse(tensors, &[name], layer.name(&format!("out_proj.{part}")), turned, done)?;
    }
    Ok(())
}

/// Cuts the tensor `fused`, if it is there, into as many parts of equal height as there are names.
fn split(
    tensors: &mut NamedTensors<'_>,
    fused: &str,
    names: &[String],
    turned: bool,
    done: &mut BTreeSet<String>,
) -> Result<()> {
    let Some(whole) = tensors.take(fused) else {
        return Ok(());
    };
    let rows = whole.tensor.shape().first().copied().unwrap_or(0);
    if !rows.is_multiple_of(names.len()) || turned && whole.tensor.shape().rank() != 2 {
        let what = format!("shape {} is not that of {} parts", whole.tensor.shape(), names.len());
        return Err(Error::corrupt(what).in_tensor(fused));
    }
    let height = rows / names.len();
    for (part, name) in names.iter().enumerate() {
        let mut tensor = whole.clone().becomes(name.clone(), |tensor| {
            let rows = if names.len() == 1 { tensor } else { tensor.rows(part * height, (part + 1) * height)? };
            turn(rows, turned)
        })?;
        if names.len() > 1 {
            // A part is not the parameter that the whole was.
            (tensor.id, tensor.storage) = (None, None);
        }
        tensors.insert(tensor)?;
        done.insert(name.clone());
    }
    Ok(())
}

/// Puts tensors one below the other, if they are there, and says whether they were.
fn fuse(
    tensors: &mut NamedTensors<'_>,
    names: &[String],
    fused: String,
    turned: bool,
    done: &mut BTreeSet<String>,
) -> Result<bool> {
    let parts: Vec<_> = names.iter().filter_map(|name| tensors.take(name)).collect();
    if parts.is_empty() {
        return Ok(false);
    }
    if parts.len() != names.len() {
        let what = format!("`{}` are one tensor for PyTorch, and not all of them are saved", names.join("`, `"));
        return Err(Error::argument(what).in_tensor(fused));
    }
    done.extend(names.iter().cloned());
    let whole = match <[NamedTensor<'_>; 1]>::try_from(parts) {
        Ok([only]) => only.becomes(fused, |tensor| turn(tensor, turned))?,
        Err(parts) => NamedTensor::made_of(fused, parts, |parts| {
            LazyTensor::stacked(parts.into_iter().map(|part| turn(part, turned)).collect::<Result<_>>()?)
        })?,
    };
    tensors.insert(whole)?;
    Ok(true)
}

fn turn(tensor: LazyTensor<'_>, turned: bool) -> Result<LazyTensor<'_>> {
    if turned { tensor.transposed() } else { Ok(tensor) }
}
