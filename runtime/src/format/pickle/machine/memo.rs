//! The memo: what a pickle names by a number to use it again.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::format::pickle::graph::NodeId;

/// Values by their numbers. Picklers count up from zero, and number nearly all that they write; a number out of this order takes no more
/// memory than any other.
#[derive(Default)]
pub(super) struct Memo {
    counted: Vec<NodeId>,
    /// None of these is below the length of `counted`.
    others: BTreeMap<u32, NodeId>,
}

impl Memo {
    /// How many numbers have a value.
    pub(super) fn len(&self) -> usize {
        self.counted.len() + self.others.len()
    }

    pub(super) fn get(&self, number: u32) -> Option<NodeId> {
        let counted = usize::try_from(number).ok().and_then(|place| self.counted.get(place));
        counted.or_else(|| self.others.get(&number)).copied()
    }

    pub(super) fn insert(&mut self, number: u32, id: NodeId) {
        match usize::try_from(number) {
            Ok(place) if place < self.counted.len() => self.counted[place] = id,
            Ok(place) if place == self.counted.len() => {
                self.others.remove(&number);
                self.counted.push(id);
            }
            _ => {
                self.others.insert(number, id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_any_order_have_the_value_given_last() {
        let mut memo = Memo::default();
        let ids = [NodeId::NONE, NodeId::TRUE, NodeId::FALSE];
        for (number, id) in [(1, ids[0]), (u32::MAX, ids[1]), (0, ids[0]), (1, ids[1]), (0, ids[2]), (2, ids[2])] {
            memo.insert(number, id);
        }
        let found = [0, 1, 2, 3, u32::MAX].map(|number| memo.get(number));
        assert_eq!(found, [Some(ids[2]), Some(ids[1]), Some(ids[2]), None, Some(ids[1])]);
        assert_eq!(memo.len(), 4);
    }
}
