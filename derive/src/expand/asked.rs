//! What is asked of the fields of a type that has no impls, because something in it is a mistake.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned as _;

use super::Print;
use super::span::qualified;
use crate::check::{is_refused, refusal};
use crate::model::{Container, Derive, Role};
use crate::tokens::mentions;
use crate::wrap;

/// Asks of each field what the impls would ask of it, where there are none: so that its error stands beside those of the others. Not of what
/// has a parameter without bounds, which may be the mistake.
pub(crate) fn asked(container: &Container<'_>) -> TokenStream {
    let print = Print { container, krate: &container.krate, assumed: false };
    let krate = print.krate;
    let (parameters, _, where_clause) = print.split(&container.impl_generics);
    let fields = container.fields().filter(|field| {
        let tokens = field.ty.to_token_stream();
        let told = is_refused(container, field)
            || refusal(container, field).is_some()
            || tokens.to_string().contains(['\'', '&']);
        !told && !container.free.iter().any(|parameter| mentions(tokens.clone(), *parameter))
    });
    let asks = fields.flat_map(|field| {
        let ty = &print.type_of(field);
        let (ask, make) = match (&field.role, container.derive) {
            (Role::Part { default }, Derive::Module) => (Some(print.asked_of(field)), default.as_ref()),
            (Role::Part { default }, Derive::Record) => {
                (Some(qualified(ty, &quote!(#krate::record::Record), "into_item")), default.as_ref())
            }
            (Role::Constant { default }, _) => {
                (Some(qualified(ty, &quote!(#krate::record::ConstantValue), "clone_slot")), default.as_ref())
            }
            (Role::Skip(make), _) => (None, Some(make)),
            (Role::Unknown, _) => (None, None),
        };
        ask.into_iter().chain(make.map(|make| print.make(field, make)))
    });
    let refused_fields = container.fields().filter(|field| is_refused(container, field));
    let mut left: Vec<Span> = refused_fields.map(|field| field.ty.span()).collect();
    if left.is_empty() {
        left.push(container.ident.span());
    }
    let asks = asks.map(|ask| wrap::asking(&parameters, &where_clause, ask));
    let left = left.into_iter().map(|at| refused(at, krate));
    let other = print.asks_for_other();
    wrap::block(&quote! {
        #other
        #(#left)*
        #(#asks)*
    })
}

/// An error if rustc has none, where something was left to it: what stands in for the impls does nothing, and no program may have it. A lint,
/// because rustc looks at those only where all else is right; in a tuple, where it does not advise to let the value be unused.
fn refused(at: Span, krate: &Path) -> TokenStream {
    let unused = quote_spanned!(at=> (<#krate::private::StandIn>::IS,););
    quote!(const _: () = {
        #[allow(dead_code)]
        #[deny(unused_must_use)]
        fn asked() {
            #unused
        }
    };)
}
