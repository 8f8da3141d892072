//! What a store's load did, tensor by tensor.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Converted, Difference};

/// What a load from a store did, or why it was refused: nothing happens that is not in here.
///
/// `Display` is for people: it counts, groups long lists by subtree and says what to do. [`LoadResult::to_value`] is for programs.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct LoadResult {
    /// The file, where there is one.
    pub file: Option<String>,
    /// The format it was read as.
    pub format: String,
    /// The module's tensors that took their values from the file.
    pub applied: Vec<String>,
    /// The module's tensors that were left as they were because the filter does not take them, or because the file's differs: what differs is
    /// in `errors` or, where it was allowed, in `warnings` if the policy asks for them.
    pub skipped: Vec<String>,
    /// The module's tensors that the file has nothing for.
    pub missing: Vec<String>,
    /// The file's tensors that the module has no place for.
    pub unused: Vec<String>,
    /// The file's tensors that an adapter knows to have no counterpart in a module, such as `num_batches_tracked`.
    pub dropped: Vec<String>,
    /// Why the load was refused; or, with `validate(false)`, what it did not do.
    pub errors: Vec<Difference>,
    /// What the policy wants to be warned of.
    pub warnings: Vec<Difference>,
    /// What the caller should know of the file: what it says of itself, what its reader refuses of it, what it leaves out that is implied.
    pub notes: Vec<String>,
    /// The tensors whose dtype was converted.
    pub converted: Vec<Converted>,
    /// Names of the file's tensors that were renumbered to close the gaps of a `Sequential`: before and after.
    pub renumbered: Vec<(String, String)>,
    /// Tensors of the file that lie in the same bytes and that the module does not tie.
    pub shared: Vec<Vec<String>>,
    /// Of each tensor of the module, where its value is from.
    pub provenance: BTreeMap<String, Provenance>,
    /// For missing tensors, the unused one whose name is most like it.
    pub similar: BTreeMap<String, String>,
    /// Rules that would make the names match, or that did with `auto_remap(true)`.
    pub remapping: Option<Remapping>,
}

/// Where the value of a tensor is from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provenance {
    /// From these tensors of the file: several, where an adapter made one of them.
    File(Vec<String>),
    /// The file leaves it out, and it was filled with what its layer then computes with: a scale of ones, a bias of zeros.
    Implied,
    /// It is the module's own, initialised or set before the load.
    Kept,
}

/// Rules that make the names of a file those of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remapping {
    /// Patterns and replacements, in order, as `with_key_remapping` takes them.
    pub rules: Vec<(String, String)>,
    /// Whether the file's layers must be translated from PyTorch's layout.
    pub from_pytorch: bool,
    /// Tensors that the rules make match.
    pub matches: usize,
    /// Whether other rules would do as well, so that these are not applied by themselves.
    pub ambiguous: bool,
    /// Whether they were applied.
    pub applied: bool,
}

impl LoadResult {
    /// Whether nothing was refused.
    pub fn is_success(&self) -> bool {
        self.errors.is_empty()
    }
}
