//! From named tensors to a module: everything is checked and staged before anything changes.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use super::batch;
use super::filter::PathFilter;
use super::layout::{Layout, Slot};
use super::named::{NamedTensor, NamedTensors};
use crate::convert::{Conversion, convert};
use crate::device::Device;
use crate::error::{Error, Result};
use crate::module::visit::{Walker, walk};
use crate::module::{LeafMut, Owner};
use crate::path::{PathPart, TensorPath};
use crate::record::{TieId, Tree};
use crate::report::{Converted, Difference, LoadPolicy, LoadResult, NearNames, Provenance, Severity};
use crate::shape::Shape;
use crate::tensor::TensorData;
use crate::value::Value;

/// What a load is told beside the tensors.
#[derive(Clone, Debug)]
pub(crate) struct LoadOptions {
    pub(crate) filter: PathFilter,
    pub(crate) policy: LoadPolicy,
    pub(crate) conversion: Conversion,
    pub(crate) skip_enum_variants: bool,
    /// Whether differences refuse the load; otherwise it does what it can and lists them.
    pub(crate) validate: bool,
    pub(crate) device: Device,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            filter: PathFilter::default(),
            policy: LoadPolicy::default(),
            conversion: Conversion::default(),
            skip_enum_variants: false,
            validate: true,
            device: Device::default(),
        }
    }
}

/// Loads the tensors that `source` gives for a module's layout into its slots, or changes nothing.
///
/// The result lists what was refused, if it has errors; the `Err` is for what has no result: a malformed filter, two tensors of one
/// name, an adapter that failed.
pub(crate) fn load<'a>(
    tree: Tree<LeafMut<'_>>,
    options: &LoadOptions,
    source: impl FnOnce(&Layout, &mut LoadResult) -> Result<NamedTensors<'a>>,
) -> Result<LoadResult> {
    options.filter.check()?;
    let mut leaves = Leaves { skips_variants: options.skip_enum_variants, ..Leaves::default() };
    walk(tree, &mut leaves);
    if let Some(error) = leaves.error {
        return Err(error);
    }
    let mut result = LoadResult::default();
    let tensors = source(&leaves.layout, &mut result)?;
    let mut pass = Pass { options, result, tensors, staged: Vec::new() };
    pass.run(&leaves.layout, leaves.leaves)?;
    let Pass { mut result, staged, .. } = pass;
    for slot in leaves.layout.slots() {
        if !result.provenance.contains_key(&slot.name) {
            result.provenance.insert(slot.name.clone(), Provenance::Kept);
        }
    }
    if result.missing.is_empty() && result.errors.is_empty() {
        // What was inferred and not needed says nothing.
        result.remapping = result.remapping.filter(|remapping| remapping.applied);
    }
    if result.errors.is_empty() || !options.validate && !result.errors.iter().any(is_damage) {
        for mut leaf in staged {
            leaf.commit();
        }
    } else {
        result.applied.clear();
        result.converted.clear();
        result.provenance.values_mut().for_each(|from| *from = Provenance::Kept);
    }
    result.notes.extend(note_of_implied(&result));
    Ok(result)
}

/// Where a value is from that was made of these tensors of the file.
fn from(sources: Vec<String>) -> Provenance {
    if sources.is_empty() { Provenance::Implied } else { Provenance::File(sources) }
}

/// That the file leaves out some tensors, if it does.
fn note_of_implied(result: &LoadResult) -> Option<String> {
    /// Names that are shown: a network of convolutions may have as many as it has norms.
    const SHOWN: usize = 5;
    let implied = result.provenance.iter().filter(|(_, from)| **from == Provenance::Implied);
    let names: Vec<String> = implied.map(|(name, _)| alloc::format!("`{name}`")).collect();
    let shown = names.get(..SHOWN).unwrap_or(&names).join(", ");
    match names.len() {
        0 => None,
        1 => Some(alloc::format!("{shown} is not in the file and was filled with what its layer computes with")),
        count => {
            let more = count.saturating_sub(SHOWN);
            let more = if more > 0 { alloc::format!(" and {more} more") } else { String::new() };
            Some(alloc::format!(
                "{shown}{more} are not in the file and were filled with what their layers compute with"
            ))
        }
    }
}

