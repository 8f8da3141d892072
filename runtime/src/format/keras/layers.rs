//! Layers: what the configuration says of them, and where their weights are.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::ptr;

use crate::error::{Error, Result};
use crate::format::TensorEntry;
use crate::format::hdf5::Node;
use crate::limits::Budget;
use crate::value::Value;

/// Groups that hold a model's layers in the layout of Keras 3, and in the one of Keras 2.12 before it.
const CONTAINERS: [&str; 2] = ["layers", "_layer_checkpoint_dependencies"];

/// A layer of a saved model.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Layer {
    /// Its class, such as `Dense`; none in a file of weights without a configuration.
    pub class_name: Option<String>,
    /// Its name in the model, such as `dense_1`.
    pub name: String,
    /// What its class was made with: units, activation, and so on; [`Value::Null`] without a configuration.
    pub config: Value,
    /// The group of its weights; empty if it has none.
    pub path: String,
    /// The places of its weights among the file's tensors, those of inner layers too. In a file of the old layout this is Keras'
    /// own order; in the new layout each group's are in order.
    pub tensors: Vec<usize>,
    /// The layers of a model that is used as a layer.
    pub layers: Vec<Layer>,
}

/// The layers of a file: `tree` is the HDF5 file's, `model` the model's configuration.
pub(super) fn of_file(tree: &Node, entries: &[TensorEntry], model: &Value, budget: &Budget) -> Result<Vec<Layer>> {
    let index = entries.iter().enumerate().map(|(i, e)| (e.name.as_str(), i)).collect();
    let file = File { tree, entries, budget, index, members: RefCell::default() };
    let configs = layer_configs(model);
    for group in ["model_weights", ""] {
        let names = file.strings(group, "layer_names");
        if let Some(names) = names {
            return file.old(group, &names, configs);
        }
    }
    for container in CONTAINERS {
        if let Some(groups) = file.object(container).and_then(Node::members) {
            return file.new_layers(container, groups, configs, 0);
        }
    }
    configs.unwrap_or_default().iter().map(|config| file.without_weights(config, 0)).collect()
}

/// The list of layers in a model's or a layer's configuration. Old sequential models have the list itself as configuration.
fn layer_configs(model: &Value) -> Option<&[Value]> {
    let config = model.get("config")?;
    config.as_list().or_else(|| config.get("layers")?.as_list())
}

/// A layer's name: its own, or the one in its configuration.
fn name_of(config: &Value) -> &str {
    let name = config.get("config").and_then(|config| config.get("name")).or_else(|| config.get("name"));
    name.and_then(Value::as_str).unwrap_or_default()
}

fn class_of(config: &Value) -> Option<&str> {
    config.get("class_name").and_then(Value::as_str)
}

struct File<'f> {
    tree: &'f Node,
    entries: &'f [TensorEntry],
    budget: &'f Budget,
    index: BTreeMap<&'f str, usize>,
    /// The members by name of groups that others were looked for in: thousands of layers are looked for in one. Kept here and not in the
    /// tree, where each of its objects would be larger for it.
    members: RefCell<BTreeMap<*const Node, BTreeMap<&'f str, &'f Node>>>,
}

