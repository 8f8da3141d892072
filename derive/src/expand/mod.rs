//! Prints a model. Decides nothing: what is printed follows from the model alone.
//!
//! Every path is absolute and every method is called through its trait or type, because a field's type may have methods of the same
//! names and the user's crate may have types called `Option`. A field that is no module is in error once, in `slot`. What else names a
//! field's type has that type's span, all in the same form, so that all uses give one and the same error, which rustc shows once.

mod assumed;
mod declaration;
mod foreign;
mod module;
mod parameters;
mod record;
mod record_type;
mod slot;
mod span;
mod unknown_name;
mod variants;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Path, PathArguments, TypePath, parse_quote};

use self::span::{qualified, spanned_as};
use crate::check::{is_refused, refusal};
use crate::model::{Container, Derive, Field, Make, Role, mentions};
use crate::size;
use crate::wrap;

/// The record type and all impls.
pub(crate) fn expand(container: &Container<'_>) -> TokenStream {
    let mut print = Print { container, krate: &container.krate, assumed: false };
    print.assumed = print.has_unproven();
    let declaration = print.declaration();
    let foreign = print.foreign();
    match container.derive {
        Derive::Module => {
            let record_type = print.record_type();
            let (module, record) = (print.module_impl(), print.record_impl());
            let (clone, debug) = (print.clone_impl(), print.debug_impl());
            let (parts, holds) = print.parts();
            // What the record speaks of stands beside it.
            let (beside, within) =
                if print.assumed { (wrap::hidden(&parts), None) } else { (TokenStream::new(), Some(parts)) };
            let block = wrap::block(&quote!(#declaration #within #holds #module #record #clone #debug #foreign));
            quote!(#record_type #beside #block)
        }
        Derive::Record => {
            let record = print.record_impl();
            wrap::block(&quote!(#declaration #record #foreign))
        }
    }
}

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
    for field in container.fields().filter(|field| is_refused(container, field)) {
        size::known_by_name(&field.ty, &mut |path| names.push(print.usual(path)));
    }
    let asks = asks.chain(names);
    let foreign = print.foreign();
    wrap::block(&quote! {
        #foreign
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

    /// Asks of a type that has no size, or holds what has none, that it is the one that is known by its name, and none of the user's that is called
    /// so: that rustc refuses it is certain then.
    fn usual(&self, path: &TypePath) -> TokenStream {
        let krate = self.krate;
        let mut own = path.clone();
        let Some(last) = own.path.segments.last_mut() else { return TokenStream::new() };
        let name = last.ident.clone();
        let usual = match name.to_string().as_str() {
            "str" => quote!(::core::primitive::str),
            "Option" => quote!(::core::option::Option<::core::primitive::f32>),
            "Vec" => quote!(#krate::private::Vec<::core::primitive::f32>),
            _ => quote!(#krate::module::#name<::core::primitive::f32>),
        };
        if name != "str" {
            last.arguments = PathArguments::AngleBracketed(parse_quote!(<::core::primitive::f32>));
        }
        let own = spanned_as(path, own.into_token_stream());
        quote!(#krate::private::usual::<#own, #usual>)
    }

    /// Asks of the type that it can be taken apart: not if it has a `Drop` of its own, of which rustc would say so for each variant.
    /// Numbers can be taken out of it all the same.
    fn whole(&self) -> TokenStream {
        if !self.container.fields().any(Field::is_part) {
            return TokenStream::new();
        }
        let krate = self.krate;
        let place = self.container.ident.span();
        let ask = quote_spanned!(place=> Whole::<Self>::take_apart(Whole::<Self>::drops()));
        quote!(if false {
            use #krate::private::{DropsParts as _, Whole};
            #ask;
        })
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
