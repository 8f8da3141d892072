//! Prints a model. Decides nothing: what is printed follows from the model alone.
//!
//! Every path is absolute and every method is called through its trait or type, because a field's type may have methods of the same
//! names and the user's crate may have types called `Option`. What names a field's type has that type's span, all in the same form: if
//! the type is no module, all uses give one and the same error, which rustc shows once.

mod declaration;
mod module;
mod record;
mod record_type;
mod span;
mod variants;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use self::span::{ends, part, proven, qualified, spanned_as};
use crate::model::{Container, Derive, Field, Make, Role, hygiene_of, mentions};
use crate::wrap;

/// The record type and all impls.
pub(crate) fn expand(container: &Container<'_>) -> TokenStream {
    let print = Print { container, krate: &container.krate };
    let declaration = print.declaration();
    match container.derive {
        Derive::Module => {
            let record_type = print.record_type();
            let (module, record) = (print.module_impl(), print.record_impl());
            let (clone, debug) = (print.clone_impl(), print.debug_impl());
            let block = wrap::block(&quote!(#declaration #module #record #clone #debug));
            quote!(#record_type #block)
        }
        Derive::Record => {
            let record = print.record_impl();
            wrap::block(&quote!(#declaration #record))
        }
    }
}

/// Asks of each field what the impls would ask of it, where there are none: so that its error stands beside those of the others. Not of what
/// has a parameter without bounds, which may be the mistake.
pub(crate) fn asked(container: &Container<'_>) -> TokenStream {
    let krate = &container.krate;
    let (parameters, _, where_clause) = container.impl_generics.split_for_impl();
    let asks = container.fields().filter_map(|field| {
        let ty = &field.ty;
        let ask = match (&field.role, container.derive) {
            (Role::Part { .. }, Derive::Module) => proven(field, krate).unwrap_or_else(|| part(field, krate, "record")),
            (Role::Part { .. }, Derive::Record) => qualified(ty, &quote!(#krate::record::Record), "into_item"),
            (Role::Constant { .. }, _) => qualified(ty, &quote!(#krate::record::ConstantValue), "clone_slot"),
            (Role::Skip(_) | Role::Unknown, _) => return None,
        };
        let tokens = field.ty.to_token_stream();
        let told = mentions(tokens.clone(), "dyn") || tokens.to_string().contains(['\'', '&']);
        let free = container.free.iter().any(|parameter| mentions(tokens.clone(), *parameter));
        (!told && !free).then_some(ask)
    });
    wrap::block(&quote! {
        #(const _: () = {
            #[allow(dead_code)]
            fn asked #parameters() #where_clause {
                let _ = #asks;
            }
        };)*
    })
}

/// The printer: a room for each thing that is printed.
struct Print<'c> {
    container: &'c Container<'c>,
    krate: &'c Path,
}

impl Print<'_> {
    /// The last field of a struct, if the record of its type is the last of the record's fields.
    fn tail(&self) -> Option<&Field<'_>> {
        let Container { is_enum, unused, variants, derive, .. } = self.container;
        if *is_enum || !unused.is_empty() || *derive == Derive::Record {
            return None;
        }
        variants[0].fields.last().filter(|field| field.is_part())
    }

    /// The record type, from the first to the last token of the type that decides whether it is sound.
    fn record_named(&self, turbofish: bool) -> TokenStream {
        let Container { record, impl_generics, derive, .. } = self.container;
        let colons = turbofish.then(|| quote!(::));
        if *derive == Derive::Record {
            let (_, arguments, _) = impl_generics.split_for_impl();
            return if turbofish { record.to_token_stream() } else { quote!(#record #arguments) };
        }
        let arguments = self.arguments();
        let first = self.tail().map_or_else(Span::call_site, |field| ends(&field.ty).0);
        self.sized(quote_spanned!(first=> #record #colons <#arguments>))
    }

    /// Tokens that handle the record by value, with the span of the type that decides whether it has a size.
    fn sized(&self, tokens: TokenStream) -> TokenStream {
        match self.tail() {
            Some(field) => spanned_as(&field.ty, tokens),
            None => tokens,
        }
    }

    /// An impl. Its methods' bodies end where the type that decides whether the record has a size does, as their heads do.
    fn derived(&self, item: TokenStream) -> TokenStream {
        let Some(tail) = self.tail() else { return quote!(#[automatically_derived] #item) };
        let end = ends(&tail.ty).1;
        let methods = |tree| match tree {
            TokenTree::Group(impl_body) if impl_body.delimiter() == Delimiter::Brace => {
                let body = impl_body.stream().into_iter().map(|mut tree| {
                    if matches!(&tree, TokenTree::Group(body) if body.delimiter() == Delimiter::Brace) {
                        tree.set_span(end);
                    }
                    tree
                });
                TokenTree::Group(Group::new(Delimiter::Brace, body.collect()))
            }
            tree => tree,
        };
        let item = self.sized(item.into_iter().map(methods).collect());
        quote!(#[automatically_derived] #item)
    }

    /// A parameter that is the record by value: in the head, in two tokens, so that it can have the span of a type of several; and in the body.
    fn by_value(&self, name: &str) -> (TokenStream, Ident) {
        match self.tail() {
            Some(field) => {
                let parameter = Ident::new(name, hygiene_of(&field.ty));
                (self.sized(quote!(mut #parameter)), parameter)
            }
            None => {
                let parameter = Ident::new(name, Span::call_site());
                (parameter.to_token_stream(), parameter)
            }
        }
    }

    fn none(&self) -> TokenStream {
        self.sized(quote!(::core::option::Option::None))
    }

    /// The generic arguments, without the brackets.
    fn arguments(&self) -> TokenStream {
        let arguments = self.container.impl_generics.params.iter().map(|parameter| match parameter {
            syn::GenericParam::Type(parameter) => parameter.ident.to_token_stream(),
            syn::GenericParam::Const(parameter) => parameter.ident.to_token_stream(),
            syn::GenericParam::Lifetime(parameter) => parameter.lifetime.to_token_stream(),
        });
        quote!(#(#arguments),*)
    }

    /// What the record holds for a field.
    fn slot(&self, field: &Field<'_>) -> TokenStream {
        let (krate, ty) = (self.krate, &field.ty);
        match (&field.role, self.container.derive) {
            (Role::Part { .. }, Derive::Module) => part(field, krate, "Record"),
            (Role::Part { .. }, Derive::Record) => ty.to_token_stream(),
            (Role::Constant { .. }, _) => quote!(#krate::record::Constant<#ty>),
            (Role::Skip(_) | Role::Unknown, _) => quote!(#krate::record::Skipped),
        }
    }

    /// A value of a field's type. In a closure that says its type, so that the user's expression is where a value is expected.
    fn make(&self, field: &Field<'_>, make: &Make) -> TokenStream {
        let krate = self.krate;
        let ty = &field.ty;
        match make {
            Make::Default => {
                let anew = qualified(ty, &quote!(#krate::private::Anew), "anew");
                quote!(#anew())
            }
            Make::Expr(expr) => quote!((|| -> #ty { #expr })()),
        }
    }
}
