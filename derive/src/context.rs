//! Collects errors, so that a user sees all mistakes of a type in one build.

use std::cell::RefCell;
use std::fmt::Display;
use std::thread;

use quote::ToTokens;
use syn::Error;

/// The errors found so far. Must be asked for them before it is dropped.
pub(crate) struct Context {
    /// `None` once [`Context::check`] was called.
    errors: RefCell<Option<Vec<Error>>>,
}

impl Context {
    pub(crate) fn new() -> Self {
        Self { errors: RefCell::new(Some(Vec::new())) }
    }

    /// Notes an error on the user's own tokens.
    pub(crate) fn error(&self, on: impl ToTokens, message: impl Display) {
        self.note(Error::new_spanned(on.into_token_stream(), message));
    }

    /// Notes an error of syn's.
    pub(crate) fn note(&self, error: Error) {
        self.errors.borrow_mut().as_mut().expect("errors are noted before the check").push(error);
    }

    /// All errors as one.
    pub(crate) fn check(self) -> Result<(), Error> {
        let errors = self.errors.borrow_mut().take().unwrap_or_default();
        let all = errors.into_iter().reduce(|mut all, error| {
            all.combine(error);
            all
        });
        all.map_or(Ok(()), Err)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        assert!(thread::panicking() || self.errors.borrow().is_none(), "the errors were not checked");
    }
}
