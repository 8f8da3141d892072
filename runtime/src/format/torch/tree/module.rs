//! Whole models.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Global, Persistent, Walk, object};
use crate::error::{Error, Result};
use crate::format::pickle::{Graph, Node, NodeId};
use crate::value::Value;

impl<P: Persistent> Walk<'_, P> {
    /// A `torch.nn.Module`: its parameters and buffers under the names that `state_dict()` gives them, and its attributes. What
    /// starts with an underscore is PyTorch's own, and buffers that are not persistent are left out as `state_dict()` does.
    pub(super) fn module(&mut self, module: &Module) -> Result<Vec<(String, Value)>> {
        let graph = self.graph;
        let mut fields = Vec::new();
        for &(key, value) in module.state {
            if let Some(name) = graph.text(key)
                && !name.starts_with('_')
            {
                // Such as an activation: which one it is says nothing of the weights, and it is not run.
                let value = match graph.node(value) {
                    Node::Unknown(function) => object(function, Vec::new()),
                    _ => self.inside(name, value)?,
                };
                fields.push((name.into(), value));
            }
        }
        let parts = [module.parameters, module.buffers, module.modules];
        let count = parts.iter().map(|part| part.len()).sum::<usize>() + module.transient.len();
        self.budget.charge_objects(count as u64)?;
        let transient: BTreeSet<&str> = module.transient.iter().filter_map(|&name| graph.text(name)).collect();
        for (key, value) in parts.into_iter().flatten().copied() {
            let name = graph.text(key).ok_or_else(|| self.here(Error::corrupt("a part of a module has no name")))?;
            if !transient.contains(name) {
                fields.push((name.into(), self.inside(name, value)?));
            }
        }
        Ok(fields)
    }
}

/// The state of a `torch.nn.Module`.
pub(super) struct Module<'g> {
    state: &'g [(NodeId, NodeId)],
    parameters: &'g [(NodeId, NodeId)],
    buffers: &'g [(NodeId, NodeId)],
    modules: &'g [(NodeId, NodeId)],
    /// Names of the buffers that are not persistent.
    transient: &'g [NodeId],
}

impl<'g> Module<'g> {
    /// The state of a module, if the dict at `state` is one.
    pub(super) fn of(graph: &'g Graph<Global>, state: NodeId) -> Option<Self> {
        let part = |name| graph.get(state, name).and_then(|id| graph.entries(id));
        Some(Self {
            state: graph.entries(state)?,
            parameters: part("_parameters")?,
            buffers: part("_buffers")?,
            modules: part("_modules")?,
            transient: graph
                .get(state, "_non_persistent_buffers_set")
                .and_then(|id| graph.items(id))
                .unwrap_or_default(),
        })
    }
}
