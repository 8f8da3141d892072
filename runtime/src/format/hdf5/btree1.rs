//! Version 1 B-trees: the links of old groups and the chunks of old datasets.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use super::medium::Medium;
use crate::error::{Error, Result};

/// What a tree holds, as its nodes state it.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Symbol table nodes; keys are offsets of names.
    Group = 0,
    /// Chunks; keys are sizes, filter masks and coordinates.
    Chunk = 1,
}

/// The leaves' entries of the tree at `root`, in order: the key before each child, and the child's address.
///
/// The tree is walked with a list of nodes rather than by calls, and no node twice: a circle is an error.
pub(super) fn entries(medium: &Medium, root: u64, kind: Kind, key_len: usize) -> Result<Vec<(Vec<u8>, u64)>> {
    let head_len = 8 + 2 * medium.offset_size;
    let mut seen = BTreeSet::new();
    let mut waiting = alloc::vec![(root, None)];
    let mut found = Vec::new();
    while let Some((address, expected_level)) = waiting.pop() {
        if !seen.insert(address) {
            return Err(Error::corrupt(format!("the B-tree node at address {address} is in the tree twice")));
        }
        let head = medium.block(address, head_len as u64)?;
        let mut cursor = medium.cursor(&head, address);
        cursor.signature(*b"TREE", "a B-tree's node")?;
        if cursor.u8()? != kind as u8 {
            return Err(cursor.corrupt("a B-tree's node of another type"));
        }
        let (level, count) = (cursor.u8()?, usize::from(cursor.u16()?));
        // A level that does not go down by one could hide a circle or chunks among nodes.
        if expected_level.is_some_and(|expected| expected != level) {
            return Err(cursor.corrupt("a B-tree's node of another level"));
        }
        medium.budget.charge_objects(count as u64)?;
        let body_len = count * (key_len + medium.offset_size);
        let body_at = address.saturating_add(head_len as u64);
        let body = medium.block(body_at, body_len as u64)?;
        let mut cursor = medium.cursor(&body, body_at);
        let mut children = Vec::with_capacity(count);
        for _ in 0..count {
            let key = cursor.take(key_len)?.to_vec();
            children.push((key, medium.defined(&mut cursor, "a B-tree's child")?));
        }
        match level.checked_sub(1) {
            None => found.append(&mut children),
            Some(below) => waiting.extend(children.into_iter().rev().map(|(_, child)| (child, Some(below)))),
        }
    }
    Ok(found)
}
