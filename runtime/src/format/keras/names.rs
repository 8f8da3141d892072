//! The names that weights have in the model: `dense.kernel`, wherever a file keeps them.
//!
//! The older layout has a weight's path in the model (`model_weights/dense/sequential/dense/kernel`, with `:0` before Keras 3), the newer one
//! its place among the weights of its layer (`layers/dense/vars/0`); which is which there follows from the layer's class and from what it was
//! made with (`add_weight` in the sources of each layer, in order).

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::layers::{Layer, snake_case};
use super::writer::{MODEL, TOP_LEVEL};
use crate::dtype::DTypeKind;
use crate::format::TensorEntry;
use crate::format::hdf5::Node;
use crate::path::join;
use crate::value::Value;

/// Groups of a file that are no part of the model.
const BESIDE: [&str; 5] = ["optimizer_weights", "optimizer", "_optimizer", "metrics", "loss_tracker"];
/// The class whose state is that of random numbers, such as a dropout's.
const SEEDS: &str = "seed_generator";
/// The group of the weights in a newer layer.
const VARS: &str = "vars";

/// The weights that a class may have, in Keras' order, each with the setting without which it is not there.
fn weights_of(class: &str) -> &'static [(&'static str, Option<&'static str>)] {
    match class {
        "batch_normalization" => {
            &[("gamma", Some("scale")), ("beta", Some("center")), ("moving_mean", None), ("moving_variance", None)]
        }
        "layer_normalization" | "group_normalization" => &[("gamma", Some("scale")), ("beta", Some("center"))],
        "rms_normalization" => &[("scale", None)],
        "normalization" => &[("mean", None), ("variance", None), ("count", None)],
        "embedding" => &[("embeddings", None)],
        "p_re_lu" => &[("alpha", None)],
        "lstm" | "gru" | "simple_rnn" | "lstm_cell" | "gru_cell" | "simple_rnn_cell" | "conv_lstm1d"
        | "conv_lstm2d" | "conv_lstm3d" => &[("kernel", None), ("recurrent_kernel", None), ("bias", Some("use_bias"))],
        "separable_conv1d" | "separable_conv2d" => {
            &[("depthwise_kernel", None), ("pointwise_kernel", None), ("bias", Some("use_bias"))]
        }
        "dense" | "einsum_dense" | "conv1d" | "conv2d" | "conv3d" | "conv1d_transpose" | "conv2d_transpose"
        | "conv3d_transpose" | "depthwise_conv1d" | "depthwise_conv2d" => {
            &[("kernel", None), ("bias", Some("use_bias"))]
        }
        _ => &[],
    }
}

/// The names of as many weights as a layer of this class has, where that is certain.
fn names_of(class: &str, config: &Value, count: usize) -> Option<Vec<&'static str>> {
    let all = weights_of(class);
    let stated = |flag: &str| config.get(flag).and_then(Value::as_bool);
    let there: Vec<_> = all.iter().filter(|(_, flag)| flag.and_then(stated) != Some(false)).collect();
    let kept: Vec<_> = if there.len() == count {
        there
    } else {
        // Without a configuration only the number tells: those that are always there, if it is theirs.
        all.iter().filter(|(_, flag)| flag.is_none()).collect()
    };
    (kept.len() == count).then(|| kept.into_iter().map(|(name, _)| *name).collect())
}

/// The name in the model of each of the file's tensors; none for what is beside the model, such as the state of the optimizer.
pub(super) fn in_model(tree: &Node, entries: &[TensorEntry], layers: &[Layer]) -> Vec<Option<String>> {
    let mut names = Names {
        entries,
        counts: BTreeMap::new(),
        stated: BTreeMap::new(),
        names: alloc::vec![None; entries.len()],
        taken: BTreeSet::new(),
    };
    collect_stated(tree, "", &mut names.stated);
    for entry in entries {
        if let Some((group, _)) = entry.name.rsplit_once('/') {
            *names.counts.entry(group).or_default() += 1;
        }
    }
    for layer in layers {
        names.layer(layer, "");
    }
    // What is in no layer: weights of the model itself, the parts of a model that is a class of its own, any other HDF5 file.
    for (index, entry) in entries.iter().enumerate() {
        let steps: Vec<&str> = entry.name.split('/').collect();
        if names.names[index].is_none() && !names.is_beside(entry, &steps) {
            let name = match &steps[..] {
                // The scope, where there is one, is the model's name.
                [TOP_LEVEL, .., weight] | [MODEL, TOP_LEVEL, .., weight] => without_output(weight).to_string(),
                _ => names.newer("", "", &Value::Null, &steps),
            };
            names.set(index, name);
        }
    }
    names.names
}

