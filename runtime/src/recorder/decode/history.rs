//! What the layers of Burn were in its earlier versions. Its bincode names no field, so that an old file is read by the old layout.
//!
//! Source: the structs in `burn-core/src/nn`, and from 0.19 in `burn-nn`, of each version from 0.7 to 0.21.

use alloc::vec::Vec;

use crate::record::{Schema, SchemaFn};
use crate::recorder::metadata::Era;

/// A layer as it was before an era.
struct Past {
    layer: &'static str,
    before: Era,
    /// Its fields or variants, in their order. Those that it has no more are slots without content.
    parts: &'static [&'static str],
    /// Those among them that may be absent today and could not then.
    required: &'static [&'static str],
}

/// Of each layer the oldest first.
const PAST: &[Past] = &[
    past("Activation", Era::V21, &["Gelu", "PRelu", "Relu", "LeakyRelu", "SwiGlu", "Sigmoid", "Tanh"]),
    past("BiLstm", Era::V20, &["forward", "reverse", "d_hidden"]),
    past("ConvTranspose1d", Era::V14, CONV_TRANSPOSE),
    past("ConvTranspose2d", Era::V14, CONV_TRANSPOSE),
    past("GroupNorm", Era::V14, GROUP_NORM),
    past("Gru", Era::V10, &["update_gate", "reset_gate", "new_gate", "batch_size", "d_hidden"]),
    past("Gru", Era::V17, &["update_gate", "reset_gate", "new_gate", "d_hidden"]),
    past("Gru", Era::V21, &["update_gate", "reset_gate", "new_gate", "d_hidden", "reset_after"]),
    past("InstanceNorm", Era::V14, GROUP_NORM),
    Past { layer: "LayerNorm", before: Era::V20, parts: &["gamma", "beta", "epsilon"], required: &["beta"] },
    past("Lstm", Era::V10, &["input_gate", "forget_gate", "output_gate", "cell_gate", "batch_size", "d_hidden"]),
    past("Lstm", Era::V20, &["input_gate", "forget_gate", "output_gate", "cell_gate", "d_hidden"]),
    past(
        "MultiHeadAttention",
        Era::V11,
        &["query", "key", "value", "output", "dropout", "activation", "n_heads", "d_k", "min_float"],
    ),
    past(
        "MultiHeadAttention",
        Era::V14,
        &["query", "key", "value", "output", "dropout", "activation", "n_heads", "d_k", "min_float", "quiet_softmax"],
    ),
    past("PRelu", Era::V14, &["alpha"]),
];

const CONV_TRANSPOSE: &[&str] =
    &["weight", "bias", "stride", "kernel_size", "dilation", "groups", "padding", "padding_out"];
/// An instance norm was a group norm.
const GROUP_NORM: &[&str] = &["num_groups", "num_channels", "gamma", "beta", "epsilon", "affine"];

const fn past(layer: &'static str, before: Era, parts: &'static [&'static str]) -> Past {
    Past { layer, before, parts, required: &[] }
}

/// The fields or variants that the type of this name had in an era. Those of the user's own types are what they are.
pub(in crate::recorder) fn parts_in(
    era: Era,
    type_name: &str,
    parts: Vec<(&'static str, SchemaFn)>,
) -> Vec<(&'static str, SchemaFn)> {
    let past = layer(type_name).and_then(|layer| PAST.iter().find(|past| past.layer == layer && era < past.before));
    let Some(past) = past else { return parts };
    let part = |name: &&'static str| {
        let found = parts.iter().find(|(part, _)| part == name);
        let schema = found.map_or((|| Schema::Nil) as SchemaFn, |(_, schema)| *schema);
        let schema = match schema() {
            Schema::Option(inner) if past.required.contains(name) => inner,
            _ => schema,
        };
        (*name, schema)
    };
    past.parts.iter().map(part).collect()
}

/// How many empty slots a stateless type of this name had in an era: one had fields of its own while it had a backend.
pub(in crate::recorder) fn slots_in(era: Era, type_name: &str) -> usize {
    if layer(type_name) == Some("LeakyRelu") && era < Era::V14 { 2 } else { 1 }
}

/// The layer that a type is the record of, if it is one of this crate's.
fn layer(type_name: &str) -> Option<&str> {
    let path = type_name.split('<').next()?;
    path.strip_prefix("vellum::nn::")?.rsplit("::").next()?.strip_suffix("Record")
}
