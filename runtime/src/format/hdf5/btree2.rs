//! Version 2 B-trees: records of one size, in order.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use super::checksum;
use super::medium::Medium;
use crate::error::{Error, Result};

/// Bytes of a node beside its records: signature, version, type, checksum.
const NODE_OVERHEAD: u64 = 4 + 1 + 1 + 4;

/// What the header of a tree tells of its nodes.
struct Tree<'m> {
    medium: &'m Medium,
    kind: u8,
    node_size: u64,
    record_size: usize,
    /// For each depth, from the leaves on: bytes of a number of records of a node's whole subtree.
    total_sizes: Vec<usize>,
    /// Bytes of a number of records of one node.
    count_size: usize,
    seen: BTreeSet<u64>,
}

/// Bytes that hold numbers up to `limit`.
pub(super) fn width_of(limit: u64) -> usize {
    (limit.checked_ilog2().unwrap_or(0) / 8 + 1) as usize
}

/// All records of the tree at `address`, in order; `kind` is the type that they must be of.
pub(super) fn records(medium: &Medium, address: u64, kind: u8) -> Result<Vec<Vec<u8>>> {
    let head_len = 4 + 2 + 4 + 2 + 2 + 2 + medium.offset_size + 2 + medium.length_size + 4;
    let head = medium.block(address, head_len as u64)?;
    let mut cursor = checksum::verified_cursor(&head, medium.offset(address)?)?;
    cursor.signature(*b"BTHD", "a B-tree")?;
    if cursor.u8()? != 0 || cursor.u8()? != kind {
        return Err(cursor.corrupt("a B-tree of another version or type"));
    }
    let (node_size, record_size, depth) = (u64::from(cursor.u32()?), usize::from(cursor.u16()?), cursor.u16()?);
    cursor.skip(2)?;
    let root = medium.address(&mut cursor)?;
    let count = cursor.u16()?;
    let total = medium.length(&mut cursor)?;
    if record_size == 0 || node_size <= NODE_OVERHEAD {
        return Err(cursor.corrupt("a B-tree whose nodes hold no record"));
    }
    medium.budget.check_depth(u64::from(depth))?;
    // The widths of the numbers in a node depend on how many records the nodes below it can hold.
    let mut most = (node_size - NODE_OVERHEAD) / record_size as u64;
    let count_size = width_of(most);
    let mut total_sizes = alloc::vec![0];
    for _ in 0..depth {
        let pointer = (medium.offset_size + count_size + total_sizes.last().copied().unwrap_or_default()) as u64;
        let here = node_size.saturating_sub(NODE_OVERHEAD + pointer) / (record_size as u64 + pointer);
        most = (here.saturating_add(1)).saturating_mul(most).saturating_add(here);
        total_sizes.push(width_of(most));
    }
    let mut tree = Tree { medium, kind, node_size, record_size, total_sizes, count_size, seen: BTreeSet::new() };
    let mut found = Vec::new();
    if let Some(root) = root {
        tree.node(root, u64::from(count), usize::from(depth), &mut found)?;
    }
    if found.len() as u64 != total {
        return Err(Error::corrupt(format!(
            "the B-tree at address {address} has {} of its {total} records",
            found.len()
        )));
    }
    Ok(found)
}

impl Tree<'_> {
    /// The records of a node and of those below it; the depth is bounded by the header's, which was checked.
    fn node(&mut self, address: u64, count: u64, depth: usize, found: &mut Vec<Vec<u8>>) -> Result<()> {
        if !self.seen.insert(address) {
            return Err(Error::corrupt(format!("the B-tree node at address {address} is in the tree twice")));
        }
        let medium = self.medium;
        medium.budget.charge_objects(count)?;
        // A node's checksum stands right behind what is used of it.
        let pointer = medium.offset_size
            + self.count_size
            + self.total_sizes.get(depth.wrapping_sub(1)).copied().unwrap_or_default();
        let mut used = NODE_OVERHEAD + count * self.record_size as u64;
        if depth > 0 {
            used += (count + 1) * pointer as u64;
        }
        if used > self.node_size {
            return Err(Error::corrupt(format!("the B-tree node at address {address} holds more than fits")));
        }
        let bytes = medium.block(address, used)?;
        let mut cursor = checksum::verified_cursor(&bytes, medium.offset(address)?)?;
        cursor.signature(if depth == 0 { *b"BTLF" } else { *b"BTIN" }, "a B-tree's node")?;
        if cursor.u8()? != 0 || cursor.u8()? != self.kind {
            return Err(cursor.corrupt("a B-tree's node of another version or type"));
        }
        let mut records = Vec::new();
        for _ in 0..count {
            records.push(cursor.take(self.record_size)?.to_vec());
        }
        if depth == 0 {
            found.append(&mut records);
            return Ok(());
        }
        let mut records = records.into_iter();
        for _ in 0..=count {
            let child = medium.defined(&mut cursor, "a B-tree's node")?;
            let child_count = cursor.uint(self.count_size)?;
            cursor.skip(self.total_sizes.get(depth - 1).copied().unwrap_or_default())?;
            self.node(child, child_count, depth - 1, found)?;
            found.extend(records.next());
        }
        Ok(())
    }
}