/// Whether some tensor that the filter takes has none of its name and shape.
pub(crate) fn lacks(layout: &Layout, tensors: &NamedTensors<'_>, filter: &PathFilter) -> Result<bool> {
    for slot in layout.slots() {
        let fits = tensors.get(&slot.name).is_some_and(|tensor| *tensor.tensor.shape() == slot.shape);
        if !fits && filter.takes(slot)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the load must not go on whatever the caller allows: what the file says cannot be had.
pub(crate) fn is_damage(difference: &Difference) -> bool {
    matches!(difference, Difference::Data { .. } | Difference::Untied { .. })
}

#[derive(Default)]
struct Leaves<'m> {
    layout: Layout,
    leaves: Vec<LeafMut<'m>>,
    skips_variants: bool,
    error: Option<Error>,
}

impl<'m> Walker<LeafMut<'m>> for Leaves<'m> {
    fn enter(&mut self, _part: &PathPart, _owner: &Owner) {}

    fn leaf(&mut self, path: &TensorPath, leaf: LeafMut<'m>, owners: &[Owner]) {
        let slot = Slot::new(path, owners, leaf.dtype(), leaf.shape(), self.skips_variants)
            .lying_in_columns(leaf.is_in_columns());
        match self.layout.push(slot) {
            Ok(()) => self.leaves.push(leaf),
            Err(error) => _ = self.error.get_or_insert(error),
        }
    }

    fn exit(&mut self, _part: &PathPart, _owner: &Owner) {}

    fn constant(&mut self, path: &TensorPath, value: Value) {
        self.layout.push_constant(path, self.skips_variants, value);
    }
}

struct Pass<'o, 'a, 'm> {
    options: &'o LoadOptions,
    result: LoadResult,
    tensors: NamedTensors<'a>,
    staged: Vec<LeafMut<'m>>,
}

/// A slot with the tensor that is for it.
struct Matched<'a, 'm> {
    slot: usize,
    /// The tensor's place in the file.
    place: usize,
    leaf: LeafMut<'m>,
    tensor: NamedTensor<'a>,
}

