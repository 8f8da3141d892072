//! The record type, with `Clone` and `Debug`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::Print;
use super::span::{part, qualified, spanned_as};
use crate::model::{Container, Role, Style, Variant};
use crate::wrap;

impl Print<'_> {
    /// `struct ModelRecord` or `enum ModelRecord`.
    pub(super) fn record_type(&self) -> TokenStream {
        let Container { vis, record, record_generics, ident, .. } = self.container;
        let parameters = record_generics.params.iter();
        let parameters = quote!(<#(#parameters),*>);
        let where_clause = self.record_where();
        let doc = format!(" The record of [`{ident}`]: what is saved of it, field by field.");
        let lints = wrap::type_lints();
        let phantom = self.phantom();
        let head = quote!(#[doc = #doc] #lints);
        // If the name is taken, rustc shows the whole item: where the size is not in question, on what the user gave the name by.
        let placed = |item| if self.tail().is_some() { self.sized(item) } else { spanned_as(record, item) };
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

    /// The where-clause of the record type.
    ///
    /// The last field decides whether a struct has a size, and all code that handles a record by value asks for that. Said here, it is asked
    /// of the field's record wherever the record type is named; otherwise of the record type, and a field that is no module would be a dozen
    /// errors about the record beside the one about the field.
    pub(super) fn record_where(&self) -> TokenStream {
        let predicates = self.container.record_generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        let sized = self.tail().map(|field| {
            let slot = self.slot(field);
            spanned_as(&field.ty, quote!(#slot: ::core::marker::Sized))
        });
        let mut predicates = predicates.map(ToTokens::to_token_stream).chain(sized).peekable();
        if predicates.peek().is_none() {
            return TokenStream::new();
        }
        quote!(where #(#predicates),*)
    }

    pub(super) fn record_fields(&self, variant: &Variant<'_>, phantom: Option<TokenStream>) -> TokenStream {
        let fields = variant.fields.iter().map(|field| {
            let (vis, slot) = (field.vis, self.slot(field));
            let name = field.original.ident.iter();
            let what = match field.role {
                Role::Part { .. } => "The record of",
                Role::Constant { .. } => "The value of",
                Role::Skip(_) | Role::Unknown => "Nothing of",
            };
            let doc = format!(" {what} `{}`.", field.name);
            quote!(#[doc = #doc] #vis #(#name:)* #slot)
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
        let Container { ident, record, impl_generics, .. } = self.container;
        let (parameters, arguments, where_clause) = impl_generics.split_for_impl();
        let named = self.record_named(false);
        let body = if self.container.is_stateless_enum() {
            let arms = self.clone_arms();
            quote!(match self { #arms })
        } else {
            // The patterns name the fields' types, so that the body is in error where one of them is: a body that is not would have
            // errors of its own about the record's size and drop.
            let touched = self.arms_with(record, |_| quote!(_), |_, _| quote!({}));
            let clone = self.sized(quote!(<#ident #arguments as #krate::module::Module>::clone_record));
            let clone = self.sized(quote!(#clone(self)));
            quote! {
                match self { #touched }
                #clone
            }
        };
        let borrowed = self.sized(quote!(&#named));
        let head = self.sized(quote!(fn clone(self: #borrowed) -> #named));
        self.derived(quote! {
            impl #parameters ::core::clone::Clone for #named #where_clause {
                #head {
                    #body
                }
            }
        })
    }

    pub(super) fn clone_arms(&self) -> TokenStream {
        let krate = self.krate;
        let record = &self.container.record;
        self.arms(record, |_, variant| {
            self.value(record, variant, true, |field| {
                let local = &field.local;
                let clone = match &field.role {
                    Role::Part { .. } => part(field, krate, "clone_record"),
                    Role::Constant { .. } => qualified(&field.ty, &quote!(#krate::record::ConstantValue), "clone_slot"),
                    Role::Skip(_) | Role::Unknown => return quote!(#krate::record::Skipped),
                };
                let place = spanned_as(&field.ty, quote!(*#local));
                let argument = spanned_as(&field.ty, quote!(&#place));
                quote!(#clone(#argument))
            })
        })
    }

    pub(super) fn debug_impl(&self) -> TokenStream {
        let krate = self.krate;
        let (parameters, _, where_clause) = self.container.impl_generics.split_for_impl();
        let named = self.record_named(false);
        let borrowed = self.sized(quote!(&#named));
        let head = self.sized(quote!(
            fn fmt(self: #borrowed, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result
        ));
        let tree = self.sized(quote!(<#named as #krate::record::Record>::tree));
        let tree = self.sized(quote!(#tree(self)));
        self.derived(quote! {
            impl #parameters ::core::fmt::Debug for #named #where_clause {
                #head {
                    #krate::private::debug(&#tree, __formatter)
                }
            }
        })
    }
}
