//! Putting pairs of names into a few patterns.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Named;
use super::align::{Pairs, common_suffix};
use crate::transform::KeyRemapper;

/// The rules that do exactly what the pairs say, and leave alone what they do not name; `None` if no order of them does.
pub(super) fn phrase(pairs: &Pairs, file: &[Named]) -> Option<Vec<(String, String)>> {
    let changes = changes(pairs);
    let mut attempts = Vec::new();
    for general in [true, false] {
        for descending in [false, true] {
            attempts.push(rules(&changes, general, descending));
        }
    }
    attempts
        .push(pairs.iter().filter(|(a, b)| a != b).map(|(a, b)| (format!("^{}$", escape(a)), literal(b))).collect());
    attempts.into_iter().find(|rules| does(rules, pairs, file))
}

/// What stands before the part that stays, in the file and in the module, deepest first; each once.
fn changes(pairs: &Pairs) -> Vec<(String, String)> {
    let cut = |name: &str, kept: usize| -> String {
        let steps: Vec<&str> = name.split('.').collect();
        steps[..steps.len() - kept].join(".")
    };
    let changed: Vec<(&String, &String, usize)> =
        pairs.iter().map(|(from, to)| (from, to, common_suffix(from, to))).filter(|(from, to, _)| from != to).collect();
    let heads: BTreeSet<(String, String)> =
        changed.iter().map(|(from, to, kept)| (cut(from, *kept), cut(to, *kept))).collect();
    if heads.len() == 1 && changed.len() == pairs.len() {
        return heads.into_iter().collect();
    }
    // A rule for part of the names needs something to know them by.
    let mut changes: Vec<(String, String)> = Vec::new();
    for (from, to, kept) in changed {
        let kept = if cut(from, kept).is_empty() { kept.saturating_sub(1) } else { kept };
        let change = (cut(from, kept), cut(to, kept));
        if !changes.contains(&change) {
            changes.push(change);
        }
    }
    changes.sort_by_key(|(from, _)| core::cmp::Reverse(from.split('.').count()));
    changes
}

/// Patterns for the changes. `general` puts those that differ in numbers only into one.
fn rules(changes: &[(String, String)], general: bool, descending: bool) -> Vec<(String, String)> {
    let mut rules: Vec<(String, String)> = Vec::new();
    let mut alike: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (from, to) in changes {
        *alike.entry(template(from, to)).or_default() += 1;
    }
    let mut ordered: Vec<&(String, String)> = changes.iter().collect();
    if descending {
        // Of the same depth the last first: numbers that move up must not run into those that did not move yet.
        ordered.reverse();
        ordered.sort_by_key(|(from, _)| core::cmp::Reverse(from.split('.').count()));
    }
    for (from, to) in ordered {
        let general_rule = template(from, to);
        let (from, to) = if general && alike.get(&general_rule).is_some_and(|count| *count > 1) {
            general_rule
        } else {
            (escape(from), literal(to))
        };
        let rule = match (from.is_empty(), to.is_empty()) {
            (true, _) => ("^".to_string(), format!("{to}.")),
            (false, true) => (format!(r"^{from}\."), String::new()),
            // At the end of a name there is no dot.
            (false, false) => (format!(r"^{from}(\.|$)"), to),
        };
        let rule = match rule {
            (pattern, to) if pattern.ends_with(r"(\.|$)") => {
                let groups = pattern.matches(r"(\d+)").count() + 1;
                (pattern, format!("{to}${{{groups}}}"))
            }
            rule => rule,
        };
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    rules
}

/// A pattern in which each number that both sides have in the same order is any number.
fn template(from: &str, to: &str) -> (String, String) {
    let numbers: Vec<&str> = from.split('.').filter(|step| step.parse::<usize>().is_ok()).collect();
    let theirs: Vec<&str> = to.split('.').filter(|step| step.parse::<usize>().is_ok()).collect();
    if numbers.is_empty() || numbers != theirs {
        return (escape(from), literal(to));
    }
    let is_number = |step: &str| step.parse::<usize>().is_ok();
    let pattern: Vec<String> =
        from.split('.').map(|step| if is_number(step) { r"(\d+)".to_string() } else { escape(step) }).collect();
    let mut group = 0;
    let replacement: Vec<String> = to
        .split('.')
        .map(|step| {
            if !is_number(step) {
                return literal(step);
            }
            group += 1;
            format!("${{{group}}}")
        })
        .collect();
    (pattern.join(r"\."), replacement.join("."))
}

fn escape(text: &str) -> String {
    regex::escape(text)
}

/// A replacement that stands for itself.
fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

/// Whether the rules give each paired name its partner, and no other name one of theirs.
fn does(rules: &[(String, String)], pairs: &Pairs, file: &[Named]) -> bool {
    let Ok(remapper) = KeyRemapper::from_patterns(rules.iter().map(|(from, to)| (from, to.clone()))) else {
        return false;
    };
    let partners: BTreeMap<&str, &str> = pairs.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    let taken: BTreeSet<&str> = partners.values().copied().collect();
    let mut seen = BTreeSet::new();
    file.iter().all(|(name, _)| {
        let renamed = remapper.rename(name);
        let right = match partners.get(name.as_str()) {
            Some(partner) => renamed == *partner,
            None => !taken.contains(renamed.as_str()),
        };
        right && seen.insert(renamed)
    })
}
