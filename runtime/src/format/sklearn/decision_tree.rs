//! A decision tree: `Tree(features, classes, outputs)` with the state `{max_depth, node_count, nodes, values}`.

use alloc::string::String;
use alloc::vec::Vec;

use super::global::TREE;
use super::tree::Attribute;
use super::walk::Walk;
use crate::error::{Error, Result};
use crate::format::pickle::NodeId;

/// Names of Python's properties for what the state of a tree has under other names.
const PROPERTIES: [(&str, &str); 3] =
    [("left_child", "children_left"), ("right_child", "children_right"), ("values", "value")];

impl Walk<'_> {
    /// The tree with the names that Python shows: the fields of its nodes are attributes of their own.
    pub(super) fn decision_tree(&mut self, args: &[NodeId], state: Option<NodeId>) -> Result<Attribute> {
        let &[features, classes, outputs] = args else {
            return Err(self.here(Error::corrupt("a decision tree is made with wrong arguments")));
        };
        let mut attributes = Vec::new();
        for (name, value) in [("n_features", features), ("n_classes", classes), ("n_outputs", outputs)] {
            attributes.push((name.into(), self.inside(name, |walk| walk.value(value))?));
        }
        let state = match state {
            Some(state) => self.attributes(state)?,
            None => Vec::new(),
        };
        for (name, value) in state {
            match value {
                Attribute::Records(nodes) if name == "nodes" => {
                    attributes.extend(nodes.fields.into_iter().map(|(name, field)| (property(name), field)));
                }
                value => attributes.push((property(name), value)),
            }
        }
        self.estimator(TREE.into(), attributes)
    }
}

fn property(name: String) -> String {
    PROPERTIES.iter().find(|(stored, _)| *stored == name).map_or(name, |&(_, shown)| shown.into())
}
