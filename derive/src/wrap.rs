//! What is printed around the impls.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{DeriveInput, Error, Ident, Path};

use crate::model::Derive;
use crate::size::of_many_sizes;

/// Of the record type, what lints ask of people: its names are the user's, and nobody need use all of it.
pub(crate) fn type_lints() -> TokenStream {
    quote!(#[allow(
        dead_code,
        non_camel_case_types,
        non_snake_case,
        private_bounds,
        private_interfaces,
        unreachable_pub,
        unused_qualifications,
        deprecated,
        clippy::all,
        clippy::pedantic,
        clippy::nursery
    )])
}

/// An item of ours in the user's scope.
pub(crate) fn hidden(item: &TokenStream) -> TokenStream {
    let lints = type_lints();
    quote!(#[doc(hidden)] #lints #item)
}

/// Impls in a scope of their own, without what lints ask of people.
pub(crate) fn block(code: &TokenStream) -> TokenStream {
    quote! {
        #[allow(
            deprecated,
            unreachable_code,
            unused_mut,
            unused_qualifications,
            clippy::all,
            clippy::pedantic,
            clippy::nursery
        )]
        const _: () = {
            #code
        };
    }
}

/// The code, after the errors.
pub(crate) fn with_errors(code: &TokenStream, errors: Option<Error>) -> TokenStream {
    let errors = errors.map(Error::into_compile_error);
    quote!(#errors #code)
}

/// Something that is asked, in a function that nobody calls.
pub(crate) fn asking(parameters: impl ToTokens, where_clause: impl ToTokens, ask: impl ToTokens) -> TokenStream {
    quote!(const _: () = {
        #[allow(dead_code)]
        fn asked #parameters() #where_clause {
            let _ = #ask;
        }
    };)
}

/// Impls that do nothing, for a type that none can be made for, and the record's name: so that their uses are no errors.
pub(crate) fn fallback(input: &DeriveInput, derive: Derive, krate: &Path, record: &Ident) -> TokenStream {
    let DeriveInput { ident, vis, generics, .. } = input;
    let (impl_generics, arguments, where_clause) = generics.split_for_impl();
    let record_impl = quote! {
        #[automatically_derived]
        impl #impl_generics #krate::record::Record for #record #arguments #where_clause {
            fn schema() -> #krate::private::Schema { ::core::unreachable!() }
            fn tree(&self) -> #krate::private::Tree<#krate::private::LeafRef<'_>> { ::core::unreachable!() }
            fn into_item(self) -> ::core::result::Result<#krate::private::Item, #krate::Error> { ::core::unreachable!() }
            fn bind(_: #krate::private::Item, _: &mut #krate::private::Binder<'_>) -> ::core::option::Option<Self> { ::core::unreachable!() }
        }
    };
    if derive == Derive::Record {
        return if of_many_sizes(input) { TokenStream::new() } else { block(&record_impl) };
    }
    let record_impls = quote! {
        #record_impl
        #[automatically_derived]
        impl #impl_generics ::core::clone::Clone for #record #arguments #where_clause {
            fn clone(&self) -> Self { ::core::unreachable!() }
        }
        #[automatically_derived]
        impl #impl_generics ::core::fmt::Debug for #record #arguments #where_clause {
            fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { ::core::unreachable!() }
        }
    };
    let lints = type_lints();
    let (lifetimes, types) = (generics.lifetimes(), generics.type_params());
    let lifetimes = lifetimes.map(|parameter| &parameter.lifetime);
    let types = types.map(|parameter| &parameter.ident);
    let module_impl = quote! {
        #[automatically_derived]
        impl #impl_generics #krate::module::Module for #ident #arguments #where_clause {
            type Record = #record #arguments;
            fn tree(&self) -> #krate::private::Tree<#krate::private::LeafRef<'_>> { ::core::unreachable!() }
            fn tree_mut(&mut self) -> #krate::private::Tree<#krate::private::LeafMut<'_>> { ::core::unreachable!() }
            fn record(&self) -> Self::Record { ::core::unreachable!() }
            fn into_record(self) -> Self::Record { ::core::unreachable!() }
            fn clone_record(_: &Self::Record) -> Self::Record { ::core::unreachable!() }
            fn build(_: Self::Record, _: &mut #krate::private::Builder) -> ::core::option::Option<Self> { ::core::unreachable!() }
        }
    };
    let module_impl = if of_many_sizes(input) { TokenStream::new() } else { module_impl };
    let impls = block(&quote!(#record_impls #module_impl));
    quote! {
        #[doc(hidden)]
        #lints
        #vis struct #record #generics(#(::core::marker::PhantomData<&#lifetimes ()>,)* #(::core::marker::PhantomData<#types>,)*) #where_clause;
        #impls
    }
}