struct Names<'f> {
    entries: &'f [TensorEntry],
    /// How many tensors each group has.
    counts: BTreeMap<&'f str, usize>,
    /// The names that layers have, by their groups, where the file says so (Keras 3).
    stated: BTreeMap<String, &'f str>,
    names: Vec<Option<String>>,
    taken: BTreeSet<String>,
}

impl Names<'_> {
    /// Whether the tensor at these steps is no part of the model: the state of an optimizer, or of what makes random numbers.
    fn is_beside(&self, entry: &TensorEntry, steps: &[&str]) -> bool {
        // A layer can have the name too; the state is two integers.
        let is_state = entry.dtype.kind() == DTypeKind::Integer && entry.shape.dims() == [2];
        let makes_numbers = || match steps {
            [groups @ .., VARS, _] => {
                let stated = self.stated.get(&groups.join("/"));
                stated.into_iter().chain(groups.last()).any(|name| without_counter(name) == SEEDS)
            }
            _ => false,
        };
        steps.first().is_some_and(|first| BESIDE.contains(first)) || is_state && makes_numbers()
    }

    fn layer(&mut self, layer: &Layer, outer: &str) {
        let name = layer.name.replace('/', ".");
        let prefix = if name.is_empty() { outer.to_string() } else { join(outer, &name) };
        // Inner layers first: a model used as a layer lists their weights too.
        for inner in &layer.layers {
            self.layer(inner, &prefix);
        }
        for &index in &layer.tensors {
            let Some(entry) = self.entries.get(index).filter(|_| self.names[index].is_none()) else { continue };
            if self.is_beside(entry, &entry.name.split('/').collect::<Vec<_>>()) {
                continue;
            }
            let relative = entry.name.strip_prefix(&layer.path).unwrap_or(&entry.name).trim_start_matches('/');
            let steps: Vec<&str> = relative.split('/').collect();
            let class = layer.class_name.as_deref().map(snake_case);
            let name = if steps.contains(&VARS) {
                let group = layer.path.rsplit('/').next().unwrap_or_default();
                let class = class.unwrap_or_else(|| without_counter(group).to_string());
                self.newer(&layer.path, &class, &layer.config, &steps)
            } else {
                older(class.as_deref().unwrap_or_default(), &layer.name, !layer.layers.is_empty(), &steps)
            };
            self.set(index, join(&prefix, &name));
        }
    }

    fn set(&mut self, index: usize, name: String) {
        // Two weights can have one name in a class that somebody wrote; their paths differ.
        let name = if self.taken.contains(&name) { self.entries[index].name.replace('/', ".") } else { name };
        self.taken.insert(name.clone());
        self.names[index] = Some(name);
    }

    /// The name within its layer of a weight that is at these steps behind `path`.
    fn newer(&self, path: &str, class: &str, config: &Value, mut steps: &[&str]) -> String {
        let (mut path, mut class, mut config) = (path.to_string(), class.to_string(), config);
        let mut name = String::new();
        loop {
            match (class.as_str(), steps) {
                (_, [VARS, place]) => {
                    let count = self.counts.get(format!("{path}/{VARS}").trim_start_matches('/'));
                    let names = names_of(&class, config, count.copied().unwrap_or_default());
                    let own = place.parse().ok().and_then(|place: usize| names?.get(place).copied());
                    return join(&name, own.unwrap_or(place));
                }
                (_, [] | [_]) => return join(&name, steps.first().unwrap_or(&"")),
                ("lstm" | "gru" | "simple_rnn" | "conv_lstm1d" | "conv_lstm2d" | "conv_lstm3d", ["cell", ..]) => {}
                ("bidirectional", ["forward_layer" | "backward_layer", ..]) => {
                    name = join(&name, steps[0].trim_end_matches("_layer"));
                    (class, config) = wrapped(config);
                }
                ("time_distributed", ["layer", ..]) => (class, config) = wrapped(config),
                ("multi_head_attention" | "grouped_query_attention", [part, ..]) if part.ends_with("_dense") => {
                    let part = part.trim_end_matches("_dense");
                    name = join(&name, if part == "output" { "attention_output" } else { part });
                    (class, config) = ("einsum_dense".to_string(), &Value::Null);
                }
                (_, [part, ..]) => {
                    name = join(&name, part);
                    let stated = self.stated.get(&join_path(&path, part)).unwrap_or(part);
                    (class, config) = (without_counter(stated).to_string(), &Value::Null);
                }
            }
            path = join_path(&path, steps[0]);
            steps = &steps[1..];
        }
    }
}

