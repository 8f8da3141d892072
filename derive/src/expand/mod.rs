//! Prints a model. Decides nothing: what is printed follows from the model alone.
//!
//! Every path is absolute and every method is called through its trait or type, because a field's type may have methods of the same
//! names and the user's crate may have types called `Option`. A field that is no module is in error once, in `slot`. What else names a
//! field's type has that type's span, all in the same form, so that all uses give one and the same error, which rustc shows once.

mod asked;
mod assumed;
mod declaration;
mod module;
mod other_derive;
mod parameters;
mod record;
mod record_type;
mod slot;
mod span;
mod unknown_name;
mod variants;
mod whole;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

pub(crate) use self::asked::asked;
pub(crate) use self::other_derive::mark;
use self::span::qualified;
use crate::model::{Container, Derive, Field, Make};
use crate::wrap;

/// The record type and all impls.
pub(crate) fn expand(container: &Container<'_>) -> TokenStream {
    let mut print = Print { container, krate: &container.krate, assumed: false };
    print.assumed = print.has_unproven();
    let declaration = print.declaration();
    let other = print.asks_for_other();
    match container.derive {
        Derive::Module => {
            let record_type = print.record_type();
            let (module, record) = (print.module_impl(), print.record_impl());
            let (clone, debug) = (print.clone_impl(), print.debug_impl());
            let (parts, holds) = print.parts();
            // What the record speaks of stands beside it.
            let (beside, within) =
                if print.assumed { (wrap::hidden(&parts), None) } else { (TokenStream::new(), Some(parts)) };
            let block = wrap::block(&quote!(#declaration #within #holds #module #record #clone #debug #other));
            quote!(#record_type #beside #block)
        }
        Derive::Record => {
            let record = print.record_impl();
            wrap::block(&quote!(#declaration #record #other))
        }
    }
}

/// The printer: a room for each thing that is printed.
struct Print<'c> {
    container: &'c Container<'c>,
    krate: &'c Path,
    /// Whether the impls assume what the fields are.
    assumed: bool,
}

impl Print<'_> {
    /// The record type. Of a plain record that is the type itself.
    fn record_named(&self) -> TokenStream {
        let Container { record, impl_generics, .. } = self.container;
        let (_, arguments, _) = impl_generics.split_for_impl();
        quote!(#record #arguments)
    }

    /// A value of a field's type. In a closure that says its type, so that the user's expression is where a value is expected.
    fn make(&self, field: &Field<'_>, make: &Make) -> TokenStream {
        let krate = self.krate;
        let ty = &self.type_of(field);
        match make {
            Make::Default => {
                let anew = qualified(ty, &quote!(#krate::private::Anew), "anew");
                quote!(#anew())
            }
            Make::Expr(expr) => quote!((|| -> #ty { #expr })()),
        }
    }
}
