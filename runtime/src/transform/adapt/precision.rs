//! Half precision, and any other.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;

use super::super::layout::{Layout, Slot};
use super::super::named::NamedTensors;
use super::{Direction, ModuleAdapter};
use crate::convert::{Conversion, Overflow};
use crate::dtype::{DType, DTypeKind};
use crate::error::Result;
use crate::record::LayerKind;

/// Saves the `F32` tensors of most layers as `F16`. On the way in there is nothing to do: a load converts to the module's dtype.
///
/// Layers that say they are linear, embeddings, convolutions, layer, group, instance or RMS norms or PReLUs are saved so; a batch norm
/// is not, because its running variance may be too small for it. A value that `F16` cannot hold is an error.
///
/// ```
/// use vellum::transform::HalfPrecisionAdapter;
///
/// let adapter = HalfPrecisionAdapter::new().without_module("LayerNorm").with_module("MyLayer");
/// # let _ = adapter;
/// ```
#[derive(Clone, Debug)]
pub struct HalfPrecisionAdapter {
    kinds: BTreeSet<&'static str>,
    with: BTreeSet<String>,
    without: BTreeSet<String>,
}

/// Layers by the names that users call them.
const NAMES: &[(&str, LayerKind, bool)] = &[
    ("Linear", LayerKind::Linear, true),
    ("Embedding", LayerKind::Embedding, true),
    ("Conv1d", LayerKind::Conv1d, true),
    ("Conv2d", LayerKind::Conv2d, true),
    ("Conv3d", LayerKind::Conv3d, true),
    ("ConvTranspose1d", LayerKind::ConvTranspose1d, true),
    ("ConvTranspose2d", LayerKind::ConvTranspose2d, true),
    ("LayerNorm", LayerKind::LayerNorm, true),
    ("GroupNorm", LayerKind::GroupNorm, true),
    ("InstanceNorm", LayerKind::InstanceNorm, true),
    ("RmsNorm", LayerKind::RmsNorm, true),
    ("PRelu", LayerKind::PRelu, true),
    ("BatchNorm", LayerKind::BatchNorm, false),
];

impl Default for HalfPrecisionAdapter {
    fn default() -> Self {
        Self::new()
    }
}

impl HalfPrecisionAdapter {
    /// For the layers that are saved so by default.
    pub fn new() -> Self {
        let kinds = NAMES.iter().filter(|(_, _, default)| *default).map(|(name, ..)| *name).collect();
        Self { kinds, with: BTreeSet::new(), without: BTreeSet::new() }
    }

    /// Also for this layer, or for parameters directly in a type of this name.
    #[must_use]
    pub fn with_module(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.without.remove(&name);
        match NAMES.iter().find(|(known, ..)| *known == name) {
            Some((known, ..)) => _ = self.kinds.insert(known),
            None => _ = self.with.insert(name),
        }
        self
    }

    /// Not for this layer, nor for parameters directly in a type of this name.
    #[must_use]
    pub fn without_module(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.with.remove(&name);
        self.kinds.remove(name.as_str());
        if !NAMES.iter().any(|(known, ..)| *known == name) {
            self.without.insert(name);
        }
        self
    }

    fn takes(&self, slot: &Slot) -> bool {
        let kind = NAMES.iter().find(|(_, kind, _)| *kind == slot.layer());
        let by_name = |names: &BTreeSet<String>| names.contains(slot.owner_name());
        !by_name(&self.without) && (by_name(&self.with) || kind.is_some_and(|(name, ..)| self.kinds.contains(name)))
    }
}

impl ModuleAdapter for HalfPrecisionAdapter {
    fn adapt(&self, tensors: &mut NamedTensors<'_>, layout: &Layout, direction: Direction) -> Result<()> {
        if direction == Direction::Load {
            return Ok(());
        }
        let taken: BTreeMap<&str, bool> =
            layout.slots().iter().map(|slot| (slot.name.as_str(), self.takes(slot))).collect();
        cast_some(tensors, DType::F16, Conversion::default(), |sources, dtype| {
            dtype == DType::F32 && sources.iter().all(|source| taken.get(source.as_str()) == Some(&true))
        })
    }
}

/// Gives all floats another dtype on their way.
///
/// ```
/// use vellum::DType;
/// use vellum::transform::FloatCastAdapter;
///
/// let adapter = FloatCastAdapter::to(DType::BF16);
/// # let _ = adapter;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FloatCastAdapter {
    to: DType,
    conversion: Conversion,
}

impl FloatCastAdapter {
    /// To this dtype. A value that it cannot hold is an error.
    pub fn to(dtype: DType) -> Self {
        Self { to: dtype, conversion: Conversion::default() }
    }

    /// What becomes of a value that the dtype cannot hold.
    #[must_use]
    pub fn with_overflow(mut self, overflow: Overflow) -> Self {
        self.conversion = self.conversion.with_overflow(overflow);
        self
    }
}

impl ModuleAdapter for FloatCastAdapter {
    fn adapt(&self, tensors: &mut NamedTensors<'_>, _layout: &Layout, _direction: Direction) -> Result<()> {
        cast_some(tensors, self.to, self.conversion, |_, dtype| dtype.kind() == DTypeKind::Float)
    }
}

fn cast_some(
    tensors: &mut NamedTensors<'_>,
    to: DType,
    conversion: Conversion,
    takes: impl Fn(&[String], DType) -> bool,
) -> Result<()> {
    for name in tensors.names() {
        tensors.replace(&name, |tensor| {
            if !takes(&tensor.sources, tensor.tensor.dtype()) {
                return Ok(tensor);
            }
            let name = tensor.name.clone();
            tensor.becomes(name, |tensor| tensor.cast(to, conversion))
        })?;
    }
    Ok(())
}
