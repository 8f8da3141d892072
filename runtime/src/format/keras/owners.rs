//! Which layer each weight is of.

use alloc::vec;
use alloc::vec::Vec;

use super::layers::Layer;
use crate::value::Value;

/// The layer that each tensor of a file is of, made once: asked one by one, the layers would be gone through for each tensor.
///
/// Layers have numbers from 1 on, outer ones before those in them; 0 is none.
pub(super) struct Owners {
    /// Of each layer the number of the one that it is in, and its place there.
    layers: Vec<(usize, usize)>,
    /// Of each tensor the innermost layer.
    tensors: Vec<usize>,
}

impl Owners {
    /// Those of as many tensors as the file has. Where two layers list a tensor, it is the first one's.
    pub(super) fn of(layers: &[Layer], tensors: usize) -> Self {
        let mut owners = Self { layers: Vec::new(), tensors: vec![0; tensors] };
        owners.note(layers, 0);
        owners
    }

    /// Goes through the layers that are in the one of number `outer`; they are no deeper than the budget let them be.
    fn note(&mut self, layers: &[Layer], outer: usize) {
        for (place, layer) in layers.iter().enumerate() {
            self.layers.push((outer, place));
            let number = self.layers.len();
            for &index in &layer.tensors {
                if let Some(owner) = self.tensors.get_mut(index)
                    && *owner == outer
                {
                    *owner = number;
                }
            }
            self.note(&layer.layers, number);
        }
    }

    /// The layer of this number.
    fn layer<'l>(&self, layers: &'l [Layer], number: usize) -> Option<&'l Layer> {
        let &(outer, place) = self.layers.get(number.checked_sub(1)?)?;
        let beside = if outer == 0 { layers } else { &self.layer(layers, outer)?.layers };
        beside.get(place)
    }

    /// What the layer of the weight at `path` was made with: of a model used as a layer, its layer; of a wrapper, what it is around. `layers`
    /// are those that this was made of.
    pub(super) fn config<'l>(&self, layers: &'l [Layer], index: usize, path: &str) -> Option<&'l Value> {
        let layer = self.layer(layers, *self.tensors.get(index)?)?;
        let mut config = Some(&layer.config).filter(|config| **config != Value::Null)?;
        let is_backward = path.split('/').any(|step| step.starts_with("backward_"));
        let way_back = |config: &'l Value| config.get("backward_layer").filter(|_| is_backward)?.get("config");
        let inside =
            |config: &'l Value| ["layer", "cell"].into_iter().find_map(|inner| config.get(inner)?.get("config"));
        while let Some(inner) = way_back(config).or_else(|| inside(config)) {
            config = inner;
        }
        Some(config)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};

    use super::*;

    #[test]
    fn a_weight_has_the_settings_of_the_layer_that_it_is_of() {
        let map = |entries: &[(&str, Value)]| {
            Value::Map(entries.iter().map(|(name, value)| ((*name).to_string(), value.clone())).collect())
        };
        let units = |units| map(&[("units", Value::Int(units))]);
        let made = |units: Value| map(&[("class_name", Value::from("GRU")), ("config", units)]);
        let layer = |config: Value, tensors: &[usize], layers: Vec<Layer>| Layer {
            class_name: None,
            name: String::new(),
            config,
            path: String::new(),
            tensors: tensors.to_vec(),
            layers,
        };
        let both = map(&[("layer", made(units(1))), ("backward_layer", made(units(2)))]);
        let one = map(&[("layer", made(map(&[("cell", made(units(3)))]))), ("backward_layer", Value::Null)]);
        let inner = vec![layer(units(4), &[4], Vec::new())];
        let layers = [
            layer(both, &[0, 1], Vec::new()),
            layer(one, &[2], Vec::new()),
            layer(units(5), &[3, 4], inner),
            layer(Value::Null, &[5], Vec::new()),
        ];
        let owners = Owners::of(&layers, 7);
        let found = |index, path| owners.config(&layers, index, path).and_then(|config| config.get("units")?.as_i64());
        assert_eq!(found(0, "layers/bidirectional/forward_layer/cell/vars/0"), Some(1));
        assert_eq!(found(1, "layers/bidirectional/backward_layer/cell/vars/0"), Some(2));
        assert_eq!(found(2, "model_weights/b/b/backward_rnn/cell/kernel"), Some(3));
        assert_eq!((found(3, "a/kernel"), found(4, "a/b/kernel")), (Some(5), Some(4)));
        assert_eq!((found(5, "c/kernel"), found(6, "d/kernel")), (None, None));
    }
}
