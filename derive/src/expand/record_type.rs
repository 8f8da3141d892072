//! The record type, with `Clone` and `Debug`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::Print;
use super::span::{qualified, spanned_as};
use crate::model::{Container, Role, Style, Variant};
use crate::wrap;

impl Print<'_> {
    /// `struct ModelRecord` or `enum ModelRecord`.
    pub(super) fn record_type(&self) -> TokenStream {
        let Container { vis, record, record_generics, ident, .. } = self.container;
        let defaulted = record_generics.params.iter();
        let none = record_generics.params.is_empty();
        let parameters = if none { self.no_parameters() } else { quote!(<#(#defaulted),*>) };
        let where_clause = self.with_assumption(record_generics.where_clause.as_ref());
        let doc = format!(" The record of [`{ident}`]: what is saved of it, field by field.");
        let lints = wrap::type_lints();
        let phantom = self.phantom();
        let head = quote!(#[doc = #doc] #lints);
        // If the name is taken, rustc shows the whole item: on what the user gave the name by.
        let placed = |item| spanned_as(record, item);
        if self.container.is_enum {
            let own = ident;
            let variants = self.container.variants.iter().map(|variant| {
                let ident = variant.ident;
                let fields = self.record_fields(variant, None);
                let doc = format!(" The record of [`{own}::{}`].", ident.to_token_stream());
                quote!(#[doc = #doc] #ident #fields)
            });
            let phantom =
                phantom.map(|phantom| quote!(#[doc(hidden)] __Phantom(::core::convert::Infallible, #phantom),));
            let item = placed(quote!(#vis enum #record #parameters #where_clause { #(#variants,)* #phantom }));
            return quote!(#head #item);
        }
        let variant = &self.container.variants[0];
        let fields = self.record_fields(variant, phantom);
        match variant.style {
            Style::Named => {
                let item = placed(quote!(#vis struct #record #parameters #where_clause #fields));
                quote!(#head #item)
            }
            Style::Tuple | Style::Unit => {
                let item = placed(quote!(#vis struct #record #parameters #fields #where_clause;));
                quote!(#head #item)
            }
        }
    }

    pub(super) fn record_fields(&self, variant: &Variant<'_>, phantom: Option<TokenStream>) -> TokenStream {
        let fields = variant.fields.iter().map(|field| {
            let vis = field.vis;
            let name: Vec<_> = field.original.ident.iter().collect();
            let what = match field.role {
                Role::Part { .. } => "The record of",
                Role::Constant { .. } => "The value of",
                Role::Skip(_) | Role::Unknown => "Nothing of",
            };
            let doc = format!(" {what} `{}`.", field.name);
            let slots = self.slots(field).into_iter();
            let slots = slots.map(|(above, slot)| quote!(#above #[doc = #doc] #vis #(#name:)* #slot));
            quote!(#(#slots),*)
        });
        match variant.style {
            Style::Named => {
                let phantom = phantom.map(|phantom| quote!(#[doc(hidden)] __phantom: #phantom,));
                quote!({ #(#fields,)* #phantom })
            }
            Style::Tuple => {
                let phantom = phantom.map(|phantom| quote!(#[doc(hidden)] #phantom,));
                quote!((#(#fields,)* #phantom))
            }
            Style::Unit => TokenStream::new(),
        }
    }

    /// The type that uses the parameters of which no slot is made, or `None` where there are none.
    pub(super) fn phantom(&self) -> Option<TokenStream> {
        let unused = &self.container.unused;
        (!unused.is_empty()).then(|| quote!(::core::marker::PhantomData<(#(fn() -> #unused,)*)>))
    }

    pub(super) fn clone_impl(&self) -> TokenStream {
        let krate = self.krate;
        let Container { ident, impl_generics, .. } = self.container;
        let (parameters, arguments, where_clause) = self.split(impl_generics);
        let named = self.record_named();
        let body = if self.container.is_stateless_enum() {
            let arms = self.clone_arms();
            quote!(match self { #arms })
        } else {
            quote!(<#ident #arguments as #krate::module::Module>::clone_record(self))
        };
        quote! {
            #[automatically_derived]
            impl #parameters ::core::clone::Clone for #named #where_clause {
                fn clone(&self) -> Self {
                    #body
                }
            }
        }
    }

    pub(super) fn clone_arms(&self) -> TokenStream {
        let krate = self.krate;
        let record = &self.container.record;
        self.arms(record, |_, variant| {
            self.value(record, variant, true, |field| {
                let local = &field.local;
                let clone = match &field.role {
                    Role::Part { .. } => self.module_of(field, "clone_record"),
                    Role::Constant { .. } => {
                        qualified(&self.type_of(field), &quote!(#krate::record::ConstantValue), "clone_slot")
                    }
                    Role::Skip(_) | Role::Unknown => return quote!(#krate::record::Skipped),
                };
                quote!(#clone(#local))
            })
        })
    }

    pub(super) fn debug_impl(&self) -> TokenStream {
        let krate = self.krate;
        let (parameters, _, where_clause) = self.split(&self.container.impl_generics);
        let named = self.record_named();
        quote! {
            #[automatically_derived]
            impl #parameters ::core::fmt::Debug for #named #where_clause {
                fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    #krate::private::debug(&<Self as #krate::record::Record>::tree(self), __formatter)
                }
            }
        }
    }
}