impl<'f> File<'f> {
    fn object(&self, path: &str) -> Option<&'f Node> {
        path.split('/').filter(|step| !step.is_empty()).try_fold(self.tree, |group, step| self.member(group, step))
    }

    fn member(&self, group: &'f Node, name: &str) -> Option<&'f Node> {
        let mut known = self.members.borrow_mut();
        let members = known.entry(ptr::from_ref(group)).or_insert_with(|| by_name(group.members().unwrap_or_default()));
        members.get(name).copied()
    }

    /// The strings of an attribute, which Keras splits into `name0`, `name1` and so on where they pass 64 KiB. None if there is no
    /// such attribute; an attribute of numbers is an empty list, which is how NumPy stores one.
    fn strings(&self, path: &str, name: &str) -> Option<Vec<&'f str>> {
        let object = self.object(path)?;
        if let Some(value) = object.attribute(name) {
            return Some(texts(value));
        }
        object.attribute(&format!("{name}0"))?;
        let attributes = by_name(&object.attributes);
        let parts = (0..).map_while(|i| attributes.get(format!("{name}{i}").as_str()).copied());
        Some(parts.flat_map(texts).collect())
    }

    fn layer(config: &Value) -> Layer {
        Layer {
            class_name: class_of(config).map(ToString::to_string),
            name: name_of(config).to_string(),
            config: config.get("config").cloned().unwrap_or(Value::Null),
            path: String::new(),
            tensors: Vec::new(),
            layers: Vec::new(),
        }
    }

    fn without_weights(&self, config: &Value, depth: u64) -> Result<Layer> {
        self.budget.check_depth(depth)?;
        let inner = layer_configs(config).unwrap_or_default().iter();
        let layers = inner.map(|config| self.without_weights(config, depth + 1)).collect::<Result<_>>()?;
        Ok(Layer { layers, ..Self::layer(config) })
    }

    /// The old layout: a group for each layer, its weights named by an attribute.
    fn old(&self, group: &str, names: &[&str], configs: Option<&[Value]>) -> Result<Vec<Layer>> {
        let mut weights = BTreeMap::new();
        for &name in names {
            // Named again it would have the same weights, and take as long to look up.
            if weights.contains_key(name) {
                continue;
            }
            let path = if group.is_empty() { name.to_string() } else { format!("{group}/{name}") };
            let mut tensors = Vec::new();
            for weight in self.strings(&path, "weight_names").unwrap_or_default() {
                let weight = format!("{path}/{weight}");
                match self.index.get(weight.as_str()) {
                    Some(&index) => tensors.push(index),
                    None => {
                        return Err(Error::corrupt(format!("layer `{name}` names a weight that is not there"))
                            .in_tensor(weight));
                    }
                }
            }
            weights.insert(name, (path, tensors));
        }
        let mut layers = Vec::new();
        for config in configs.unwrap_or_default() {
            let mut layer = self.without_weights(config, 0)?;
            if let Some((path, tensors)) = weights.remove(name_of(config)) {
                self.share(&mut layer.layers, &path, &tensors)?;
                (layer.path, layer.tensors) = self.placed(path, tensors)?;
            }
            layers.push(layer);
        }
        // Without a configuration, and for weights that it does not tell of, the file's order.
        for &name in names {
            if let Some((path, tensors)) = weights.remove(name) {
                let (path, tensors) = self.placed(path, tensors)?;
                layers.push(Layer { name: name.to_string(), path, tensors, ..Self::layer(&Value::Null) });
            }
        }
        Ok(layers)
    }

    /// Gives inner layers those of the outer's weights whose path has their name as a step.
    fn share(&self, layers: &mut [Layer], path: &str, tensors: &[usize]) -> Result<()> {
        if layers.is_empty() {
            return Ok(());
        }
        let mut by_step: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for &index in tensors {
            let name = self.entries.get(index).map_or("", |entry| entry.name.as_str());
            let steps: BTreeSet<&str> = name.strip_prefix(path).into_iter().flat_map(|rest| rest.split('/')).collect();
            for step in steps {
                by_step.entry(step).or_default().push(index);
            }
        }
        for layer in layers {
            let own = by_step.get(layer.name.as_str()).cloned().unwrap_or_default();
            (layer.path, layer.tensors) = self.placed(path.to_string(), own)?;
            self.share(&mut layer.layers, path, &layer.tensors)?;
        }
        Ok(())
    }

    /// The new layout: a group for each layer, named by its class and a counter; the layer's own name is an attribute of the group
    /// `vars` in it (from Keras 3 on).
    fn new_layers(
        &self,
        container: &str,
        groups: &[(String, Node)],
        configs: Option<&[Value]>,
        depth: u64,
    ) -> Result<Vec<Layer>> {
        fn stated(group: &Node) -> Option<&str> {
            group.member("vars")?.attribute("name")?.as_str()
        }
        self.budget.check_depth(depth)?;
        let Some(configs) = configs else {
            let mut layers = Vec::with_capacity(groups.len());
            for (name, group) in groups {
                let mut layer = self.new_layer(container, name, Some(group), None, depth)?;
                layer.name = stated(group).unwrap_or(name).to_string();
                layers.push(layer);
            }
            return Ok(layers);
        };
        let objects = by_name(groups);
        let named: BTreeMap<&str, &str> =
            groups.iter().filter_map(|(name, group)| Some((stated(group)?, name.as_str()))).collect();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut layers = Vec::new();
        for config in configs {
            let snake = snake_case(class_of(config).unwrap_or_default());
            let count = counts.entry(snake.clone()).or_default();
            let counted = if *count == 0 { snake } else { format!("{snake}_{count}") };
            *count += 1;
            let group = named.get(name_of(config)).map_or(counted, ToString::to_string);
            layers.push(self.new_layer(
                container,
                &group,
                objects.get(group.as_str()).copied(),
                Some(config),
                depth,
            )?);
        }
        Ok(layers)
    }

    fn new_layer(
        &self,
        container: &str,
        name: &str,
        group: Option<&Node>,
        config: Option<&Value>,
        depth: u64,
    ) -> Result<Layer> {
        let path = format!("{container}/{name}");
        let below = format!("{path}/");
        let mut tensors: Vec<usize> =
            self.index.range(below.as_str()..).map_while(|(name, &i)| name.starts_with(&below).then_some(i)).collect();
        tensors.sort_by_cached_key(|&index| natural(self.entries.get(index).map_or("", |entry| entry.name.as_str())));
        let below = |inner| group?.member(inner)?.members();
        let inner = CONTAINERS.into_iter().find_map(|inner| Some((inner, below(inner)?)));
        let layers = match inner {
            Some((inner, groups)) => {
                self.new_layers(&format!("{path}/{inner}"), groups, config.and_then(layer_configs), depth + 1)?
            }
            None => Vec::new(),
        };
        let (path, tensors) = self.placed(path, tensors)?;
        Ok(Layer { path, tensors, layers, ..Self::layer(config.unwrap_or(&Value::Null)) })
    }

    /// A layer's group and weights; without weights there is no group. A configuration can give one group's weights to any number of layers.
    fn placed(&self, path: String, tensors: Vec<usize>) -> Result<(String, Vec<usize>)> {
        self.budget.charge_objects(tensors.len() as u64)?;
        Ok(if tensors.is_empty() { (String::new(), tensors) } else { (path, tensors) })
    }
}

