//! Matching over the variants of a type, and values of them. A struct is one variant.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use super::Print;
use super::span::spanned_as;
use crate::model::{Derive, Field, Role, Style, Variant};

impl Print<'_> {
    /// An arm for each variant of `ty`, the module's type or the record's.
    pub(super) fn arms(&self, ty: &Ident, arm: impl Fn(usize, &Variant<'_>) -> TokenStream) -> TokenStream {
        self.arms_with(ty, |field| field.local.to_token_stream(), arm)
    }

    pub(super) fn arms_with(
        &self,
        ty: &Ident,
        pattern: impl Fn(&Field<'_>) -> TokenStream,
        arm: impl Fn(usize, &Variant<'_>) -> TokenStream,
    ) -> TokenStream {
        let of_record = *ty == self.container.record && self.container.derive == Derive::Module;
        let arms = self.container.variants.iter().enumerate().map(|(index, variant)| {
            let path = self.path(ty, variant);
            let saved =
                variant.fields.iter().filter(|field| matches!(field.role, Role::Part { .. } | Role::Constant { .. }));
            let bindings = saved.clone().map(|field| {
                let (member, pattern) = (&field.member, pattern(field));
                spanned_as(&field.ty, quote!(#member: #pattern))
            });
            let phantom = of_record && !self.container.is_enum && !self.container.unused.is_empty();
            let rest = (phantom || saved.clone().count() < variant.fields.len()).then(|| quote!(..));
            let arm = arm(index, variant);
            let pattern = quote!(#path { #(#bindings,)* #rest });
            let pattern = if of_record { self.sized(pattern) } else { pattern };
            quote!(#pattern => #arm,)
        });
        // The variant is matched by value or by reference; the coercion makes the same of both.
        let never = quote!(::core::convert::identity::<&::core::convert::Infallible>(&__never));
        let phantom = (of_record && self.container.is_enum && !self.container.unused.is_empty())
            .then(|| quote!(#ty::__Phantom(__never, _) => match *#never {},));
        quote!(#(#arms)* #phantom)
    }

    pub(super) fn path(&self, ty: &Ident, variant: &Variant<'_>) -> TokenStream {
        match variant.ident {
            Some(variant) => quote!(#ty::#variant),
            None if *ty == self.container.record => self.record_named(true),
            None => ty.to_token_stream(),
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
            spanned_as(&field.ty, quote!(#member: #value))
        });
        let phantom = (of_record && !self.container.is_enum && !self.container.unused.is_empty()).then(|| {
            let member = match variant.style {
                Style::Named => quote!(__phantom),
                _ => syn::Index::from(variant.fields.len()).to_token_stream(),
            };
            quote!(#member: ::core::marker::PhantomData)
        });
        let value = quote!(#path { #(#fields,)* #phantom });
        if of_record { self.sized(value) } else { value }
    }

    /// `Some(value)` if what was made of each field is there. No `?`: what it expands to has spans of its own.
    pub(super) fn if_all<'f>(&self, fields: impl Iterator<Item = &'f Field<'f>>, value: &TokenStream) -> TokenStream {
        let locals: Vec<&Ident> = fields.map(|field| &field.local).collect();
        let (some, none) = (self.sized(quote!(::core::option::Option::Some)), self.none());
        let value = self.sized(quote!(#some(#value)));
        if locals.is_empty() {
            return value;
        }
        quote! {
            match (#(#locals,)*) {
                (#(::core::option::Option::Some(#locals),)*) => #value,
                _ => #none,
            }
        }
    }
}
