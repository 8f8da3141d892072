//! Renumbering the items of a `Sequential`, some of which have no tensors.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use regex::Regex;

use super::layout::Layout;
use crate::path::join;

/// The new name of each name, where the gaps of a list of the file are closed.
///
/// PyTorch's `Sequential` numbers all its items, also those without tensors; a list in a module has those with tensors only. A list of
/// the file is renumbered where the module has a list of the same name, with as many items that hold tensors, at other places. A list
/// with another number of items is left as it is: a part of a model is not a model with gaps. Names that `except` matches are left too.
pub(crate) fn compact(names: &[String], layout: &Layout, except: Option<&Regex>) -> Vec<String> {
    let kept = |name: &String| except.is_some_and(|except| except.is_match(name));
    let mut renamed = names.to_vec();
    let mut open: Vec<(usize, Vec<&str>)> =
        (0..names.len()).filter(|&at| !kept(&names[at])).map(|at| (at, names[at].split('.').collect())).collect();
    level(&mut open, 0, "", layout, &mut renamed);
    renamed
}

/// Renames the `depth`-th step of names that share `prefix`, which is their new one, and goes on below.
fn level(names: &mut [(usize, Vec<&str>)], depth: usize, prefix: &str, layout: &Layout, renamed: &mut [String]) {
    let mut children: BTreeMap<&str, Vec<(usize, Vec<&str>)>> = BTreeMap::new();
    for (at, steps) in names.iter() {
        match steps.get(depth) {
            Some(step) => children.entry(step).or_default().push((*at, steps.clone())),
            None => renamed[*at] = prefix.to_string(),
        }
    }
    let numbers: Option<Vec<usize>> = children.keys().map(|step| step.parse().ok()).collect();
    let numbers = match numbers {
        Some(mut numbers) => {
            numbers.sort_unstable();
            let own = layout.list_indices(prefix);
            (own.len() == numbers.len() && own != numbers)
                .then(|| -> BTreeMap<usize, usize> { numbers.into_iter().zip(own).collect() })
        }
        None => None,
    };
    for (step, mut below) in children {
        let new = numbers.as_ref().and_then(|numbers| numbers.get(&step.parse().ok()?).map(ToString::to_string));
        level(&mut below, depth + 1, &join(prefix, new.as_deref().unwrap_or(step)), layout, renamed);
    }
}
