//! Where the data starts, and whether the tensors fill it.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use core::ops::Range;

use super::ALIGNMENT;
use super::header::Listed;
use crate::error::{Error, ErrorKind, Result};
use crate::format::flat::place::scan;
use crate::source::Source;

/// How the data of a file lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Where the data starts; tensors' offsets count from here.
    pub(super) data: u64,
    /// Whether tensors start at multiples of [`ALIGNMENT`]; in files of Burn 0.19 they lie back to back, right behind the header.
    pub(super) aligned: bool,
}

/// Finds out the layout of a file whose header ends at `header_end`. `tensors` are sorted by their offsets.
///
/// Both layouts carry the same version, and a file of the one with its last bytes cut off can be as long as one of the other.
/// So it is back to back only where that makes the length right and something else says so as well: an offset that is not
/// aligned, bytes where padding would be, or the version of Burn in the metadata.
///
/// # Errors
/// [`ErrorKind::Truncated`]; [`ErrorKind::Corrupt`] for bytes behind the last tensor, overlap, holes, offsets that are not aligned;
/// [`ErrorKind::ByteLength`].
pub(super) fn find(
    source: &dyn Source,
    header_end: u64,
    tensors: &[Listed],
    metadata: &BTreeMap<String, String>,
) -> Result<Layout> {
    let available = source.len();
    let padded = align(header_end).ok_or_else(overflow)?;
    let data_len = tensors.iter().map(|tensor| tensor.end).max().unwrap_or(0);
    let misaligned = tensors.iter().any(|tensor| tensor.start % ALIGNMENT != 0);
    let back_to_back = header_end.checked_add(data_len) == Some(available)
        && data_len > 0
        && (misaligned
            || padded != header_end
                && (is_burn_0_19(metadata) || !is_zero(source, header_end..padded.min(available))?));
    // Without data the padding may be left out.
    let unpadded = back_to_back || data_len == 0 && available == header_end;
    let layout = Layout { data: if unpadded { header_end } else { padded }, aligned: !back_to_back };
    let needed = layout.data.checked_add(data_len).ok_or_else(overflow)?;
    check_order(tensors, layout)?;
    if needed > available {
        return Err(Error::new(ErrorKind::Truncated { needed, available }));
    }
    if needed < available {
        return Err(Error::corrupt("there are bytes behind the last tensor").at(needed..available));
    }
    Ok(layout)
}

/// Checks each tensor's bytes against its shape, and that each starts where the one before it says: Burn checks neither overlap nor
/// alignment, and one tensor would change with another.
fn check_order(tensors: &[Listed], layout: Layout) -> Result<()> {
    let mut position = 0;
    let mut previous: Option<&Listed> = None;
    for tensor in tensors {
        let range = layout.data.saturating_add(tensor.start)..layout.data.saturating_add(tensor.end);
        let fail = |error: Error| Err(error.in_tensor(&tensor.name).at(range.clone()));
        let Some(bytes) = tensor.end.checked_sub(tensor.start) else {
            return fail(Error::corrupt("the tensor ends before it starts"));
        };
        if let Some(dtype) = tensor.stored.dtype()
            && tensor.stored.byte_len(tensor.shape.num_elements()) != Some(bytes)
        {
            return fail(Error::new(ErrorKind::ByteLength { shape: tensor.shape.clone(), dtype, bytes }));
        }
        if previous.is_some_and(|previous| previous.ties(tensor)) {
            continue;
        }
        let expected = if layout.aligned { align(position).ok_or_else(overflow)? } else { position };
        if tensor.start != expected {
            let what = if tensor.start < position {
                "overlaps the one before it"
            } else {
                "does not start at the first aligned place behind the one before it"
            };
            return fail(Error::corrupt(format!("the tensor {what}")));
        }
        position = tensor.end;
        previous = Some(tensor);
    }
    Ok(())
}

/// Whether all bytes of `range` are zero.
pub(super) fn is_zero(source: &dyn Source, range: Range<u64>) -> Result<bool> {
    let mut zero = true;
    scan(source, range, |bytes| {
        zero &= bytes.iter().all(|&byte| byte == 0);
        Ok(())
    })?;
    Ok(zero)
}

/// The first aligned place from `offset` on.
pub(super) fn align(offset: u64) -> Option<u64> {
    offset.checked_next_multiple_of(ALIGNMENT)
}

fn overflow() -> Error {
    Error::corrupt("an offset is past what a file can have")
}

fn is_burn_0_19(metadata: &BTreeMap<String, String>) -> bool {
    let is = |key: &str, test: fn(&str) -> bool| metadata.get(key).is_some_and(|value| test(value));
    is("producer", |producer| producer == "burn") && is("version", |version| version.starts_with("0.19."))
}