impl<'a, 'm> Pass<'_, 'a, 'm> {
    fn run(&mut self, layout: &Layout, leaves: Vec<LeafMut<'m>>) -> Result<()> {
        let matched = self.match_names(layout, leaves)?;
        self.list_rest();
        if self.options.validate && !self.result.errors.is_empty() {
            // What is refused by its names and shapes is not read.
            return Ok(());
        }
        // What is left of the names is listed, and not held while the tensors come in.
        self.tensors = NamedTensors::default();
        self.stage(layout, matched);
        Ok(())
    }

    /// Finds the tensor for each slot and compares what is known without reading it.
    fn match_names(&mut self, layout: &Layout, leaves: Vec<LeafMut<'m>>) -> Result<Vec<Matched<'a, 'm>>> {
        let mut matched: Vec<Matched<'a, 'm>> = Vec::with_capacity(leaves.len());
        let mut filtered: BTreeSet<&str> = BTreeSet::new();
        let mut absent: Vec<(usize, LeafMut<'m>)> = Vec::new();
        let mut ties: BTreeSet<TieId> = BTreeSet::new();
        for (at, leaf) in leaves.into_iter().enumerate() {
            let slot = &layout.slots()[at];
            if !self.options.filter.takes(slot)? {
                self.result.skipped.push(slot.name.clone());
                filtered.insert(&slot.name);
            } else if let Some((place, tensor)) = self.tensors.take_placed(&slot.name) {
                ties.extend(leaf.tie());
                // Its name is the slot's.
                let tensor = NamedTensor { name: String::new(), ..tensor };
                matched.push(Matched { slot: at, place, leaf, tensor });
            } else {
                absent.push((at, leaf));
            }
        }
        for name in filtered {
            // The file has it and the filter does not: not a tensor without a use.
            let _left_out = self.tensors.take(name);
        }
        for (at, leaf) in absent {
            let name = &layout.slots()[at].name;
            match leaf.tie().filter(|tie| ties.contains(tie)) {
                // Another place of this parameter is in the file: that is this one's value too.
                Some(tie) => {
                    let first = matched.iter().find(|other| other.leaf.tie() == Some(tie));
                    let sources = first.map(|first| first.tensor.sources.clone()).unwrap_or_default();
                    self.result.provenance.insert(name.clone(), from(sources));
                    self.result.applied.push(name.clone());
                }
                None => self.result.missing.push(name.clone()),
            }
        }
        self.list_missing(layout);
        matched.retain(|one| self.fits(&layout.slots()[one.slot], one));
        Ok(matched)
    }

    /// Whether a tensor can be read into its slot; notes what differs.
    fn fits(&mut self, slot: &Slot, one: &Matched<'_, '_>) -> bool {
        let policy = self.options.policy;
        let (expected, found) = (&slot.shape, one.tensor.tensor.shape());
        let path = || slot.path.clone();
        if expected != found {
            let difference = Difference::Shape { path: path(), expected: expected.clone(), found: found.clone() };
            self.judge(policy.shape, difference);
            self.result.skipped.push(slot.name.clone());
            return false;
        }
        let (expected, found) = (slot.dtype, one.tensor.tensor.dtype());
        if expected.kind() != found.kind() {
            let expected = expected.kind();
            self.judge(policy.kind, Difference::Kind { path: path(), expected, found });
            if policy.kind == Severity::Error {
                self.result.skipped.push(slot.name.clone());
                return false;
            }
        } else if expected != found {
            self.judge(policy.dtype, Difference::DType { path: path(), expected, found });
            if policy.dtype == Severity::Error {
                self.result.skipped.push(slot.name.clone());
                return false;
            }
        }
        true
    }

    fn judge(&mut self, severity: Severity, difference: Difference) {
        match severity {
            Severity::Error => self.result.errors.push(difference),
            Severity::Warn => self.result.warnings.push(difference),
            Severity::Allow => {}
        }
    }

    fn list_missing(&mut self, layout: &Layout) {
        let left: Vec<(String, Shape)> =
            self.tensors.iter().map(|tensor| (tensor.name.clone(), tensor.tensor.shape().clone())).collect();
        let mut near = NearNames::new();
        for name in self.result.missing.clone() {
            let slot = layout.get(&name);
            let alike = left.iter().filter(|(_, shape)| slot.is_some_and(|slot| slot.shape == *shape));
            let similar = near
                .most_similar(&name, alike.map(|(name, _)| name.as_str()))
                .or_else(|| near.most_similar(&name, left.iter().map(|(name, _)| name.as_str())));
            if let Some(similar) = &similar {
                self.result.similar.insert(name.clone(), similar.clone());
            }
            let path = slot.map_or_else(|| TensorPath::from(name.as_str()), |slot| slot.path.clone());
            self.judge(self.options.policy.missing, Difference::Missing { path, similar });
        }
    }

    /// Lists what no slot took, and what the adapters say.
    fn list_rest(&mut self) {
        for tensor in self.tensors.iter() {
            self.result.unused.extend(tensor.sources.iter().cloned());
        }
        self.result.dropped.extend(self.tensors.dropped().iter().cloned());
        self.result.notes.extend(self.tensors.notes().iter().cloned());
        for name in self.result.unused.clone() {
            let path = TensorPath::from(name.as_str());
            self.judge(self.options.policy.unused, Difference::Unexpected { path, similar: None });
        }
    }

    /// Reads each tensor and keeps it aside.
    fn stage(&mut self, layout: &Layout, mut matched: Vec<Matched<'a, 'm>>) {
        let mut mates: BTreeMap<TieId, Vec<(usize, NamedTensor<'a>)>> = BTreeMap::new();
        for one in &matched {
            if let Some(tie) = one.leaf.tie() {
                mates.entry(tie).or_default().push((one.slot, one.tensor.clone()));
            }
        }
        // Files are read fastest in their order. What came of it is listed in the module's.
        matched.sort_unstable_by_key(|one| (one.place, one.slot));
        let mut outcomes: Vec<(usize, Outcome)> = Vec::with_capacity(matched.len());
        self.staged.reserve_exact(matched.len());
        let mut matched = matched.into_iter();
        let mut read = Vec::new().into_iter();
        loop {
            if read.len() == 0 {
                let next = matched.as_slice().iter();
                read = batch::read(next.map(|one| (&one.tensor.tensor, one.leaf.keeps_bytes()))).into_iter();
            }
            let (Some(one), Some(data)) = (matched.next(), read.next()) else { break };
            let (at, slot) = (one.slot, &layout.slots()[one.slot]);
            let data = match data {
                Ok(data) => data,
                Err(error) => {
                    outcomes.push((at, Outcome::refused(Difference::Data { path: slot.path.clone(), error })));
                    continue;
                }
            };
            if let Some(mates) = one.leaf.tie().and_then(|tie| mates.get(&tie)) {
                let (first, first_tensor) = &mates[0];
                if *first != at {
                    self.result.provenance.insert(slot.name.clone(), from(one.tensor.sources));
                    outcomes.push((at, Outcome::Applied(None)));
                    continue;
                }
                for (other, tensor) in &mates[1..] {
                    // One storage and one form: the same bytes.
                    if tensor.storage.is_some() && tensor.storage == first_tensor.storage {
                        continue;
                    }
                    let path = layout.slots()[*other].path.clone();
                    let difference = match tensor.tensor.to_data() {
                        Ok(copy) if copy == data => continue,
                        Ok(_) => Difference::Untied { path, tied_to: slot.path.clone() },
                        Err(error) => Difference::Data { path, error },
                    };
                    outcomes.push((at, Outcome::refused(difference)));
                }
            }
            outcomes.push((at, self.put(slot, one.leaf, data, one.tensor)));
        }
        outcomes.sort_by_key(|(slot, _)| *slot);
        for (slot, outcome) in outcomes {
            match outcome {
                Outcome::Applied(converted) => {
                    self.result.applied.push(layout.slots()[slot].name.clone());
                    self.result.converted.extend(converted.map(|converted| *converted));
                }
                Outcome::Refused(difference) => self.result.errors.push(*difference),
            }
        }
    }

    fn put(&mut self, slot: &Slot, mut leaf: LeafMut<'m>, data: TensorData, tensor: NamedTensor<'a>) -> Outcome {
        let found = data.dtype();
        let mut conversion = self.options.conversion;
        if self.options.policy.kind != Severity::Error {
            conversion = conversion.across_kinds();
        }
        let staged = convert(data, slot.dtype, &conversion)
            .and_then(|data| leaf.stage(data, tensor.id, &conversion, &self.options.device));
        if let Err(error) = staged {
            return Outcome::refused(Difference::Data { path: slot.path.clone(), error });
        }
        self.result.provenance.insert(slot.name.clone(), from(tensor.sources));
        self.staged.push(leaf);
        let converted = || Box::new(Converted::new(slot.path.clone(), found, slot.dtype));
        Outcome::Applied((found != slot.dtype).then(converted))
    }
}

/// What came of a slot. There is one for each until all are read, and most have nothing to say.
enum Outcome {
    Applied(Option<Box<Converted>>),
    Refused(Box<Difference>),
}

impl Outcome {
    fn refused(difference: Difference) -> Self {
        Self::Refused(Box::new(difference))
    }
}
