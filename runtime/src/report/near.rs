//! Names that are like one that is not found.

use alloc::string::String;
use alloc::vec::Vec;

/// Finds near names, until it has compared as many as a report is worth: both sides can be long, and a file's be made so.
#[derive(Debug)]
pub(crate) struct NearNames {
    /// Pairs that are still compared. Each takes some microseconds.
    left: usize,
}

impl NearNames {
    pub(crate) fn new() -> Self {
        Self { left: 10_000 }
    }

    /// The candidate most like `name`, if one is near enough to be a slip or an older spelling. None of too many.
    pub(crate) fn most_similar<'a>(
        &mut self,
        name: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Option<String> {
        let mut nearest: Option<(usize, &str)> = None;
        for candidate in candidates {
            self.left = self.left.checked_sub(1)?;
            let distance = edit_distance(name, candidate);
            let is_near = distance * 3 <= name.len().max(candidate.len()) + 1;
            if is_near && nearest.is_none_or(|nearest| (distance, candidate) < nearest) {
                nearest = Some((distance, candidate));
            }
        }
        nearest.map(|(_, candidate)| candidate.into())
    }
}

/// Levenshtein's distance over bytes; names longer than 64 bytes are compared by their first 64.
fn edit_distance(a: &str, b: &str) -> usize {
    const COMPARED: usize = 64;
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let (a, b) = (&a[..a.len().min(COMPARED)], &b[..b.len().min(COMPARED)]);
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_is_not() {
        let mut near = NearNames::new();
        assert_eq!(near.most_similar("weigth", ["bias", "weight"]).as_deref(), Some("weight"));
        assert_eq!(near.most_similar("weight", ["bias", "gamma"]), None);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }

    #[test]
    fn of_many_names_the_first_are_compared() {
        let mut near = NearNames::new();
        let names: Vec<String> = (0..6000).map(|i| i.to_string()).collect();
        let others = || names.iter().map(String::as_str);
        assert_eq!(near.most_similar("59990", others()).as_deref(), Some("5990"));
        assert_eq!(near.most_similar("59990", others()), None);
        assert_eq!(near.most_similar("weigth", ["weight"]), None);
    }
}
