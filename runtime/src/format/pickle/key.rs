//! Keys of dicts: how they are written, and which of them are one.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write;

use super::graph::{Graph, Node, NodeId};
use crate::error::{Error, Result};
use crate::limits::Budget;

impl<G: Copy> Graph<G> {
    /// A key of a dict as it is written in a dotted name; `None` for keys that are neither text, numbers nor tuples of such.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] for one that is longer than a name may be.
    pub(crate) fn key_text(&self, key: NodeId, budget: &Budget) -> Result<Option<String>> {
        let mut text = String::new();
        let mut open: Vec<(&[NodeId], usize)> = Vec::new();
        let mut next = Some(key);
        loop {
            if let Some(id) = next.take() {
                let written = match self.node(id) {
                    Node::Str(part) if open.is_empty() => write!(text, "{part}"),
                    Node::Str(part) => write!(text, "'{part}'"),
                    Node::Int(n) => write!(text, "{n}"),
                    Node::Float(x) => write!(text, "{x:?}"),
                    Node::Bool(true) => write!(text, "True"),
                    Node::Bool(false) => write!(text, "False"),
                    Node::None => write!(text, "None"),
                    Node::Tuple(parts) => {
                        open.push((parts, 0));
                        write!(text, "(")
                    }
                    _ => return Ok(None),
                };
                debug_assert!(written.is_ok(), "writing to a String does not fail");
                // Parts that are shared can make a short pickle's key as long as they like.
                budget.check_name(text.len() as u64)?;
            }
            let Some((parts, done)) = open.last_mut() else { return Ok(Some(text)) };
            if let Some(&part) = parts.get(*done) {
                text.push_str(if *done > 0 { ", " } else { "" });
                *done += 1;
                next = Some(part);
            } else {
                text.push_str(if *done == 1 { ",)" } else { ")" });
                open.pop();
            }
        }
    }

    /// Checks that no dict has a key twice, in which case readers differ in what they see, or one that cannot be a key.
    pub(super) fn check_keys(&self, budget: &Budget) -> Result<()> {
        for node in self.nodes() {
            let Node::Dict { entries, .. } = node else { continue };
            let twice = |name: &str| Err(Error::corrupt(format!("a dict has the key `{name}` twice")));
            // Nearly all keys are text, which is only equal to text.
            let mut texts: Vec<&str> = entries.iter().filter_map(|&(key, _)| self.text(key)).collect();
            texts.sort_unstable();
            if let Some(pair) = texts.windows(2).find(|pair| pair[0] == pair[1]) {
                return twice(pair[0]);
            }
            let mut seen = BTreeSet::new();
            for key in entries.iter().map(|&(key, _)| key).filter(|&key| self.text(key).is_none()) {
                if !seen.insert(self.identity(key, budget)?) {
                    return twice(&self.key_text(key, budget)?.unwrap_or_default());
                }
            }
        }
        Ok(())
    }

    /// What Python compares when it compares keys: numbers by value whatever their type, tuples by their parts, and all that has
    /// no value of its own by identity.
    fn identity(&self, key: NodeId, budget: &Budget) -> Result<Vec<Atom<'_>>> {
        let (mut atoms, mut rest) = (Vec::new(), vec![key]);
        while let Some(id) = rest.pop() {
            atoms.push(match self.node(id) {
                Node::None => Atom::None,
                Node::Bool(b) => Atom::Int(b.into()),
                Node::Int(n) => Atom::Int(n),
                Node::BigInt(digits) => Atom::BigInt(digits),
                Node::Float(x) => float_atom(x),
                Node::Str(text) => Atom::Str(text),
                Node::Bytes(bytes) => Atom::Bytes(bytes),
                Node::Tuple(parts) => {
                    // Parts that are shared are gone through again each time.
                    budget.charge_objects(parts.len() as u64)?;
                    rest.extend(parts.iter().rev());
                    Atom::Tuple(parts.len())
                }
                Node::List(_) | Node::Dict { .. } => {
                    return Err(Error::corrupt(format!("{} is the key of a dict", self.type_name(id))));
                }
                _ => Atom::Other(id),
            });
        }
        Ok(atoms)
    }
}

/// A float that is a whole number is the same key as the integer.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "used where it is exact"
)]
fn float_atom(x: f64) -> Atom<'static> {
    const EXACT: f64 = (1u64 << 53) as f64;
    let whole = x as i64;
    if x.abs() < EXACT && whole as f64 == x { Atom::Int(whole) } else { Atom::Float(x.to_bits()) }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Atom<'a> {
    None,
    Int(i64),
    BigInt(&'a [u8]),
    Float(u64),
    Str(&'a str),
    Bytes(&'a [u8]),
    Tuple(usize),
    Other(NodeId),
}
