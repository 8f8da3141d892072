//! What all methods use of a type: its names, aliases and marks, in one table.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::Print;
use crate::model::{Container, Field, Role, Style, Variant};

impl Print<'_> {
    /// `static __TYPE`: names, aliases and marks, in one table that all methods use.
    pub(super) fn declaration(&self) -> TokenStream {
        let krate = self.krate;
        let Container { stateless, is_enum, .. } = *self.container;
        let name = syn::ext::IdentExt::unraw(self.container.ident).to_string();
        let other = Ident::new("Other", Span::call_site());
        let layer = self.container.layer.as_ref().unwrap_or(&other);
        let layer = quote!(#krate::record::LayerKind::#layer);
        let form = if is_enum {
            let variants = self.container.variants.iter().map(|variant| {
                let name = &variant.name;
                let content = if variant.is_newtype() {
                    quote!(Newtype)
                } else if variant.style == Style::Unit {
                    quote!(Unit)
                } else {
                    let fields = self.declared_fields(variant);
                    quote!(Fields(&[#fields]))
                };
                quote!(#krate::private::DeclaredVariant { name: #name, content: #krate::private::DeclaredContent::#content })
            });
            quote!(Enum(&[#(#variants),*]))
        } else {
            let fields = self.declared_fields(&self.container.variants[0]);
            quote!(Struct(&[#fields]))
        };
        quote! {
            static __TYPE: #krate::private::Declaration = #krate::private::Declaration {
                name: #name,
                layer: #layer,
                stateless: #stateless,
                form: #krate::private::Form::#form,
            };
        }
    }

    pub(super) fn declared_fields(&self, variant: &Variant<'_>) -> TokenStream {
        let krate = self.krate;
        let fields = variant.fields.iter().map(|field| {
            let Field { name, attributes, .. } = field;
            let aliases = &attributes.aliases;
            let optional = matches!(field.role, Role::Part { default: Some(_) });
            quote!(#krate::private::DeclaredField { name: #name, aliases: &[#(#aliases),*], optional: #optional })
        });
        quote!(#(#fields),*)
    }
}
