//! Globals and what is made of them.

use alloc::format;

use super::{Dialect, KnownGlobal, Machine};
use crate::error::{Error, Result};
use crate::format::pickle::builtin::{self, Builtin};
use crate::format::pickle::graph::{Node, NodeId};

impl<D: Dialect> Machine<'_, D> {
    /// Adds the global of this name.
    pub(super) fn global(&mut self, module: &str, name: &str) -> Result<NodeId> {
        if let Some(builtin) = Builtin::find(module, name).or_else(|| D::Global::plain(module, name)) {
            return self.graph.add(Node::Builtin(builtin));
        }
        match D::Global::find(module, name) {
            Some(global) => self.graph.add(Node::Global(global)),
            None => self.graph.add(Node::Unknown(&format!("{module}.{name}"))),
        }
    }

    pub(super) fn persistent(&mut self, id: NodeId) -> Result<()> {
        match self.dialect.persistent(&self.graph, id)? {
            Some(stands_for) => self.push(stands_for),
            None => self.make(Node::Persistent(id)),
        }
    }

    pub(super) fn call(&mut self, function: NodeId, args: NodeId) -> Result<()> {
        let Some(arguments) = self.graph.tuple(args) else {
            return Err(Error::corrupt("a function is called with something that is not a tuple"));
        };
        match self.graph.node(function) {
            Node::Global(function) if function.is_callable() => self.make(Node::Call { function, args, state: None }),
            Node::Global(global) => Err(Error::refused(format!("{global:?} is called, which is no function"))),
            Node::Builtin(builtin) => {
                let arguments = arguments.to_vec();
                if let Some((class, args)) = builtin::object_of(builtin, &self.graph, &arguments)? {
                    let args = self.graph.add(Node::Tuple(args))?;
                    return self.new_object(class, args);
                }
                let made = builtin.apply(&mut self.graph, &arguments, self.budget)?;
                self.push(made.ok_or_else(|| Error::corrupt(format!("{builtin:?} is called with wrong arguments")))?)
            }
            Node::Unknown(name) => Err(Error::refused(format!("the pickle calls `{name}`: nothing unknown is run"))),
            _ => Err(self.mistyped("a call", function)),
        }
    }

    pub(super) fn new_object(&mut self, class: NodeId, args: NodeId) -> Result<()> {
        if let Node::Unknown(name) = self.graph.node(class) {
            if self.graph.tuple(args).is_some_and(<[_]>::is_empty) {
                return self.make(Node::Object { class, state: None, slots: None });
            }
            let what =
                format!("the pickle makes a `{name}` with arguments: unknown classes are only built from plain state");
            return Err(Error::refused(what));
        }
        self.call(class, args)
    }

    pub(super) fn build(&mut self) -> Result<()> {
        let given = self.pop()?;
        let target = self.top()?;
        if self.graph.entries(given).is_some() && self.graph.set_attributes(target, given) {
            return Ok(());
        }
        let none_or_dict = |id| match self.graph.node(id) {
            Node::None => Some(None),
            node => matches!(node, Node::Dict { .. }).then_some(Some(id)),
        };
        let built = match self.graph.node(target) {
            Node::Object { class, state: None, slots: None } => {
                let parts = match self.graph.node(given) {
                    Node::Tuple(&[state, slots]) => none_or_dict(state).zip(none_or_dict(slots)),
                    Node::Tuple(_) => None,
                    _ => none_or_dict(given).map(|state| (state, None)),
                };
                let Some((state, slots)) = parts else {
                    let (class, given) = (self.graph.type_name(target), self.graph.type_name(given));
                    return Err(Error::refused(format!("a `{class}` is built from {given}: only plain state is read")));
                };
                Node::Object { class, state, slots }
            }
            Node::Call { function, args, state: None } if function.takes_state() => {
                Node::Call { function, args, state: Some(given) }
            }
            _ => return Err(self.mistyped("BUILD", target)),
        };
        self.graph.replace(target, built)?;
        if let Node::Call { .. } = built {
            self.dialect.built(&self.graph, target, &mut self.input)?;
        }
        Ok(())
    }
}
