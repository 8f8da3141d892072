//! What is asked of the fields of a type that has no impls, because something in it is a mistake.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{PathArguments, Type, TypePath, parse_quote};

use super::Print;
use super::span::{qualified, spanned_as};
use crate::check::{has_no_place, is_refused, refusal};
use crate::model::{Container, Derive, Role};
use crate::tokens::mentions;
use crate::{size, wrap};

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
    let mut names = Vec::new();
    for field in container.fields().filter(|field| has_no_place(container, field)) {
        size::known_by_name(&field.ty, &mut |path| names.push(print.usual(path)));
    }
    let asks = asks.chain(names);
    let other = print.asks_for_other();
    wrap::block(&quote! {
        #other
        #(const _: () = {
            #[allow(dead_code)]
            fn asked #parameters() #where_clause {
                let _ = #asks;
            }
        };)*
    })
}

impl Print<'_> {
    /// Asks of a type that is known by its name that it is the usual one of that name, and none of the user's: that rustc refuses it is certain
    /// then.
    fn usual(&self, path: &TypePath) -> TokenStream {
        let krate = self.krate;
        if size::is_text(&Type::Path(path.clone())) {
            return quote!(#krate::private::usual::<#path, ::core::primitive::str>);
        }
        // Of an example of what it holds, which the user's type may lack.
        let example = parse_quote!(<::core::primitive::f32>);
        let mut own = path.clone();
        let holder = own.path.segments.last_mut().map(|last| {
            last.arguments = PathArguments::AngleBracketed(example);
            last.to_token_stream()
        });
        let own = spanned_as(path, own.into_token_stream());
        quote!(#krate::private::usual::<#own, #krate::private::#holder>)
    }
}
