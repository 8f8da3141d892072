//! Attributes that speak to the other derive, which the type may have, too.
//!
//! No derive sees its neighbours. Each leaves a mark on a type that has its attributes, and asks for the other one's where it finds
//! those. The mark has the type's own bounds alone, so that nothing is asked of its parameters.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned as _;
use syn::{Attribute, Data, DeriveInput, Path};

use super::Print;
use crate::model::{Container, Derive, Field};
use crate::tokens::placed;
use crate::wrap;

/// The derive's own mark, if the type has attributes that speak to it.
pub(crate) fn mark(input: &DeriveInput, derive: Derive, krate: &Path) -> Option<TokenStream> {
    let DeriveInput { ident, generics, attrs, data, .. } = input;
    let marked = |attributes: &[Attribute]| derive.attributes(attributes).next().is_some();
    let in_data = match data {
        Data::Struct(data) => data.fields.iter().any(|field| marked(&field.attrs)),
        Data::Enum(data) => data
            .variants
            .iter()
            .any(|variant| marked(&variant.attrs) || variant.fields.iter().any(|field| marked(&field.attrs))),
        Data::Union(_) => false,
    };
    let (parameters, arguments, where_clause) = generics.split_for_impl();
    let name = mark_name(derive);
    (marked(attrs) || in_data)
        .then(|| wrap::block(&quote!(impl #parameters #krate::private::#name for #ident #arguments #where_clause {})))
}

/// What the mark is called.
fn mark_name(derive: Derive) -> TokenStream {
    match derive {
        Derive::Module => quote!(HasModule),
        Derive::Record => quote!(HasRecord),
    }
}

impl Print<'_> {
    /// Asks for the other derive, for each attribute that speaks to it.
    pub(super) fn asks_for_other(&self) -> TokenStream {
        let (parameters, _, where_clause) = self.container.record_generics.split_for_impl();
        let of_fields = self.container.fields().filter_map(|field| field.other);
        let asks = self.container.other.iter().copied().chain(of_fields).map(|attribute| self.has_other(attribute));
        asks.map(|ask| wrap::asking(&parameters, where_clause, ask)).collect()
    }

    /// A field's type. If the field has an attribute that nobody reads, it is one that is in error already: what that was meant to say of the
    /// field is no further error.
    pub(super) fn if_read(&self, field: &Field<'_>, ty: TokenStream) -> TokenStream {
        match field.other {
            Some(attribute) => {
                let proof = self.proof(&self.container.record_generics, &[self.has_other(attribute)]);
                self.proven(&ty, &proof)
            }
            None => ty,
        }
    }

    fn has_other(&self, attribute: &Attribute) -> TokenStream {
        let Container { derive, ident, record_generics, .. } = self.container;
        let krate = self.krate;
        let (_, arguments, _) = record_generics.split_for_impl();
        let name = mark_name(derive.other());
        // rustc shows the type of which something is asked.
        let own = placed(quote!(#ident #arguments), ident.span().located_at(attribute.path().span()));
        quote!(<#own as #krate::private::#name>::IS)
    }
}
