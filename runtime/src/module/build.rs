//! From a typed record to a module.

use alloc::vec::Vec;

use crate::path::{PathPart, TensorPath};
use crate::record::declaration::{Declaration, DeclaredContent, DeclaredField};
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

    /// Builds a value of a declared type in variant number `variant`, 0 for a struct.
    pub fn declared(&mut self, declaration: &'static Declaration, variant: usize) -> Parts<'_> {
        let (variant, content) = declaration.content(variant);
        if let Some(variant) = variant {
            self.path.push(PathPart::Variant(variant.into()));
        }
        let declared = if let DeclaredContent::Fields(fields) = content { fields } else { &[] };
        Parts { builder: self, declared, in_variant: variant.is_some() }
    }

    /// Notes that the variant of an enum without state is not known.
    pub fn unknown_variant<T>(&mut self) -> Option<T> {
        self.differences.push(Difference::NoConstant { path: self.path.clone() });
        None
    }
}

/// The parts of a struct or of a variant, built one by one.
#[derive(Debug)]
pub struct Parts<'b> {
    builder: &'b mut Builder,
    declared: &'static [DeclaredField],
    in_variant: bool,
}

impl Parts<'_> {
    /// Builds field number `index` from its record.
    pub fn field<R, M>(&mut self, index: usize, record: R, build: fn(R, &mut Builder) -> Option<M>) -> Option<M> {
        match self.declared.get(index) {
            Some(field) => self.builder.within(part_of(field.name), |builder| build(record, builder)),
            None => build(record, self.builder),
        }
    }

    /// The value of the constant that is field number `index`.
    pub fn constant<T>(&mut self, index: usize, slot: Constant<T>) -> Option<T> {
        if slot.0.is_none() {
            let path = match self.declared.get(index) {
                Some(field) => self.builder.path.join(part_of(field.name)),
                None => self.builder.path.clone(),
            };
            self.builder.differences.push(Difference::NoConstant { path });
        }
        slot.0
    }

    /// The value of a constant, made by `default` where the record has none.
    pub fn constant_or<T>(&mut self, slot: Constant<T>, default: fn() -> T) -> Option<T> {
        Some(slot.0.unwrap_or_else(default))
    }

    /// The last of the parts was built.
    pub fn finish(self) {
        if self.in_variant {
            self.builder.path.pop();
        }
    }
}

impl core::fmt::Debug for Builder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Builder(at `{}`)", self.path)
    }
}