/// Notes the names that layers have by their groups, from the group at `path` on. The tree is as deep as the file's, which was bounded.
fn collect_stated<'f>(group: &'f Node, path: &str, stated: &mut BTreeMap<String, &'f str>) {
    for (name, member) in group.members().unwrap_or_default() {
        if name == VARS {
            let name = member.attribute("name").and_then(Value::as_str);
            stated.extend(name.map(|name| (path.to_string(), name)));
        } else if member.members().is_some() {
            collect_stated(member, &join_path(path, name), stated);
        }
    }
}

/// Class and configuration of the layer that a wrapper is around.
fn wrapped(config: &Value) -> (String, &Value) {
    let layer = config.get("layer");
    let class = layer.and_then(|layer| layer.get("class_name")).and_then(Value::as_str).unwrap_or("lstm");
    (snake_case(class), layer.and_then(|layer| layer.get("config")).unwrap_or(&Value::Null))
}

/// The name within its layer of a weight at these steps in the group of the layer: the path in the model, from the layer on.
pub(super) fn older(class: &str, layer: &str, is_model: bool, steps: &[&str]) -> String {
    let Some((weight, scopes)) = steps.split_last() else { return String::new() };
    let own: Vec<&str> = layer.split('/').collect();
    let mut places = scopes.windows(own.len()).enumerate().filter(|(_, window)| *window == own.as_slice());
    let at = if is_model { places.next() } else { places.next_back() };
    let scopes = at.map_or(scopes, |(at, _)| scopes.get(at + own.len()..).unwrap_or_default());
    let mut name = String::new();
    for scope in scopes {
        let direction = ["forward", "backward"].into_iter().find(|way| {
            let rest = scope.strip_prefix(way).and_then(|rest| rest.strip_prefix('_'));
            rest.is_some_and(|rest| class == "bidirectional" || class.is_empty() && rest == layer)
        });
        match direction {
            Some(direction) => name = join(&name, direction),
            None if without_counter(scope).ends_with("_cell") || class == "time_distributed" => {}
            None => name = join(&name, scope),
        }
    }
    join(&name, without_output(weight))
}

/// A weight's name without the number of the output that it was in TensorFlow: `kernel` of `kernel:0`.
fn without_output(weight: &str) -> &str {
    weight.rsplit_once(':').map_or(weight, |(weight, _)| weight)
}

/// A name without the number that tells it from others of its kind: `dense` of `dense_12`.
fn without_counter(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((start, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => start,
        _ => name,
    }
}

fn join_path(path: &str, step: &str) -> String {
    if path.is_empty() { step.to_string() } else { format!("{path}/{step}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_weights_a_layer_has_is_known_from_its_settings_or_their_number() {
        let config = |flags: &[(&str, bool)]| {
            Value::Map(flags.iter().map(|(flag, on)| ((*flag).to_string(), Value::Bool(*on))).collect())
        };
        let names = |class, flags: &[(&str, bool)], count| names_of(class, &config(flags), count);
        assert_eq!(names("dense", &[("use_bias", true)], 2).unwrap(), ["kernel", "bias"]);
        assert_eq!(names("dense", &[], 1).unwrap(), ["kernel"]);
        let rest = ["beta", "moving_mean", "moving_variance"];
        assert_eq!(names("batch_normalization", &[("scale", false), ("center", true)], 3).unwrap(), rest);
        // Without the configuration it may be one or the other.
        assert_eq!(names("batch_normalization", &[], 3), None);
        assert_eq!(names("layer_normalization", &[], 1), None);
        assert_eq!(names("something_else", &[], 2), None);
    }

    #[test]
    fn paths_in_the_model_become_names_within_the_layer() {
        for (class, layer, is_model, path, name) in [
            ("dense", "dense", false, "dense/kernel:0", "kernel"),
            ("dense", "dense", false, "sequential/dense/kernel", "kernel"),
            ("dense", "dense", false, "dense/dense/kernel", "kernel"),
            ("dense", "head", false, "kernel:0", "kernel"),
            ("lstm", "lstm", false, "lstm/lstm_cell_2/recurrent_kernel:0", "recurrent_kernel"),
            ("bidirectional", "bi", false, "bi/forward_lstm/lstm_cell/kernel:0", "forward.kernel"),
            ("bidirectional", "bi", false, "sequential/bi/backward_gru_1/gru_cell/bias", "backward.bias"),
            ("multi_head_attention", "mha", false, "mha/attention_output/kernel", "attention_output.kernel"),
            ("time_distributed", "td", false, "td/dense/kernel:0", "kernel"),
            ("sequential", "block", true, "block/block/kernel", "block.kernel"),
            ("sequential", "block", true, "dense_3/kernel:0", "dense_3.kernel"),
            ("dense", "a/b", false, "a/b/kernel:0", "kernel"),
        ] {
            let steps: Vec<&str> = path.split('/').collect();
            assert_eq!(older(class, layer, is_model, &steps), name, "{path}");
        }
    }
}
