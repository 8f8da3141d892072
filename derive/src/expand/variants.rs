//! Matching over the variants of a type, and values of them. A struct is one variant.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use super::Print;
use super::span::{innermost_alone, spanned_as};
use crate::model::{Derive, Field, Role, Style, Variant};

impl Print<'_> {
    /// An arm for each variant of `ty`, the module's type or the record's.
    pub(super) fn arms(&self, ty: &Ident, arm: impl Fn(usize, &Variant<'_>) -> TokenStream) -> TokenStream {
        let of_record = *ty == self.container.record && self.container.derive == Derive::Module;
        let arms = self.container.variants.iter().enumerate().map(|(index, variant)| {
            let path = self.path(ty, variant);
            let saved =
                variant.fields.iter().filter(|field| matches!(field.role, Role::Part { .. } | Role::Constant { .. }));
            let bindings = saved.clone().map(|field| {
                let (member, local) = (&field.member, &field.local);
                quote!(#member: #local)
            });
            let phantom = of_record && !self.container.is_enum && !self.container.unused.is_empty();
            let rest = (phantom || saved.clone().count() < variant.fields.len()).then(|| quote!(..));
            let arm = arm(index, variant);
            let pattern = quote!(#path { #(#bindings,)* #rest });
            quote!(#pattern => #arm,)
        });
        // The variant is matched by value or by reference; the coercion makes the same of both.
        let never = quote!(::core::convert::identity::<&::core::convert::Infallible>(&__never));
        let phantom = (of_record && self.container.is_enum && !self.container.unused.is_empty())
            .then(|| quote!(#ty::__Phantom(__never, _) => match *#never {},));
        quote!(#(#arms)* #phantom)
    }

    /// The type itself is `Self` in all impls that speak of its variants, so that nothing has to be inferred of its parameters.
    fn path(&self, ty: &Ident, variant: &Variant<'_>) -> TokenStream {
        let ty = if ty == self.container.ident { quote!(Self) } else { ty.to_token_stream() };
        match variant.ident {
            Some(variant) => quote!(#ty::#variant),
            None => ty,
        }
    }

    /// A value of a variant of `ty`.
    pub(super) fn value(
        &self,
        ty: &Ident,
        variant: &Variant<'_>,
        of_record: bool,
        value: impl Fn(&Field<'_>) -> TokenStream,
    ) -> TokenStream {
        let path = self.path(ty, variant);
        let fields = variant.fields.iter().map(|field| {
            let (member, value) = (&field.member, value(field));
            let field_value = quote!(#member: #value);
            // If a field's type is not sound, rustc says so of each value of the type, too.
            if ty == self.container.ident { spanned_as(innermost_alone(&field.ty), field_value) } else { field_value }
        });
        let phantom = (of_record && !self.container.is_enum && !self.container.unused.is_empty()).then(|| {
            let member = match variant.style {
                Style::Named => quote!(__phantom),
                _ => syn::Index::from(variant.fields.len()).to_token_stream(),
            };
            quote!(#member: ::core::marker::PhantomData)
        });
        quote!(#path { #(#fields,)* #phantom })
    }

    /// `Some(value)` if what was made of each field is there. No `?`: what it expands to has spans of its own.
    pub(super) fn if_all<'f>(fields: impl Iterator<Item = &'f Field<'f>>, value: &TokenStream) -> TokenStream {
        let locals: Vec<&Ident> = fields.map(|field| &field.local).collect();
        let value = quote!(::core::option::Option::Some(#value));
        if locals.is_empty() {
            return value;
        }
        quote! {
            match (#(#locals,)*) {
                (#(::core::option::Option::Some(#locals),)*) => #value,
                _ => ::core::option::Option::None,
            }
        }
    }
}
