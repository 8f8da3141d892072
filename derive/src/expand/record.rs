//! `impl Record`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};

use super::Print;
use super::assumed::Given;
use super::span::{local_shown, qualified, spanned_as};
use crate::model::{Container, Derive, Field, Role, Style, Variant};

impl Print<'_> {
    /// `impl Record` for the record type.
    pub(super) fn record_impl(&self) -> TokenStream {
        let krate = self.krate;
        let Container { record, impl_generics, stateless, .. } = self.container;
        let (parameters, _, where_clause) = self.split(impl_generics);
        let named = self.record_named();
        let schema = self.schema();
        let skipped = quote!(#krate::record::Skipped);
        let constant =
            |field: &Field<'_>, method| qualified(&self.type_of(field), &quote!(#krate::record::ConstantValue), method);
        let part = |field: &Field<'_>, method| self.record_of(field, method);
        let tree = self.arms(record, |index, variant| {
            let trees = variant.fields.iter().map(|field| {
                let local = &field.local;
                let tree = match &field.role {
                    Role::Part { .. } => part(field, "tree"),
                    Role::Constant { .. } => constant(field, "slot_tree"),
                    Role::Skip(_) | Role::Unknown => return quote!(<#krate::private::Tree<_>>::Skipped),
                };
                quote!(#tree(#local))
            });
            quote!(<#krate::private::Declaration>::tree(&__TYPE, #index, #krate::private::list([#(#trees),*])))
        });
        let into_item = self.arms(record, |index, variant| {
            let items = variant.fields.iter().map(|field| {
                let local = &field.local;
                let item = match &field.role {
                    Role::Part { .. } => part(field, "into_item"),
                    Role::Constant { .. } => constant(field, "slot_item"),
                    Role::Skip(_) | Role::Unknown => return quote!(<#krate::private::Item>::Nil),
                };
                quote!(#item(#local)?)
            });
            quote!(<#krate::private::Declaration>::item(&__TYPE, #index, #krate::private::list([#(#items),*])))
        });
        let whole = (self.container.derive == Derive::Record).then(|| self.whole());
        let last = self.container.variants.len() - 1;
        let bind = self.container.variants.iter().enumerate().map(|(index, variant)| {
            let fields = variant.fields.iter().enumerate().map(|(place, field)| {
                let local = &field.local;
                let bound = match &field.role {
                    Role::Part { default: None } => {
                        let (needs, bind) = (part(field, "NEEDS_NOTHING"), part(field, "bind"));
                        quote!(field(&mut __fields, #place, #needs, #bind))
                    }
                    Role::Part { default: Some(make) } => {
                        let (silent, bind) = (part(field, "NIL_SAYS_NOTHING"), part(field, "bind"));
                        let default = self.make(field, make);
                        let default = match self.container.derive {
                            Derive::Record => default,
                            Derive::Module => {
                                let into = self.module_of(field, "into_record");
                                let default = self.given(field, Given::Owned, default);
                                quote!(#into(#default))
                            }
                        };
                        let default = spanned_as(&field.ty, quote!(|| #default));
                        quote!(field_or(&mut __fields, #place, #silent, #bind, #default))
                    }
                    Role::Constant { .. } => {
                        let bind = constant(field, "bind_slot");
                        quote!(field(&mut __fields, #place, true, #bind))
                    }
                    Role::Skip(_) | Role::Unknown => {
                        quote!(field(&mut __fields, #place, true, <#skipped as #krate::record::Record>::bind))
                    }
                };
                let bound = spanned_as(&field.ty, quote!(<#krate::private::Fields<'_, '_>>::#bound));
                quote!(let #local = #bound;)
            });
            let value = self.value(record, variant, true, |field| match (&field.role, self.container.derive) {
                (Role::Skip(make), Derive::Record) => self.make(field, make),
                (Role::Unknown, Derive::Record) => quote!(::core::unreachable!()),
                (_, Derive::Record) => local_shown(field),
                (_, Derive::Module) => field.local.to_token_stream(),
            });
            let value = Self::if_all(variant.fields.iter(), &value);
            let pattern = if index == last { quote!(_) } else { quote!(#index) };
            quote! {
                #pattern => {
                    #(#fields)*
                    <#krate::private::Fields<'_, '_>>::finish(__fields);
                    #value
                }
            }
        });
        let needs_nothing = stateless.then(|| {
            quote!(
                const NEEDS_NOTHING: ::core::primitive::bool = true;
            )
        });
        quote! {
            #[automatically_derived]
            impl #parameters #krate::record::Record for #named #where_clause {
                #needs_nothing

                fn schema() -> #krate::private::Schema {
                    #schema
                }

                fn tree(&self) -> #krate::private::Tree<#krate::private::LeafRef<'_>> {
                    match self { #tree }
                }

                fn into_item(self) -> ::core::result::Result<#krate::private::Item, #krate::Error> {
                    #whole
                    ::core::result::Result::Ok(match self { #into_item })
                }

                fn bind(
                    __item: #krate::private::Item,
                    __binder: &mut #krate::private::Binder<'_>,
                ) -> ::core::option::Option<Self> {
                    let ::core::option::Option::Some((__variant, mut __fields)) =
                        <#krate::private::Binder<'_>>::declared(__binder, __item, &__TYPE)
                    else {
                        return ::core::option::Option::None;
                    };
                    match __variant { #(#bind)* }
                }
            }
        }
    }

    /// `<Slot as Record>::method`.
    pub(super) fn record_of(&self, field: &Field<'_>, method: &str) -> TokenStream {
        let krate = self.krate;
        match self.container.derive {
            Derive::Module => {
                let (slot, method) = (self.module_of(field, "Record"), Ident::new(method, Span::call_site()));
                quote!(<#slot as #krate::record::Record>::#method)
            }
            Derive::Record => qualified(&self.type_of(field), &quote!(#krate::record::Record), method),
        }
    }

    pub(super) fn schema(&self) -> TokenStream {
        let krate = self.krate;
        let name = |of: TokenStream| quote!(::core::any::type_name::<#of>());
        if self.container.stateless {
            let name = name(self.record_named());
            return quote!(<#krate::private::Schema>::Stateless(#name));
        }
        let fields = |variant: &Variant<'_>| {
            let schemas: Vec<TokenStream> = variant
                .fields
                .iter()
                .map(|field| match &field.role {
                    Role::Part { .. } => self.record_of(field, "schema"),
                    Role::Constant { .. } => {
                        qualified(&self.type_of(field), &quote!(#krate::record::ConstantValue), "slot_schema")
                    }
                    Role::Skip(_) | Role::Unknown => quote!(#krate::private::nil),
                })
                .collect();
            schemas
        };
        if !self.container.is_enum {
            let (name, schemas) = (name(self.record_named()), fields(&self.container.variants[0]));
            return quote!(<#krate::private::Declaration>::fields_schema(&__TYPE, 0, #name, &[#(#schemas),*]));
        }
        let variants = self.container.variants.iter().enumerate().map(|(index, variant)| {
            let schemas = fields(variant);
            if variant.style == Style::Unit {
                quote!(#krate::private::nil)
            } else if variant.is_newtype() {
                quote!(#(#schemas)*)
            } else {
                let name = name(quote!(#krate::private::VariantOf<Self, #index>));
                quote!(|| <#krate::private::Declaration>::fields_schema(&__TYPE, #index, #name, &[#(#schemas),*]))
            }
        });
        let name = name(quote!(Self));
        quote!(<#krate::private::Declaration>::enum_schema(&__TYPE, #name, &[#(#variants),*]))
    }
}
