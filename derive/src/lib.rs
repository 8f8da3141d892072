//! The derive macros of Vellum.
//!
//! One stage a file: `attribute` and `model` turn the input into a model of our own, `check` looks at it as a whole, `bound` answers
//! what generics need, `expand` prints, `wrap` puts the print into the user's crate.

mod attribute;
mod bound;
mod check;
mod context;
mod expand;
mod model;
mod symbol;
mod wrap;

use proc_macro2::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use crate::context::Context;
use crate::model::{Container, Derive};

/// Implements `vellum::Module`, and makes the record type of the struct or enum.
#[proc_macro_derive(Module, attributes(module))]
pub fn derive_module(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Derive::Module).into()
}

/// Implements `vellum::Record` for a plain data struct or enum.
#[proc_macro_derive(Record, attributes(record))]
pub fn derive_record(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Derive::Record).into()
}

/// The whole story: read, check, print. After a mistake the impls are there all the same, so that it is the only error.
fn derive(input: &DeriveInput, derive: Derive) -> TokenStream {
    let context = Context::new();
    let container = Container::new(&context, input, derive);
    if let Some(container) = &container {
        check::check(&context, container);
    }
    let errors = context.check().err();
    let code = match container {
        Some(container) => expand::expand(&container),
        None => wrap::fallback(input, derive),
    };
    wrap::with_errors(code, errors)
}