/// What has names, by them.
fn by_name<T>(named: &[(String, T)]) -> BTreeMap<&str, &T> {
    named.iter().map(|(name, item)| (name.as_str(), item)).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_list().unwrap_or_default().iter().filter_map(Value::as_str).collect()
}

/// A path's steps, those that are numbers in the order of numbers.
fn natural(path: &str) -> Vec<(u64, String)> {
    let step =
        |step: &str| step.parse().map_or_else(|_| (u64::MAX, step.to_string()), |number| (number, String::new()));
    path.split('/').map(step).collect()
}

/// The name that Keras gives the group of a class: `BatchNormalization` is `batch_normalization`, `Conv2D` is `conv2d`.
pub(super) fn snake_case(class: &str) -> String {
    // A registered class is written with its package: `package>Class`.
    let class = class.rsplit('>').next().unwrap_or(class);
    let letters: Vec<char> = class.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut out = String::new();
    for (i, &letter) in letters.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| letters.get(i));
        let starts_word = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase() || letters.get(i + 1).is_some_and(char::is_ascii_lowercase)
            });
        if starts_word {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_named_as_keras_names_their_groups() {
        for (class, group) in [
            ("Dense", "dense"),
            ("Conv2D", "conv2d"),
            ("Conv2DTranspose", "conv2d_transpose"),
            ("DepthwiseConv2D", "depthwise_conv2d"),
            ("BatchNormalization", "batch_normalization"),
            ("LSTM", "lstm"),
            ("LSTMCell", "lstm_cell"),
            ("ReLU", "re_lu"),
            ("MultiHeadAttention", "multi_head_attention"),
            ("fixtures>CustomLayer", "custom_layer"),
        ] {
            assert_eq!(snake_case(class), group);
        }
    }

    #[test]
    fn numbers_in_paths_are_in_the_order_of_numbers() {
        let mut paths = ["vars/10", "vars/2", "cell/vars/0"];
        paths.sort_by_key(|path| natural(path));
        assert_eq!(paths, ["cell/vars/0", "vars/2", "vars/10"]);
    }
}
