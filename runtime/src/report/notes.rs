//! What a load notes: what it did, and every difference that it finds.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::{Converted, Difference, LoadError, LoadReport, NearNames};
use crate::dtype::DType;
use crate::error::Result;
use crate::limits::{Budget, Limits, put, room};
use crate::path::TensorPath;

/// Collects what a load notes, and charges it before it is kept: there can be a note for each value, each with a path as long as keys are.
/// At a limit the load is over: what was noted before makes room for the limit, and nothing is noted after it.
pub(crate) struct Notes {
    report: LoadReport,
    differences: Vec<Difference>,
    near: NearNames,
    budget: Budget,
}

impl Notes {
    /// Without a budget nothing was read: a record in memory is the caller's own, and has no bound.
    pub(crate) fn new(budget: Option<Budget>) -> Self {
        let of_memory = || Budget::new(Limits { record_grace_bytes: u64::MAX, ..Limits::default() }, 0);
        let budget = budget.unwrap_or_else(of_memory);
        Self { report: LoadReport::default(), differences: Vec::new(), near: NearNames::new(), budget }
    }

    /// Notes a difference at `path`. It is made only if the load is not over.
    pub(crate) fn differ(&mut self, path: &TensorPath, difference: impl FnOnce(TensorPath) -> Difference) {
        if self.is_over() {
            return;
        }
        let difference = difference(path.clone());
        if difference.is_limit() {
            self.differences = vec![difference];
        } else if self.charge(difference.memory(), path).is_some() {
            let kept = put(&mut self.differences, difference, &self.budget);
            self.unless_limit(kept, path);
        }
    }

    /// Notes a tensor that came from the file.
    pub(crate) fn loaded(&mut self, path: &TensorPath) {
        self.list(path, |report| &mut report.loaded, |path| path);
    }

    /// Notes a tensor or plain numbers of which another dtype was made.
    pub(crate) fn converted(&mut self, path: &TensorPath, from: DType, to: DType) {
        self.list(path, |report| &mut report.converted, |path| Converted::new(path, from, to));
    }

    /// The last that was noted as converted.
    pub(crate) fn last_converted(&self) -> Option<&Converted> {
        self.report.converted.last()
    }

    /// Notes what the file lacks, and may.
    pub(crate) fn missing(&mut self, path: &TensorPath) {
        self.list(path, |report| &mut report.missing, |path| path);
    }

    /// Notes what is in the file under an older name.
    pub(crate) fn aliased(&mut self, path: &TensorPath, name: &str) {
        if self.charge(name.len(), path).is_some() {
            self.list(path, |report| &mut report.aliased, |path| (path, name.to_string()));
        }
    }

    /// Notes what the file has beyond the type; if it may not, that is a difference.
    pub(crate) fn unexpected(
        &mut self,
        path: &TensorPath,
        is_allowed: bool,
        similar: impl FnOnce(&mut NearNames) -> Option<String>,
    ) {
        if is_allowed {
            self.list(path, |report| &mut report.unexpected, |path| path);
        } else if !self.is_over() {
            let similar = similar(&mut self.near);
            self.differ(path, |path| Difference::Unexpected { path, similar });
        }
    }

    /// Notes that the file lacks what it may not.
    pub(crate) fn not_found(&mut self, path: &TensorPath, similar: impl FnOnce(&mut NearNames) -> Option<String>) {
        if !self.is_over() {
            let similar = similar(&mut self.near);
            self.differ(path, |path| Difference::Missing { path, similar });
        }
    }

    /// Puts an entry with a path in a list of the report.
    fn list<T>(
        &mut self,
        path: &TensorPath,
        list: fn(&mut LoadReport) -> &mut Vec<T>,
        entry: impl FnOnce(TensorPath) -> T,
    ) {
        if self.charge(path.memory(), path).is_some() {
            let kept = put(list(&mut self.report), entry(path.clone()), &self.budget);
            self.unless_limit(kept, path);
        }
    }

    /// Charges memory before it is taken. A limit is noted as what is met at `path`.
    pub(crate) fn charge(&mut self, bytes: usize, path: &TensorPath) -> Option<()> {
        if self.is_over() {
            return None;
        }
        self.unless_limit(self.budget.charge_held(bytes as u64), path)
    }

    /// A list with room for so many things, which is charged before.
    pub(crate) fn room<T>(&mut self, count: usize, path: &TensorPath) -> Option<Vec<T>> {
        if self.is_over() {
            return None;
        }
        self.unless_limit(room(count, &self.budget), path)
    }

    fn unless_limit<T>(&mut self, taken: Result<T>, path: &TensorPath) -> Option<T> {
        taken.map_err(|error| self.differences = vec![Difference::Data { path: path.clone(), error }]).ok()
    }

    /// Gives back what was charged.
    pub(crate) fn refund(&self, bytes: usize) {
        self.budget.refund_held(bytes as u64);
    }

    /// What a file is charged to.
    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Whether the load came to a limit: then there is no use in going on.
    pub(crate) fn is_over(&self) -> bool {
        self.differences.last().is_some_and(Difference::is_limit)
    }

    /// What was made and the report of it, if there is no difference.
    pub(crate) fn finish<T>(self, made: Option<T>) -> Result<(T, LoadReport), LoadError> {
        match made {
            Some(made) if self.differences.is_empty() => Ok((made, self.report)),
            _ => Err(LoadError::new(self.differences)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn past_a_limit_nothing_is_noted_nor_made() {
        let limits = Limits { record_grace_bytes: 500, ..Limits::default() };
        let mut notes = Notes::new(Some(Budget::new(limits, 0)));
        let path = TensorPath::from("a.b");
        notes.differ(&path, |path| Difference::NoConstant { path });
        assert!(!notes.is_over());
        assert_eq!(notes.charge(1000, &path), None);
        notes.differ(&path, |_| unreachable!("the load is over"));
        notes.unexpected(&path, false, |_| unreachable!("the load is over"));
        notes.missing(&path);
        assert_eq!(notes.report, LoadReport::default());
        let error = notes.finish(Some(())).unwrap_err();
        assert!(matches!(error.differences(), [limit] if limit.is_limit()), "{error}");
    }

    #[test]
    fn what_a_difference_says_is_charged() {
        let limits = Limits { record_grace_bytes: 10_000, ..Limits::default() };
        let mut notes = Notes::new(Some(Budget::new(limits, 0)));
        let mut long = || {
            notes
                .differ(&TensorPath::root(), |path| Difference::Data { path, error: Error::corrupt("x".repeat(6000)) });
            notes.is_over()
        };
        assert_eq!([long(), long()], [false, true]);
    }
}
