//! From a typed record to a module.

use alloc::string::ToString;
use alloc::vec::Vec;

use crate::path::{PathPart, TensorPath};
use crate::record::{Constant, part_of};
use crate::report::{Difference, LoadError};

/// Turns a record into a module. It notes every constant without a value and goes on, so that one report lists them all.
#[derive(Default)]
pub struct Builder {
    path: TensorPath,
    differences: Vec<Difference>,
    #[cfg(feature = "std")]
    pub(super) tied: super::tied::TiedValues,
}

impl Builder {
    pub(crate) fn build<M: super::Module>(record: M::Record) -> Result<M, LoadError> {
        let mut builder = Self::default();
        match M::build(record, &mut builder) {
            Some(module) if builder.differences.is_empty() => Ok(module),
            _ => Err(LoadError::new(builder.differences)),
        }
    }

    /// Builds what is one step further down.
    pub fn within<T>(&mut self, part: PathPart, build: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(part);
        let built = build(self);
        self.path.pop();
        built
    }

    /// Builds a field.
    pub fn field<M: super::Module>(&mut self, name: &'static str, record: M::Record) -> Option<M> {
        self.within(part_of(name), |builder| M::build(record, builder))
    }

    /// The value of a constant.
    pub fn constant<T>(&mut self, name: &'static str, slot: Constant<T>) -> Option<T> {
        if slot.0.is_none() {
            let path = self.path.join(part_of(name));
            self.differences.push(Difference::NoConstant { path });
        }
        slot.0
    }

    /// Notes that the variant of an enum without state is not known.
    pub fn unknown_variant<T>(&mut self) -> Option<T> {
        self.differences.push(Difference::NoConstant { path: self.path.clone() });
        None
    }
}

impl core::fmt::Debug for Builder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Builder(at `{}`)", self.path.to_string())
    }
}
