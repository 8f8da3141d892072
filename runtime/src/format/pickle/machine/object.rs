//! Globals and what is made of them.

use alloc::boxed::Box;
use alloc::format;

use super::{Dialect, KnownGlobal, Machine};
use crate::error::{Error, Result};
use crate::format::pickle::builtin::{self, Builtin};
use crate::format::pickle::graph::{Node, NodeId};

impl<D: Dialect> Machine<'_, D> {
    pub(super) fn global(module: &str, name: &str) -> Node<D::Global> {
        if let Some(builtin) = Builtin::find(module, name).or_else(|| D::Global::plain(module, name)) {
            return Node::Builtin(builtin);
        }
        match D::Global::find(module, name) {
            Some(global) => Node::Global(global),
            None => Node::Unknown(format!("{module}.{name}").into()),
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
        match *self.graph.node(function) {
            Node::Global(function) if function.is_callable() => self.make(Node::Call { function, args, state: None }),
            Node::Global(global) => Err(Error::refused(format!("{global:?} is called, which is no function"))),
            Node::Builtin(builtin) => {
                if let Some((class, args)) = builtin::object_of(builtin, &self.graph, arguments)? {
                    let args = Box::from(args);
                    let args = self.graph.add(Node::Tuple(args))?;
                    return self.new_object(class, args);
                }
                let made = builtin.apply(&self.graph, arguments, self.budget)?;
                self.make(made.ok_or_else(|| Error::corrupt(format!("{builtin:?} is called with wrong arguments")))?)
            }
            Node::Unknown(ref name) => {
                Err(Error::refused(format!("the pickle calls `{name}`: nothing unknown is run")))
            }
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
        let is_dict = |id| matches!(self.graph.node(id), Node::Dict { .. });
        let none_or_dict = |id| match self.graph.node(id) {
            Node::None => Some(None),
            _ => is_dict(id).then_some(Some(id)),
        };
        match *self.graph.node(target) {
            Node::Dict { attributes: None, .. } if is_dict(given) => {
                if let Node::Dict { attributes, .. } = self.graph.node_mut(target) {
                    *attributes = Some(given);
                }
            }
            Node::Object { state: None, slots: None, .. } => {
                let parts = match self.graph.node(given) {
                    Node::Tuple(parts) => match **parts {
                        [state, slots] => none_or_dict(state).zip(none_or_dict(slots)),
                        _ => None,
                    },
                    _ => none_or_dict(given).map(|state| (state, None)),
                };
                let Some(parts) = parts else {
                    let (class, given) = (self.graph.type_name(target), self.graph.type_name(given));
                    return Err(Error::refused(format!("a `{class}` is built from {given}: only plain state is read")));
                };
                if let Node::Object { state, slots, .. } = self.graph.node_mut(target) {
                    (*state, *slots) = parts;
                }
            }
            Node::Call { function, state: None, .. } if function.takes_state() => {
                if let Node::Call { state, .. } = self.graph.node_mut(target) {
                    *state = Some(given);
                }
                self.dialect.built(&self.graph, target, &mut self.input)?;
            }
            _ => return Err(self.mistyped("BUILD", target)),
        }
        Ok(())
    }
}
