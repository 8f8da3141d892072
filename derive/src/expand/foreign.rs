//! Attributes that speak to the other derive, which the type may have, too. Nobody says which derives it has; but they leave impls.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Attribute;
use syn::spanned::Spanned as _;

use super::Print;
use super::parameters::of_proof;
use crate::model::{Container, Derive, Field};

impl Print<'_> {
    /// Asks of the type that it has the other derive, for each attribute that speaks to it.
    pub(super) fn foreign(&self) -> TokenStream {
        let Container { derive, foreign, impl_generics, .. } = self.container;
        let (parameters, _, where_clause) = self.split(impl_generics);
        let of_fields = self.container.fields().flat_map(|field| derive.foreign(&field.original.attrs));
        let asks = foreign.iter().copied().chain(of_fields).map(|attribute| self.has_other(attribute));
        quote!(#(const _: () = {
            #[allow(dead_code)]
            fn asked #parameters() #where_clause {
                #asks;
            }
        };)*)
    }

    /// The type of a field that has such an attribute: one that is in error already if nobody reads it, so that what it was meant to say is no
    /// further error.
    pub(super) fn heard(&self, field: &Field<'_>, ty: TokenStream) -> TokenStream {
        let Container { derive, ident, record_generics, .. } = self.container;
        let Some(attribute) = derive.foreign(&field.original.attrs).next() else { return ty };
        let (_, arguments, _) = record_generics.split_for_impl();
        let generics = of_proof(record_generics, quote!(#ident #arguments), self.krate);
        self.proven(&ty, &self.proof(&generics, &[self.has_other(attribute)]))
    }

    fn has_other(&self, attribute: &Attribute) -> TokenStream {
        let Container { derive, ident, record_generics, .. } = self.container;
        let krate = self.krate;
        let (_, arguments, _) = record_generics.split_for_impl();
        let other = match derive {
            Derive::Module => quote!(AlsoRecord),
            Derive::Record => quote!(AlsoModule),
        };
        // rustc shows the type of which something is asked.
        let place = attribute.path().span();
        let own = quote!(#ident #arguments).into_iter().map(|mut tree| {
            tree.set_span(tree.span().located_at(place));
            tree
        });
        let own: TokenStream = own.collect();
        quote!(<#own as #krate::private::#other>::ALSO)
    }
}
