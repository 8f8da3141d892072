//! `impl Module`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::Print;
use super::assumed::Given;
use super::span::{local_shown, qualified};
use crate::model::{Container, Field, Role, Variant};

impl Print<'_> {
    /// `impl Module for Model`.
    pub(super) fn module_impl(&self) -> TokenStream {
        let krate = self.krate;
        let Container { ident, record, impl_generics, .. } = self.container;
        let (parameters, arguments, where_clause) = self.split(impl_generics);
        let known = self.container.is_stateless_enum();
        let named = self.record_named();
        let record_type = if known { quote!(#krate::record::Known<#named>) } else { named };
        let constant =
            |field: &Field<'_>, method| qualified(&self.type_of(field), &quote!(#krate::record::ConstantValue), method);
        let trees = |method: &'static str, given| {
            self.arms(ident, |index, variant| {
                let trees = variant.fields.iter().map(|field| {
                    let local = self.given(field, given, &field.local);
                    match &field.role {
                        Role::Part { .. } => {
                            let tree = self.module_of(field, method);
                            quote!(#tree(#local))
                        }
                        Role::Constant { .. } => {
                            let tree = constant(field, "constant_tree");
                            quote!(#tree(#local))
                        }
                        Role::Skip(_) | Role::Unknown => quote!(<#krate::private::Tree<_>>::Skipped),
                    }
                });
                let method = Ident::new(method, Span::call_site());
                quote!(<#krate::private::Declaration>::#method(&__TYPE, #index, #krate::private::list([#(#trees),*])))
            })
        };
        let (tree, tree_mut) = (trees("tree", Given::Shared), trees("tree_mut", Given::Mutable));
        let wrap = |value: TokenStream| {
            if known { quote!(#krate::record::Known(::core::option::Option::Some(#value))) } else { value }
        };
        let slots = |method: &'static str, given| {
            self.arms(ident, |_, variant| {
                wrap(self.value(record, variant, true, |field| {
                    let local = self.given(field, given, &field.local);
                    match &field.role {
                        Role::Part { .. } => {
                            let slot = self.module_of(field, method);
                            quote!(#slot(#local))
                        }
                        Role::Constant { .. } if method == "into_record" => {
                            quote!(#krate::record::Constant(::core::option::Option::Some(#local)))
                        }
                        Role::Constant { .. } => {
                            let slot = constant(field, "constant_slot");
                            quote!(#slot(#local))
                        }
                        Role::Skip(_) | Role::Unknown => quote!(#krate::record::Skipped),
                    }
                }))
            })
        };
        let whole = self.whole();
        let (record_body, into_record) = (slots("record", Given::Shared), slots("into_record", Given::Owned));
        let clone_record = if known {
            quote!(#krate::record::Known(::core::clone::Clone::clone(&__record.0)))
        } else {
            let arms = self.clone_arms();
            quote!(match __record { #arms })
        };
        let build_arms = self.arms(record, |index, variant| self.build(index, variant));
        let build = if known {
            quote! {
                match __record.0 {
                    ::core::option::Option::None => <#krate::private::Builder>::unknown_variant(__builder),
                    ::core::option::Option::Some(__record) => match __record { #build_arms },
                }
            }
        } else {
            quote!(match __record { #build_arms })
        };
        quote! {
            #[automatically_derived]
            impl #parameters #krate::module::Module for #ident #arguments #where_clause {
                type Record = #record_type;

                fn tree(&self) -> #krate::private::Tree<#krate::private::LeafRef<'_>> {
                    match self { #tree }
                }

                fn tree_mut(&mut self) -> #krate::private::Tree<#krate::private::LeafMut<'_>> {
                    match self { #tree_mut }
                }

                fn record(&self) -> #record_type {
                    match self { #record_body }
                }

                fn into_record(self) -> #record_type {
                    #whole
                    match self { #into_record }
                }

                fn clone_record(__record: &#record_type) -> #record_type {
                    #clone_record
                }

                fn build(
                    __record: #record_type,
                    __builder: &mut #krate::private::Builder,
                ) -> ::core::option::Option<Self> {
                    #build
                }
            }
        }
    }

    /// Builds all parts, then the value of them: so that what every part lacks is noted.
    pub(super) fn build(&self, index: usize, variant: &Variant<'_>) -> TokenStream {
        let krate = self.krate;
        let parts = variant.fields.iter().enumerate().filter_map(|(place, field)| {
            let local = &field.local;
            let part = match &field.role {
                Role::Part { .. } => {
                    let build = self.module_of(field, "build");
                    quote!(field(&mut __parts, #place, #local, #build))
                }
                Role::Constant { default: None } => {
                    quote!(constant(&mut __parts, #place, #local))
                }
                Role::Constant { default: Some(make) } => {
                    let default = self.make(field, make);
                    quote!(constant_or(&mut __parts, #local, || #default))
                }
                Role::Skip(_) | Role::Unknown => return None,
            };
            Some(quote!(let #local = <#krate::private::Parts<'_>>::#part;))
        });
        let value = self.value(self.container.ident, variant, false, |field| match &field.role {
            Role::Part { .. } | Role::Constant { .. } => self.given(field, Given::Made, local_shown(field)),
            Role::Skip(make) => self.make(field, make),
            Role::Unknown => quote!(::core::unreachable!()),
        });
        let value = Self::if_all(variant.fields.iter().filter(|field| field.is_saved()), &value);
        quote!({
            let mut __parts = <#krate::private::Builder>::declared(__builder, &__TYPE, #index);
            #(#parts)*
            <#krate::private::Parts<'_>>::finish(__parts);
            #value
        })
    }
}
