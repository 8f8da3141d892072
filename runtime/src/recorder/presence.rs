//! Which options a file of ours says are absent.
//!
//! In Burn's layout there is nothing for a type without state, nor for an option of it that is absent. The trailer says of which options something
//! is there; of the others only the schema says that they are options at all.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::stored_schema::{Node, StoredSchema, Type};
use crate::error::Result;
use crate::limits::{Budget, room};
use crate::record::Item;

/// Options in each other. Types have not so many.
const DEPTH: usize = 128;

/// Puts [`Item::Absent`] where the item has nothing and the schema an option of what is nothing.
///
/// # Errors
/// A limit: names are looked up in a table, since a file can have many, in any order.
pub(super) fn mark_absent(item: &mut Item, schema: &StoredSchema, budget: &Budget) -> Result<()> {
    let mut marker = Marker { schema, names: BTreeMap::new(), budget };
    if schema.nodes().iter().any(|node| matches!(node, Node::Option(inner) if marker.is_nothing(*inner))) {
        marker.mark(schema.root(), item)?;
    }
    let held = |names: &Vec<(&str, u32)>| (names.capacity() * size_of::<(&str, u32)>()) as u64;
    budget.refund_held(marker.names.values().map(held).sum());
    Ok(())
}

struct Marker<'a> {
    schema: &'a StoredSchema,
    /// Of the nodes whose parts were not in their order, these parts by their names.
    names: BTreeMap<u32, Vec<(&'a str, u32)>>,
    budget: &'a Budget,
}

impl Marker<'_> {
    fn mark(&mut self, number: u32, item: &mut Item) -> Result<()> {
        let Ok(node) = self.schema.node(number) else { return Ok(()) };
        match (node, item) {
            (Node::Option(inner), item @ Item::Nil) if self.is_nothing(*inner) => *item = Item::Absent,
            (Node::Option(inner), Item::Some(item)) => self.mark(*inner, item)?,
            (Node::Option(inner), item) => {
                if let Some(inner) = self.behind_options(*inner) {
                    self.mark(inner, item)?;
                }
            }
            (Node::Vec(inner) | Node::Array(inner, _), Item::Seq(items)) => {
                items.iter_mut().try_for_each(|item| self.mark(*inner, item))?;
            }
            (Node::Tuple(parts), Item::Seq(items)) => {
                parts.iter().zip(items).try_for_each(|(part, item)| self.mark(*part, item))?;
            }
            (Node::Map(inner), Item::Map(entries)) => {
                entries.iter_mut().try_for_each(|(_, item)| self.mark(*inner, item))?;
            }
            (Node::Struct(parts) | Node::Enum(parts), Item::Map(entries)) => {
                for (i, (name, item)) in entries.iter_mut().enumerate() {
                    // The fields are in their order, if nobody changed it.
                    let part = match parts.get(i) {
                        Some((part, node)) if part == name => Some(*node),
                        _ => self.part(number, parts, name)?,
                    };
                    if let Some(part) = part {
                        self.mark(part, item)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl<'a> Marker<'a> {
    /// The part of this name.
    fn part(&mut self, number: u32, parts: &'a [(String, u32)], name: &str) -> Result<Option<u32>> {
        if !self.names.contains_key(&number) {
            let mut names = room(parts.len(), self.budget)?;
            names.extend(parts.iter().map(|(name, node)| (name.as_str(), *node)));
            names.sort_unstable();
            self.names.insert(number, names);
        }
        let names = self.names.get(&number).map_or(&[][..], Vec::as_slice);
        let place = names.binary_search_by_key(&name, |(name, _)| *name);
        Ok(place.ok().and_then(|place| names.get(place)).map(|(_, node)| *node))
    }

    /// Whether Burn's layout has nothing for a type.
    fn is_nothing(&self, number: u32) -> bool {
        let behind = self.behind_options(number).and_then(|number| self.schema.node(number).ok());
        matches!(behind, Some(Node::Nil | Node::Plain(Type::Unit)))
    }

    /// What is in an option, however many are in each other.
    fn behind_options(&self, mut number: u32) -> Option<u32> {
        for _ in 0..=DEPTH {
            match self.schema.node(number).ok()? {
                Node::Option(inner) => number = *inner,
                _ => return Some(number),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;
    use crate::codec::bincode;
    use crate::codec::input::SourceInput;
    use crate::limits::Limits;

    /// A schema as a file may have it.
    fn schema(nodes: &[Node]) -> StoredSchema {
        let bytes = bincode::to_vec(&(nodes, 0u32)).unwrap();
        let budget = Budget::new(Limits::default(), bytes.len() as u64);
        let mut input = SourceInput::from_bytes_at(bytes.into(), 0);
        serde::Deserialize::deserialize(&mut bincode::Decoder::new(&mut input, &budget, None)).unwrap()
    }

    fn marked(mut item: Item, nodes: &[Node]) -> Item {
        mark_absent(&mut item, &schema(nodes), &Budget::new(Limits::default(), 0)).unwrap();
        item
    }

    #[test]
    fn fields_in_any_order_are_found_however_many_there_are() {
        const COUNT: u32 = 100_000;
        let parts = (0..COUNT).map(|n| (n.to_string(), 2 + n % 2)).collect();
        let nodes = [Node::Vec(1), Node::Struct(parts), Node::Nil, Node::Option(2)];
        let one = |n: u32| Item::Map(vec![(n.to_string(), Item::Nil)]);
        let Item::Seq(items) = marked(Item::Seq((0..COUNT).rev().map(one).collect()), &nodes) else { panic!() };
        for (n, item) in (0..COUNT).rev().zip(items) {
            let Item::Map(entries) = item else { panic!() };
            assert_eq!(matches!(entries[0].1, Item::Absent), n % 2 == 1, "{n}");
        }
    }

    #[test]
    fn options_that_never_end_hold_nothing() {
        let cyclic = [Node::Tuple(vec![1, 2]), Node::Option(1), Node::Option(3), Node::Nil];
        let item = marked(Item::Seq(vec![Item::Nil, Item::Nil]), &cyclic);
        assert_eq!(format!("{item:?}"), "Seq([Nil, Absent])");
        let many: Vec<Node> = (1..200_000).map(Node::Option).chain([Node::Nil]).collect();
        assert_eq!(format!("{:?}", marked(Item::Nil, &many)), "Nil");
    }
}
