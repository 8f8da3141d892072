//! Writing weights that Keras loads.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::dtype::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::format::TensorSet;
use crate::format::hdf5::Hdf5Writer;
use crate::source::Sink;
use crate::value::Value;

/// The group of the weights in a whole model, and that of the optimizer's.
pub(super) const MODEL: &str = "model_weights";
const OPTIMIZER: &str = "optimizer_weights";
/// The group of the weights that are the model's own, and no layer's.
pub(super) const TOP_LEVEL: &str = "top_level_model_weights";
/// Texts of an attribute that fit its 64 KiB, with room for its head.
const TEXTS_AN_ATTRIBUTE: usize = 4000;

/// Writes a `.weights.h5` of Keras 3 (and of Keras 2.13 and later): tensors named as in such a file, `layers/dense/vars/0`.
///
/// # Errors
/// Those of [`Hdf5Writer::write`].
pub fn write_weights(set: &dyn TensorSet, sink: &mut dyn Sink) -> Result<()> {
    write_weights_with(set, [], sink)
}

/// As [`write_weights`], with attributes of groups: path, name, value.
pub(super) fn write_weights_with<'a>(
    set: &dyn TensorSet,
    attributes: impl IntoIterator<Item = (String, &'a str, Value)>,
    sink: &mut dyn Sink,
) -> Result<()> {
    let mut writer = Hdf5Writer::default();
    for (path, name, value) in attributes {
        writer = writer.attribute(&path, name, value);
    }
    for entry in set.entries() {
        // HDF5 sees two bytes; Keras looks here for what they are.
        if entry.dtype == DType::BF16 {
            writer = writer.attribute(&entry.name, "dtype", Value::from("bfloat16"));
        }
    }
    writer.write(set, sink)
}

/// Writes an `.h5` of the layout that Keras 1 and 2 have, and Keras 3 loads: `dense/dense/kernel:0` for weights alone,
/// `model_weights/dense/dense/kernel:0` for a whole model.
///
/// The first step of a weight's name (behind `model_weights`) is its layer; `top_level_model_weights` are those of no layer. Keras takes
/// layers, and the weights of a layer, in the order of `set`: that must be the model's order. `attributes` become texts of the root, such
/// as `model_config`; without a `keras_version` among them Keras would take the file for one of its first version, so that one is written.
///
/// # Errors
/// [`ErrorKind::Unrepresentable`] for a weight that belongs to no layer; those of [`Hdf5Writer::write`].
pub fn write_h5(set: &dyn TensorSet, attributes: &BTreeMap<String, String>, sink: &mut dyn Sink) -> Result<()> {
    let whole = set.entries().iter().any(|entry| entry.name.split('/').next() == Some(MODEL));
    let group = if whole { MODEL } else { "" };
    // Weights by layer, and those of the optimizer, each in the order of the set.
    let mut layers: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut places = BTreeMap::new();
    let mut optimizer = Vec::new();
    for entry in set.entries() {
        if let Some(name) = entry.name.strip_prefix(OPTIMIZER).and_then(|name| name.strip_prefix('/')) {
            optimizer.push(name);
            continue;
        }
        let name = if whole {
            entry.name.strip_prefix(MODEL).and_then(|name| name.strip_prefix('/'))
        } else {
            Some(&*entry.name)
        };
        let Some((layer, weight)) = name.and_then(|name| name.split_once('/')) else {
            let what = format!("a weight outside of a layer, which {group}/LAYER/NAME would name");
            return Err(Error::new(ErrorKind::Unrepresentable { format: "Keras .h5", what }).in_tensor(&entry.name));
        };
        let place = *places.entry(layer).or_insert_with(|| {
            layers.push((layer, Vec::new()));
            layers.len() - 1
        });
        layers[place].1.push(weight);
    }
    let mut writer = Hdf5Writer::default();
    for (name, text) in attributes {
        writer = writer.attribute("", name, Value::Str(text.clone()));
    }
    for (name, text) in [("keras_version", "3.0.0"), ("backend", "tensorflow")] {
        let text = attributes.get(name).map_or(text, String::as_str);
        if whole || !attributes.contains_key(name) {
            writer = writer.attribute(group, name, Value::from(text));
        }
    }
    let names: Vec<&str> = layers.iter().map(|(layer, _)| *layer).filter(|layer| *layer != TOP_LEVEL).collect();
    writer = with_texts(writer, group, "layer_names", &names);
    for (layer, weights) in &layers {
        let path = if whole { format!("{MODEL}/{layer}") } else { (*layer).into() };
        writer = with_texts(writer, &path, "weight_names", weights);
    }
    if !optimizer.is_empty() {
        writer = with_texts(writer, OPTIMIZER, "weight_names", &optimizer);
    }
    writer.write(set, sink)
}

/// An attribute of texts, split as Keras splits one that is too long: `name0`, `name1` and so on.
fn with_texts(mut writer: Hdf5Writer, path: &str, name: &str, texts: &[&str]) -> Hdf5Writer {
    let list = |texts: &[&str]| Value::List(texts.iter().map(|&text| Value::from(text)).collect());
    if texts.len() <= TEXTS_AN_ATTRIBUTE {
        return writer.attribute(path, name, list(texts));
    }
    for (i, part) in texts.chunks(TEXTS_AN_ATTRIBUTE).enumerate() {
        writer = writer.attribute(path, &format!("{name}{i}"), list(part));
    }
    writer
}
