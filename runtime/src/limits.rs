//! What a file may make its reader do.

use alloc::sync::Arc;
use alloc::vec::Vec;

use portable_atomic::{AtomicU64, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// What a file may make its reader do: values that the caller can raise for files that are trusted.
///
/// Bytes that are in the file may always be read; these bound what a small file can ask for beyond its own size. An error at a
/// limit ([`ErrorKind::Limit`]) names the field.
///
/// ```
/// use vellum::Limits;
/// use vellum::record::FullPrecisionSettings;
/// use vellum::recorder::BinBytesRecorder;
///
/// let mut limits = Limits::default();
/// limits.record_grace_bytes = 256 << 20;
/// let recorder = BinBytesRecorder::<FullPrecisionSettings>::new().with_limits(limits);
/// # let _ = recorder;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one header, index or metadata block.
    pub max_header_bytes: u64,
    /// Tensors in one file or set of files.
    pub max_tensors: u64,
    /// Values, keys and other objects that a structured file (pickle, JSON, HDF5, ..) may hold beside tensor bytes.
    pub max_objects: u64,
    /// Levels of nesting, as the format has them: of a record each struct, list, tuple, map and variant is one, and in bincode each option
    /// that is there is one more, so that a module that is boxed in an option in another is two levels in `.bin` and one in `.mpk`. In a constant
    /// each list and map is one. JSON is never read deeper than 127. Each level takes about a kilobyte of stack, more or less as the program is
    /// built, while a file is read: where this is raised to thousands, read in a thread that has them.
    pub max_depth: u64,
    /// Bytes of one name.
    pub max_name_bytes: u64,
    /// Bytes of all that is made from the file by decompressing or expanding it.
    pub max_expanded_bytes: u64,
    /// How many times its own size a file may expand to, past [`Limits::expansion_grace_bytes`].
    pub max_expansion_ratio: u64,
    /// Bytes that any file may expand to, whatever its size.
    pub expansion_grace_bytes: u64,
    /// Bytes of memory that what is read of a record may take beyond twice its bytes.
    pub record_grace_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_header_bytes: 100_000_000,
            max_tensors: 1_000_000,
            max_objects: 20_000_000,
            max_depth: 128,
            max_name_bytes: 65_536,
            max_expanded_bytes: 1 << 40,
            max_expansion_ratio: 200,
            expansion_grace_bytes: 16 << 20,
            record_grace_bytes: 48 << 20,
        }
    }
}

/// What is left of the [`Limits`] for one file: every reader of it charges the same budget, so that a total is bounded and not
/// only each part. Clones share what is charged.
#[derive(Clone, Debug)]
pub struct Budget {
    limits: Limits,
    /// What `max_expansion_ratio` and `expansion_grace_bytes` come to for this file.
    ratio_allowance: u64,
    input_bytes: u64,
    spent: Arc<Spent>,
}

#[derive(Debug, Default)]
struct Spent {
    expanded: AtomicU64,
    objects: AtomicU64,
    held: AtomicU64,
}

impl Budget {
    /// A budget for a file of `input_bytes`.
    pub fn new(limits: Limits, input_bytes: u64) -> Self {
        let ratio_allowance =
            limits.expansion_grace_bytes.saturating_add(limits.max_expansion_ratio.saturating_mul(input_bytes));
        Self { limits, ratio_allowance, input_bytes, spent: Arc::default() }
    }

    /// The limits this budget was made from.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Charges bytes made by decompressing or expanding, before they are made.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] naming the setting that all bytes made so far would pass.
    pub fn charge_expanded(&self, bytes: u64) -> Result<()> {
        let needed = self.spent.expanded.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if needed > self.limits.max_expanded_bytes {
            return Err(limit("max_expanded_bytes", self.limits.max_expanded_bytes, needed));
        }
        if needed > self.ratio_allowance {
            let limit = self.limits.max_expansion_ratio;
            let (setting, allowed) = ("max_expansion_ratio", self.ratio_allowance);
            return Err(Error::new(ErrorKind::Limit { setting, limit, allowed, needed }));
        }
        Ok(())
    }

    /// Gives back bytes that were charged by [`Budget::charge_expanded`] and are no longer held.
    pub fn refund_expanded(&self, bytes: u64) {
        self.spent.expanded.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Charges memory for what is read of a record, before it is taken: all of it together is bounded by the bytes that were read.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] naming `record_grace_bytes`.
    pub fn charge_held(&self, bytes: u64) -> Result<()> {
        let needed = self.spent.held.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let read = self.input_bytes.saturating_add(self.spent.expanded.load(Ordering::Relaxed));
        let limit = self.limits.record_grace_bytes;
        let allowed = limit.saturating_add(read.saturating_mul(2));
        if needed > allowed {
            return Err(Error::new(ErrorKind::Limit { setting: "record_grace_bytes", limit, allowed, needed }));
        }
        Ok(())
    }

