//! Where a file has the weights of a model: from names in the model (`dense.kernel`) to names that Keras loads.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::names;
use super::writer::{MODEL, TOP_LEVEL, write_h5, write_weights_with};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{TensorEntry, TensorSet};
use crate::source::Sink;
use crate::value::Value;

/// Tensors of a set in another order and under other names.
struct Placed<'s> {
    set: &'s dyn TensorSet,
    order: Vec<usize>,
    entries: Vec<TensorEntry>,
}

impl<'s> Placed<'s> {
    /// `places` are the tensors' new names, with their places in `set`.
    fn new(set: &'s dyn TensorSet, places: Vec<(String, usize)>) -> Self {
        let entry =
            |(name, index): (String, usize)| Some((index, TensorEntry { name, ..set.entries().get(index)?.clone() }));
        let (order, entries) = places.into_iter().filter_map(entry).unzip();
        Self { set, order, entries }
    }
}

impl TensorSet for Placed<'_> {
    fn entries(&self) -> &[TensorEntry] {
        &self.entries
    }

    fn write_to(&self, index: usize, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self.order.get(index) {
            Some(&index) => self.set.write_to(index, sink),
            None => Err(Error::argument(format!("tensor {index} of {}", self.order.len()))),
        }
    }
}

/// Writes an `.h5` as [`write_h5`] does, of tensors that have their names in the model: `dense.kernel`. The first step of a name is the layer;
/// a name of one step is a weight of the model itself. Layers are in the order of the set, which must be the model's. What a layer does not
/// train comes last in it, as Keras has it. With a `model_config` among the attributes it is a whole model.
///
/// # Errors
/// [`ErrorKind::Unrepresentable`] for a layer that is called as the group of the model's own weights; those of [`write_h5`].
pub fn write_model(set: &dyn TensorSet, attributes: &BTreeMap<String, String>, sink: &mut dyn Sink) -> Result<()> {
    if let Some(entry) = set.entries().iter().find(|entry| entry.name.split('.').next() == Some(TOP_LEVEL)) {
        let what = format!("a layer called `{TOP_LEVEL}`");
        return Err(Error::new(ErrorKind::Unrepresentable { format: "Keras .h5", what }).in_tensor(&entry.name));
    }
    let group = if attributes.contains_key("model_config") { format!("{MODEL}/") } else { String::new() };
    let place = |(index, entry): (usize, &TensorEntry)| match entry.name.split_once('.') {
        Some((layer, weight)) => {
            let path = entry.name.replace('.', "/");
            let steps: Vec<&str> = path.split('/').collect();
            // Scopes that Keras adds of itself are no part of a name when it is read: where one of this name looks like them, it is one step.
            let is_kept = names::older("", layer, false, &steps) == weight;
            (format!("{group}{layer}/{}:0", if is_kept { &path } else { weight }), index)
        }
        None => (format!("{group}{TOP_LEVEL}/{}:0", entry.name), index),
    };
    let mut places: Vec<(String, usize)> = set.entries().iter().enumerate().map(place).collect();
    places.sort_by_key(|(name, _)| name.rsplit('/').next().is_some_and(|weight| weight.starts_with("moving_")));
    write_h5(&in_order_of_layers(set, places, &group), attributes, sink)
}

/// Layers in the order in which the set has them first, whatever came last in each.
fn in_order_of_layers<'s>(set: &'s dyn TensorSet, mut places: Vec<(String, usize)>, group: &str) -> Placed<'s> {
    let layer = |name: &str| name.strip_prefix(group).and_then(|name| name.split('/').next()).unwrap_or("").to_string();
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for (name, index) in &places {
        let place = first.entry(layer(name)).or_insert(*index);
        *place = (*place).min(*index);
    }
    places.sort_by_key(|(name, _)| first.get(&layer(name)).copied());
    Placed::new(set, places)
}

/// Writes a `.weights.h5` as Keras 3 does, of tensors that have their names in the model. `classes` has the class of the layer that each tensor
/// is in, in Keras' spelling for groups (`dense`, `conv2d_transpose`); layers of a class are numbered in the order of the set.
///
/// # Errors
/// [`ErrorKind::Unrepresentable`] for a tensor without a class; those of [`write_weights`](super::write_weights).
pub fn write_model_weights(set: &dyn TensorSet, classes: &[Option<&str>], sink: &mut dyn Sink) -> Result<()> {
    let mut groups: BTreeMap<(String, &str), String> = BTreeMap::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = Vec::new();
    let mut places = Vec::new();
    for (index, entry) in set.entries().iter().enumerate() {
        let Some(class) = classes.get(index).copied().flatten() else {
            let what = "a weight of a layer whose class in Keras is not known (an `.h5` needs none)".into();
            return Err(
                Error::new(ErrorKind::Unrepresentable { format: "Keras .weights.h5", what }).in_tensor(&entry.name)
            );
        };
        let steps: Vec<&str> = entry.name.split('.').collect();
        let inner = usize::from(matches!(class, "bidirectional" | "multi_head_attention"));
        let (layer, rest) = steps.split_at(steps.len().saturating_sub(1 + inner));
        let layer = layer.join(".");
        let group = groups.entry((layer.clone(), class)).or_insert_with(|| {
            let count = counts.entry(format!("layers/{class}")).or_default();
            *count += 1;
            let group = if *count == 1 { format!("layers/{class}") } else { format!("layers/{class}_{}", *count - 1) };
            names.push((format!("{group}/vars"), layer));
            group
        });
        let part = match (class, rest) {
            ("lstm" | "gru", _) => "/cell".to_string(),
            ("bidirectional", [way, _]) => format!("/{way}_layer/cell"),
            ("multi_head_attention", ["attention_output", _]) => "/output_dense".to_string(),
            ("multi_head_attention", [part, _]) => format!("/{part}_dense"),
            _ => String::new(),
        };
        let vars = format!("{group}{part}/vars");
        let place = counts.entry(vars.clone()).or_default();
        places.push((format!("{vars}/{place}"), index));
        *place += 1;
    }
    let attributes = names.into_iter().map(|(path, layer)| (path, "name", Value::from(layer.as_str())));
    write_weights_with(&Placed::new(set, places), attributes, sink)
}
