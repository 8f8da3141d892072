//! The list of tensors in a GGUF header.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::kind::GgmlType;
use super::reader::Stored;
use crate::error::{Error, Result};
use crate::format::input::Input;
use crate::limits::Budget;
use crate::shape::Shape;
use crate::source::{Source, check_range};

/// Axes of a tensor. ggml has four.
pub(super) const MAX_AXES: u32 = 8;

/// What the header says of a tensor, not yet checked against the file.
pub(super) struct Info {
    pub(super) name: String,
    kind: GgmlType,
    shape: Shape,
    /// Counted from the start of the data.
    offset: u64,
}

impl Info {
    pub(super) fn read(input: &mut Input<'_>, budget: &Budget) -> Result<Self> {
        let len = input.u64()?;
        budget.check_name(len)?;
        let name = input.text(len, "a tensor's name")?;
        let start = input.position();
        let here = |error: Error, end: u64| error.in_tensor(&name).at(start..end);
        let rank = input.u32()?;
        if rank > MAX_AXES {
            return Err(here(
                Error::corrupt(format!("{rank} axes are more than the {MAX_AXES} that are read")),
                start + 4,
            ));
        }
        let mut axes = Vec::new();
        for _ in 0..rank {
            axes.push(input.u64()?);
        }
        axes.reverse();
        let shape = Shape::from_u64(axes).map_err(|error| here(error, input.position()))?;
        let id = input.u32()?;
        let kind = GgmlType::from_id(id)
            .ok_or_else(|| here(Error::corrupt(format!("{id} is the number of no tensor type")), input.position()))?;
        let offset = input.u64()?;
        Ok(Self { name, kind, shape, offset })
    }

    pub(super) fn place(self, source: &Arc<dyn Source>, data_start: u64, alignment: u64) -> Result<Stored> {
        let Self { name, kind, shape, offset } = self;
        if !offset.is_multiple_of(alignment) {
            return Err(Error::corrupt(format!("its offset {offset} is no multiple of the alignment {alignment}")));
        }
        let row = shape.last().copied().unwrap_or(1);
        let len = kind.byte_len(shape.num_elements(), row).ok_or_else(|| {
            let (name, elements) = (kind.name(), kind.block_elements());
            Error::corrupt(format!("rows of {row} elements are no whole blocks of {name}, which are of {elements}"))
        })?;
        let start = data_start.saturating_add(offset);
        let range = check_range(source, start, len as u64)?;
        Ok(Stored { name, kind, shape, range })
    }
}

/// Names are unique; and tensors in the same bytes would let a small file hold any amount.
pub(super) fn check_names_and_overlap(tensors: &[Stored]) -> Result<()> {
    let mut order: Vec<&Stored> = tensors.iter().collect();
    order.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    if let Some([stored, ..]) = order.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(Error::corrupt("the file has two tensors of this name").in_tensor(&stored.name));
    }
    order.retain(|stored| !stored.range.is_empty());
    order.sort_unstable_by_key(|stored| stored.range.start);
    match order.windows(2).find(|pair| pair[0].range.end > pair[1].range.start) {
        Some([one, two, ..]) => {
            let what = format!("it shares bytes with `{}`", one.name);
            Err(Error::corrupt(what).in_tensor(&two.name).at(two.range.clone()))
        }
        _ => Ok(()),
    }
}