    /// Gives back memory that was charged by [`Budget::charge_held`] and is no longer held.
    pub fn refund_held(&self, bytes: u64) {
        self.spent.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Charges objects, before they are made.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] naming `max_objects`.
    pub fn charge_objects(&self, count: u64) -> Result<()> {
        let needed = self.spent.objects.fetch_add(count, Ordering::Relaxed).saturating_add(count);
        at_most("max_objects", self.limits.max_objects, needed)
    }

    /// Checks a level of nesting.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] naming `max_depth`.
    pub fn check_depth(&self, depth: u64) -> Result<()> {
        at_most("max_depth", self.limits.max_depth, depth)
    }

    /// Checks the size of a header, index or metadata block.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] naming `max_header_bytes`.
    pub fn check_header(&self, bytes: u64) -> Result<()> {
        at_most("max_header_bytes", self.limits.max_header_bytes, bytes)
    }

    /// Checks a number of tensors.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] naming `max_tensors`.
    pub fn check_tensors(&self, count: u64) -> Result<()> {
        at_most("max_tensors", self.limits.max_tensors, count)
    }

    /// Checks the length of a name.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] naming `max_name_bytes`.
    pub fn check_name(&self, bytes: u64) -> Result<()> {
        at_most("max_name_bytes", self.limits.max_name_bytes, bytes)
    }
}

/// Puts an element behind the others, and charges the memory for it before it is taken, that from which it may be moved included. Whatever a
/// file says, a list has room for at most a sixteenth more than is really there.
pub(crate) fn put<T>(list: &mut Vec<T>, element: T, budget: &Budget) -> Result<()> {
    if list.len() == list.capacity() {
        let held = size_of_val(list.as_slice()) as u64;
        let more = (list.len() / 16).max(4);
        let bytes = held + (more * size_of::<T>()) as u64;
        budget.charge_held(bytes)?;
        list.try_reserve_exact(more).map_err(|_| Error::new(ErrorKind::OutOfMemory { bytes }))?;
        budget.refund_held(held);
    }
    list.push(element);
    Ok(())
}

/// A list with room for so many elements, which is charged before it is taken.
pub(crate) fn room<T>(count: usize, budget: &Budget) -> Result<Vec<T>> {
    let bytes = (count as u64).saturating_mul(size_of::<T>() as u64);
    budget.charge_held(bytes)?;
    let mut list = Vec::new();
    list.try_reserve_exact(count).map_err(|_| Error::new(ErrorKind::OutOfMemory { bytes }))?;
    Ok(list)
}

fn at_most(setting: &'static str, limit_value: u64, needed: u64) -> Result<()> {
    if needed > limit_value { Err(limit(setting, limit_value, needed)) } else { Ok(()) }
}

fn limit(setting: &'static str, limit: u64, needed: u64) -> Error {
    Error::new(ErrorKind::Limit { setting, limit, allowed: limit, needed })
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn expansion_is_bounded_over_all_parts_and_clones() {
        let limits = Limits { expansion_grace_bytes: 100, max_expansion_ratio: 2, ..Limits::default() };
        let budget = Budget::new(limits, 50);
        assert!(budget.charge_expanded(150).is_ok());
        assert!(budget.clone().charge_expanded(50).is_ok());
        let error = budget.charge_expanded(1).unwrap_err();
        assert!(matches!(
            error.kind(),
            ErrorKind::Limit { setting: "max_expansion_ratio", limit: 2, allowed: 200, needed: 201 }
        ));
        let text = error.to_string();
        assert!(text.contains("201") && text.contains("200 that the limit `max_expansion_ratio` of 2 "), "{text}");
    }

    #[test]
    fn what_a_record_takes_is_bounded_by_what_was_read_of_it() {
        let budget = Budget::new(Limits { record_grace_bytes: 10, ..Limits::default() }, 100);
        assert!(budget.charge_held(210).is_ok());
        let error = budget.charge_held(1).unwrap_err();
        assert!(matches!(
            error.kind(),
            ErrorKind::Limit { setting: "record_grace_bytes", limit: 10, allowed: 210, needed: 211 }
        ));
        let text = error.to_string();
        assert!(text.contains("211") && text.contains("210 that the limit `record_grace_bytes` of 10 "), "{text}");
        budget.charge_expanded(1).unwrap();
        budget.refund_held(1);
        assert!(budget.charge_held(2).is_ok() && budget.charge_held(1).is_err());
    }

    #[test]
    fn a_sum_past_u64_does_not_wrap() {
        let budget = Budget::new(Limits::default(), 1);
        assert!(budget.charge_expanded(u64::MAX).is_err());
        assert!(budget.charge_objects(u64::MAX).is_err());
        assert!(Budget::new(Limits::default(), 1).charge_held(u64::MAX).is_err());
    }
}
