//! Differences as a load finds them.

use alloc::vec::Vec;

use super::{Difference, LoadError};
use crate::error::Result;
use crate::limits::{Budget, Limits};
use crate::path::TensorPath;

/// Collects differences, and charges what is kept of a file to its budget: there can be a note for each value, each with a path as long as keys are.
/// It ends at a limit, past which nothing is a difference any more.
pub(crate) struct Differences {
    all: Vec<Difference>,
    /// `None` if nothing was read: a record in memory is the caller's own.
    budget: Option<Budget>,
}

impl Differences {
    pub(crate) fn new(budget: Option<Budget>) -> Self {
        Self { all: Vec::new(), budget }
    }

    pub(crate) fn note(&mut self, difference: Difference) {
        if self.all.last().is_some_and(Difference::is_limit) {
            return;
        }
        let charged = self.charged(size_of::<Difference>() + difference.path().memory());
        self.all.push(match charged {
            Err(error) if !difference.is_limit() => Difference::Data { path: TensorPath::root(), error },
            _ => difference,
        });
    }

    /// Charges memory before it is taken. A limit is noted as what is met at `path`.
    pub(crate) fn charge(&mut self, bytes: usize, path: &TensorPath) -> Option<()> {
        self.charged(bytes).map_err(|error| self.note(Difference::Data { path: path.clone(), error })).ok()
    }

    fn charged(&self, bytes: usize) -> Result<()> {
        self.budget.as_ref().map_or(Ok(()), |budget| budget.charge_held(bytes as u64))
    }

    /// Gives back what was charged.
    pub(crate) fn refund(&self, bytes: usize) {
        if let Some(budget) = &self.budget {
            budget.refund_held(bytes as u64);
        }
    }

    /// What a file is charged to, if one was read.
    pub(crate) fn budget(&self) -> Option<&Budget> {
        self.budget.as_ref()
    }

    /// The same, or the default limits.
    pub(crate) fn any_budget(&self) -> Budget {
        self.budget.clone().unwrap_or_else(|| Budget::new(Limits::default(), 0))
    }

    /// What was made, if there is no difference.
    pub(crate) fn check<T>(self, made: Option<T>) -> Result<T, LoadError> {
        match made {
            Some(made) if self.all.is_empty() => Ok(made),
            _ => Err(LoadError::new(self.all)),
        }
    }
}
