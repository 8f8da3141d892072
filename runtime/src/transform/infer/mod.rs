//! Rules that make the names of a file those of a module, inferred from names and shapes together.
//!
//! Both sides are trees of name components with shapes at the leaves. [`align`] pairs the trees: children of the same name first, then
//! numbered ones in order, then those that alone have the shapes that are wanted. Where several would do, the result is ambiguous.
//! [`phrase`] then puts the pairs into a few patterns and applies them to all names of the file: only rules that do exactly what
//! the pairs say come out.

mod align;
mod phrase;

use alloc::string::String;
use alloc::vec::Vec;

use super::adapt::{Direction, ModuleAdapter};
use super::layout::Layout;
use super::lazy::LazyTensor;
use super::named::{NamedTensor, NamedTensors};
use super::rename::KeyRemapper;
use crate::error::{Error, Result};
use crate::report::Remapping;
use crate::shape::Shape;

/// A name with its shape.
pub(super) type Named = (String, Shape);

/// What PyTorch keeps beside a norm's tensors; no layer asks for it.
const UNASKED: &str = "num_batches_tracked";

/// The names and shapes that a file for this module would have, if the tensors go through `adapters` when they are saved.
pub(crate) fn wanted(layout: &Layout, adapters: &[&dyn ModuleAdapter]) -> Result<Vec<Named>> {
    let mut tensors = NamedTensors::default();
    for slot in layout.slots() {
        let nothing = || Err(Error::argument("only the form of this tensor is known"));
        let tensor = LazyTensor::from_fn(slot.dtype, slot.shape.clone(), nothing);
        tensors.insert(NamedTensor::new(slot.name.clone(), tensor))?;
    }
    for adapter in adapters {
        adapter.adapt(&mut tensors, layout, Direction::Save)?;
    }
    Ok(tensors.iter().map(|tensor| (tensor.name.clone(), tensor.tensor.shape().clone())).collect())
}

/// The rules that give every wanted tensor one of the file's, if there are such rules.
pub(crate) fn infer(file: &[Named], wanted: &[Named]) -> Option<Remapping> {
    let file: Vec<Named> = file.iter().filter(|(name, _)| !name.ends_with(UNASKED)).cloned().collect();
    if wanted.is_empty() || wanted.len() > file.len() {
        return None;
    }
    let (pairs, ambiguous) = align::align(&file, wanted)?;
    let rules = phrase::phrase(&pairs, &file)?;
    if rules.is_empty() {
        return None;
    }
    let matches = pairs.len();
    Some(Remapping { rules, from_pytorch: false, matches, ambiguous, applied: false })
}

/// No rules, where the file has every wanted tensor under its name.
pub(crate) fn as_they_are(file: &[Named], wanted: &[Named]) -> Option<Remapping> {
    let there: alloc::collections::BTreeMap<&str, &Shape> =
        file.iter().map(|(name, shape)| (name.as_str(), shape)).collect();
    let all = wanted.iter().all(|(name, shape)| there.get(name.as_str()) == Some(&shape));
    all.then(|| Remapping { matches: wanted.len(), ..Remapping::default() })
}

/// The rules as a remapper.
pub(crate) fn remapper(remapping: &Remapping) -> Result<KeyRemapper> {
    KeyRemapper::from_patterns(remapping.rules.iter().map(|(from, to)| (from, to.clone())))
}

#[cfg(test)]
mod tests;
