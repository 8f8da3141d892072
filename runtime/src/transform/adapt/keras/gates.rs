//! The gates of recurrent layers: side by side in one kernel.
//!
//! `kernel` is `[in, gates * units]`, `recurrent_kernel` `[units, gates * units]`, `bias` `[gates * units]`. An LSTM's gates are input, forget,
//! cell, output, a GRU's update, reset, new. With `reset_after` a GRU has two rows of biases, the input's and the hidden state's; all others have
//! one, which is the input's here, and the hidden state's are zeros (`keras/src/layers/rnn/lstm.py`, `gru.py`).
//!
//! Whether a GRU resets after its product is told by the rows of its biases and by nothing else in the weights. Where it has none, the
//! configuration tells if the file has one; else the GRU is taken to be what the module's is, and the report says so.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::super::layout::Layer;
use super::super::super::lazy::LazyTensor;
use super::super::super::named::{NamedTensor, NamedTensors};
use super::super::{sum, zeros_like};
use super::Theirs;
use crate::error::{Error, Result};
use crate::record::LayerKind;
use crate::value::Value;

/// The gates in Keras' order.
fn gates(kind: LayerKind) -> &'static [&'static str] {
    match kind {
        LayerKind::Lstm => &["input_gate", "forget_gate", "cell_gate", "output_gate"],
        _ => &["update_gate", "reset_gate", "new_gate"],
    }
}

/// Keras' kernels, and our part of a gate.
const KERNELS: [(&str, &str); 2] = [("kernel", "input_transform"), ("recurrent_kernel", "hidden_transform")];

/// The names of a tensor of each gate.
fn names(layer: &Layer<'_>, transform: &str, part: &str) -> Vec<String> {
    let name = |gate: &&str| layer.name(&alloc::format!("{gate}.{transform}.{part}"));
    gates(layer.kind).iter().map(name).collect()
}

fn has_bias(layer: &Layer<'_>) -> bool {
    names(layer, "input_transform", "bias").iter().all(|name| layer.slots.iter().any(|slot| slot.name == *name))
}

/// Whether a layer has a bias of the hidden state that counts by itself; what it does not say, PyTorch and Keras do.
fn resets_after(layer: &Layer<'_>) -> bool {
    layer.kind == LayerKind::Gru && layer.constant("reset_after").and_then(Value::as_bool) != Some(false)
}

/// Refuses a GRU that does not reset where the module's does, as far as the file tells.
fn check_reset(tensors: &mut NamedTensors<'_>, layer: &Layer<'_>, theirs: &Theirs) -> Result<()> {
    let Some(kernel) = tensors.get(&theirs.name("recurrent_kernel")) else { return Ok(()) };
    let bias = tensors.get(&theirs.name("bias"));
    let after = match bias {
        Some(bias) => Some(bias.tensor.shape().rank() == 2),
        None => tensors.layer_config(kernel).and_then(|config| config.get("reset_after")?.as_bool()),
    };
    let [module, other] = if resets_after(layer) { ["after", "before"] } else { ["before", "after"] };
    if after.is_some_and(|after| after != resets_after(layer)) {
        let what = alloc::format!(
            "the file's GRU resets {other} the product with the hidden state, and the module's {module} it"
        );
        return Err(Error::argument(what).in_tensor(&bias.unwrap_or(kernel).name));
    }
    if after.is_none() {
        tensors.note(alloc::format!(
            "nothing in the file tells whether its GRU `{}` resets {module} the product with the hidden state, as the module's does, or {other} it",
            layer.prefix
        ));
    }
    Ok(())
}

