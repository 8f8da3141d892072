//! What is printed around the impls.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error};

use crate::model::Derive;

/// Lints that are about what people write, for the record type: its names are the user's, its documentation is that of the type.
pub(crate) fn lints() -> TokenStream {
    quote!(#[allow(
        missing_docs,
        unreachable_pub,
        missing_debug_implementations,
        non_camel_case_types,
        non_snake_case,
        private_interfaces,
        unreachable_code,
        unused_mut,
        unused_qualifications,
        deprecated,
        clippy::all,
        clippy::pedantic,
        clippy::nursery
    )])
}

/// Impls in a scope of their own, with the lints that are about what people write turned off.
pub(crate) fn block(code: &TokenStream) -> TokenStream {
    let lints = lints();
    quote! {
        #lints
        const _: () = {
            #code
        };
    }
}

/// The code, after the errors.
pub(crate) fn with_errors(code: TokenStream, errors: Option<Error>) -> TokenStream {
    let errors = errors.map(Error::into_compile_error);
    quote!(#errors #code)
}

/// Impls that do nothing, for a type that none can be made for: so that its uses are no errors.
pub(crate) fn fallback(input: &DeriveInput, derive: Derive) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, arguments, where_clause) = input.generics.split_for_impl();
    let code = match derive {
        Derive::Module => quote! {
            #[automatically_derived]
            impl #impl_generics ::vellum::module::Module for #ident #arguments #where_clause {
                type Record = ::vellum::record::Skipped;
                fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> { ::core::unreachable!() }
                fn tree_mut(&mut self) -> ::vellum::private::Tree<::vellum::private::LeafMut<'_>> { ::core::unreachable!() }
                fn record(&self) -> ::vellum::record::Skipped { ::core::unreachable!() }
                fn into_record(self) -> ::vellum::record::Skipped { ::core::unreachable!() }
                fn clone_record(_: &::vellum::record::Skipped) -> ::vellum::record::Skipped { ::core::unreachable!() }
                fn build(_: ::vellum::record::Skipped, _: &mut ::vellum::private::Builder) -> ::core::option::Option<Self> { ::core::unreachable!() }
            }
        },
        Derive::Record => quote! {
            #[automatically_derived]
            impl #impl_generics ::vellum::record::Record for #ident #arguments #where_clause {
                fn schema() -> ::vellum::private::Schema { ::core::unreachable!() }
                fn tree(&self) -> ::vellum::private::Tree<::vellum::private::LeafRef<'_>> { ::core::unreachable!() }
                fn into_item(self) -> ::core::result::Result<::vellum::private::Item, ::vellum::Error> { ::core::unreachable!() }
                fn bind(_: ::vellum::private::Item, _: &mut ::vellum::private::Binder<'_>) -> ::core::option::Option<Self> { ::core::unreachable!() }
            }
        },
    };
    block(&code)
}
