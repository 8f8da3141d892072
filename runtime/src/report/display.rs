//! A load's result for people and for programs.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::{Difference, LoadResult, Remapping};
use crate::error::Escaped;

/// Entries of a list that are shown.
const SHOWN: usize = 10;

impl fmt::Display for LoadResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, tensors) = (&self.format, self.provenance.len());
        if self.is_success() {
            write!(f, "{} of {tensors} tensors loaded from {from}", self.applied.len())?;
        } else {
            write!(f, "the file ({from}) does not fit the module, which has {tensors} tensors")?;
        }
        for (count, what) in [
            (self.skipped.len(), "left out"),
            (self.missing.len(), "missing in the file"),
            (self.unused.len(), "in the file and not used"),
            (self.dropped.len(), "without a counterpart"),
            (self.converted.len(), "converted"),
            (self.renumbered.len(), "renumbered"),
            (self.warnings.len(), "warnings"),
            (self.errors.len(), "errors"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        let other: Vec<String> = self.errors.iter().filter(|error| !is_name(error)).map(ToString::to_string).collect();
        list(f, "errors", &other)?;
        let missing: Vec<String> = grouped(&self.missing, |name| match self.similar.get(name) {
            Some(similar) => format!("`{}`: the file has `{}`", Escaped(name), Escaped(similar)),
            None => format!("`{}`", Escaped(name)),
        });
        list(f, "missing in the file", &missing)?;
        list(f, "in the file and not used", &grouped(&self.unused, |name| format!("`{}`", Escaped(name))))?;
        let other: Vec<String> =
            self.warnings.iter().filter(|warning| !is_name(warning)).map(ToString::to_string).collect();
        list(f, "warnings", &other)?;
        let converted: Vec<String> = self
            .converted
            .iter()
            .map(|one| format!("`{}` from {} to {}", Escaped(&one.path.to_string()), one.from, one.to))
            .collect();
        list(f, "converted", &converted)?;
        let renumbered: Vec<String> =
            self.renumbered.iter().map(|(from, to)| format!("`{}` is `{}`", Escaped(from), Escaped(to))).collect();
        list(f, "renumbered", &renumbered)?;
        list(f, "note", &self.notes)?;
        match &self.remapping {
            Some(remapping) => write!(f, "\n{remapping}"),
            None => Ok(()),
        }
    }
}

/// Whether the lists of names say it already.
fn is_name(difference: &Difference) -> bool {
    matches!(difference, Difference::Missing { .. } | Difference::Unexpected { .. })
}

fn list(f: &mut fmt::Formatter<'_>, title: &str, lines: &[String]) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    write!(f, "\n{title}:")?;
    for line in lines.iter().take(SHOWN) {
        write!(f, "\n  {line}")?;
    }
    match lines.len().checked_sub(SHOWN) {
        Some(more @ 1..) => write!(f, "\n  and {more} more"),
        _ => Ok(()),
    }
}

/// A line for each name; if these are more than are shown, a line for each subtree, with its number of tensors.
fn grouped(names: &[String], line: impl Fn(&String) -> String) -> Vec<String> {
    if names.len() <= SHOWN {
        return names.iter().map(line).collect();
    }
    let deepest = names.iter().map(|name| name.matches('.').count()).max().unwrap_or(0);
    let mut groups = BTreeMap::new();
    for depth in (1..=deepest).rev() {
        groups = BTreeMap::new();
        for name in names {
            *groups.entry(subtree(name, depth)).or_insert(0usize) += 1;
        }
        if groups.len() <= SHOWN {
            break;
        }
    }
    if groups.len() >= names.len() || groups.is_empty() {
        return names.iter().map(line).collect();
    }
    groups.into_iter().map(|(subtree, count)| format!("`{}`: {count} tensors", Escaped(&subtree))).collect()
}

/// The first steps of a name, at most `depth` and never all, with `*` for the rest.
fn subtree(name: &str, depth: usize) -> String {
    let steps: Vec<&str> = name.split('.').collect();
    let kept = depth.min(steps.len() - 1);
    let mut subtree = steps[..kept].join(".");
    subtree.push_str(if kept == 0 { "*" } else { ".*" });
    subtree
}

impl fmt::Display for Remapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let matches = self.matches;
        match (self.applied, self.ambiguous) {
            (true, _) => write!(f, "these rules were inferred and applied; {matches} tensors match by them:")?,
            (false, false) => write!(f, "with these rules {matches} tensors match:")?,
            (false, true) => {
                write!(f, "with these rules {matches} tensors match, but others would do as well; check them:")?;
            }
        }
        if self.from_pytorch {
            f.write_str("\n    .with_from_adapter(PyTorchToBurnAdapter)")?;
        }
        for (from, to) in &self.rules {
            write!(f, "\n    .with_key_remapping({}, {to:?})", raw_string(from))?;
        }
        Ok(())
    }
}

/// A pattern as Rust source.
fn raw_string(text: &str) -> String {
    if text.contains(['"', '#']) || text.chars().any(char::is_control) {
        format!("{text:?}")
    } else {
        format!("r\"{text}\"")
    }
}
