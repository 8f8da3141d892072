//! Which options a file of ours says are absent.
//!
//! In Burn's layout there is nothing for a type without state, nor for an option of it that is absent. The trailer says of which options something
//! is there; of the others only the schema says that they are options at all.

use super::stored_schema::{Node, StoredSchema, Type};
use crate::record::Item;

impl StoredSchema {
    /// Puts [`Item::Absent`] where the item has nothing and the schema an option of what is nothing.
    pub(super) fn mark_absent(&self, item: &mut Item) {
        let is_any = self.nodes().iter().any(|node| matches!(node, Node::Option(inner) if self.is_nothing(*inner)));
        if is_any {
            self.mark(self.root(), item);
        }
    }

    fn mark(&self, number: u32, item: &mut Item) {
        let Ok(node) = self.node(number) else { return };
        match (node, item) {
            (Node::Option(inner), item @ Item::Nil) if self.is_nothing(*inner) => *item = Item::Absent,
            (Node::Option(inner), Item::Some(item)) => self.mark(*inner, item),
            (Node::Option(inner), item) => {
                if let Some(inner) = self.behind_options(*inner) {
                    self.mark(inner, item);
                }
            }
            (Node::Vec(inner) | Node::Array(inner, _), Item::Seq(items)) => {
                for item in items {
                    self.mark(*inner, item);
                }
            }
            (Node::Tuple(parts), Item::Seq(items)) => {
                for (part, item) in parts.iter().zip(items) {
                    self.mark(*part, item);
                }
            }
            (Node::Map(inner), Item::Map(entries)) => {
                for (_, item) in entries {
                    self.mark(*inner, item);
                }
            }
            (Node::Struct(parts) | Node::Enum(parts), Item::Map(entries)) => {
                for (i, (name, item)) in entries.iter_mut().enumerate() {
                    // The fields are in their order, if nobody changed it.
                    let here = parts.get(i).filter(|(part, _)| part == name);
                    if let Some((_, part)) = here.or_else(|| parts.iter().find(|(part, _)| part == name)) {
                        self.mark(*part, item);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether Burn's layout has nothing for a type.
    fn is_nothing(&self, number: u32) -> bool {
        let behind = self.behind_options(number).and_then(|number| self.node(number).ok());
        matches!(behind, Some(Node::Nil | Node::Plain(Type::Unit)))
    }

    /// What is in an option, however many are in each other; `None` if that never ends, as in no type.
    fn behind_options(&self, mut number: u32) -> Option<u32> {
        for _ in self.nodes() {
            match self.node(number).ok()? {
                Node::Option(inner) => number = *inner,
                _ => return Some(number),
            }
        }
        None
    }
}