/// Kernels of all gates become the linear layers of a recurrent layer.
pub(super) fn split(tensors: &mut NamedTensors<'_>, layer: &Layer<'_>, theirs: &Theirs) -> Result<()> {
    if layer.kind == LayerKind::Gru {
        check_reset(tensors, layer, theirs)?;
    }
    for (keras, ours) in KERNELS {
        if let Some(whole) = tensors.take(&theirs.name(keras)) {
            cut(tensors, &whole, &names(layer, ours, "weight"))?;
        }
    }
    let Some(bias) = tensors.get(&theirs.name("bias")).filter(|_| has_bias(layer)).cloned() else { return Ok(()) };
    let two_rows = bias.tensor.shape().rank() == 2;
    tensors.take(&bias.name);
    let row = |at: usize| {
        let width = bias.tensor.shape().get(1).copied().unwrap_or(0);
        bias.clone().becomes(bias.name.clone(), |bias| bias.rows(at, at + 1)?.reshaped([width]))
    };
    let (input, hidden) = if two_rows {
        (row(0)?, row(1)?)
    } else {
        let zeros = zeros_like(&bias);
        (bias, zeros)
    };
    cut(tensors, &input, &names(layer, "input_transform", "bias"))?;
    cut(tensors, &hidden, &names(layer, "hidden_transform", "bias"))
}

/// Cuts a tensor along its last axis into as many parts as there are names.
fn cut<'a>(tensors: &mut NamedTensors<'a>, whole: &NamedTensor<'a>, names: &[String]) -> Result<()> {
    let columns = whole.tensor.shape().last().copied().unwrap_or(0);
    if !columns.is_multiple_of(names.len()) {
        let what = alloc::format!("shape {} is not that of {} gates", whole.tensor.shape(), names.len());
        return Err(Error::corrupt(what).in_tensor(&whole.name));
    }
    let width = columns / names.len();
    for (gate, name) in names.iter().enumerate() {
        let part = NamedTensor::made_of(name.clone(), alloc::vec![whole.clone()], |mut parts| {
            let whole = parts.pop().ok_or_else(|| Error::argument("a part is of a whole"))?;
            whole.columns(gate * width, (gate + 1) * width)
        })?;
        tensors.insert(part)?;
    }
    Ok(())
}

/// The linear layers of a recurrent layer become kernels of all gates.
pub(super) fn join(tensors: &mut NamedTensors<'_>, layer: &Layer<'_>, theirs: &Theirs) -> Result<()> {
    for (keras, ours) in KERNELS {
        if let Some(kernel) = joined(tensors, &names(layer, ours, "weight"), theirs.name(keras))? {
            tensors.insert(kernel)?;
        }
    }
    let name = || theirs.name("bias");
    let mut input = joined(tensors, &names(layer, "input_transform", "bias"), name())?;
    let mut hidden = joined(tensors, &names(layer, "hidden_transform", "bias"), name())?;
    if resets_after(layer) {
        // Keras has a row for each, or no bias.
        match (&input, &hidden) {
            (Some(one), None) => hidden = Some(zeros_like(one)),
            (None, Some(one)) => input = Some(zeros_like(one)),
            _ => {}
        }
    }
    let bias = match (input, hidden) {
        (Some(input), Some(hidden)) if resets_after(layer) => {
            NamedTensor::made_of(name(), alloc::vec![input, hidden], |parts| {
                LazyTensor::stacked(parts.into_iter().map(as_row).collect::<Result<_>>()?)
            })?
        }
        (Some(input), Some(hidden)) => NamedTensor::made_of(name(), alloc::vec![input, hidden], sum)?,
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return Ok(()),
    };
    tensors.insert(bias)
}

fn as_row(bias: LazyTensor<'_>) -> Result<LazyTensor<'_>> {
    let width = bias.shape().num_elements();
    bias.reshaped([1, width])
}

/// Tensors side by side, if they are there.
fn joined<'a>(tensors: &mut NamedTensors<'a>, names: &[String], whole: String) -> Result<Option<NamedTensor<'a>>> {
    let parts: Vec<_> = names.iter().filter_map(|name| tensors.take(name)).collect();
    if parts.is_empty() {
        return Ok(None);
    }
    if parts.len() != names.len() {
        let what = alloc::format!("`{}` are one tensor for Keras, and not all of them are saved", names.join("`, `"));
        return Err(Error::argument(what).in_tensor(whole));
    }
    let matrix = parts.iter().all(|part| part.tensor.shape().rank() == 2);
    let turn = |part: LazyTensor<'a>| if matrix { part.transposed() } else { Ok(part) };
    NamedTensor::made_of(whole, parts, |parts| {
        turn(LazyTensor::stacked(parts.into_iter().map(turn).collect::<Result<_>>()?)?)
    })
    .map(Some)
}
