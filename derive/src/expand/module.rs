//! `impl Module`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};

use super::Print;
use super::span::{part, proven, qualified, spanned_as};
use crate::model::{Container, Field, Role, Variant};

impl Print<'_> {
    /// `impl Module for Model`.
    pub(super) fn module_impl(&self) -> TokenStream {
        let krate = self.krate;
        let Container { ident, record, impl_generics, .. } = self.container;
        let (parameters, arguments, where_clause) = impl_generics.split_for_impl();
        let known = self.container.is_stateless_enum();
        let named = self.record_named(false);
        let record_type = if known { quote!(#krate::record::Known<#named>) } else { named };
        let part = |field: &Field<'_>, method| part(field, krate, method);
        let constant = |field: &Field<'_>, method| qualified(&field.ty, &quote!(#krate::record::ConstantValue), method);
        let trees = |method: &'static str| {
            self.arms(ident, |index, variant| {
                let trees = variant.fields.iter().map(|field| {
                    let local = &field.local;
                    match &field.role {
                        Role::Part { .. } => {
                            let tree = part(field, method);
                            let proven = if method == "tree" { proven(field, krate) } else { None };
                            let proven = proven.iter();
                            quote!(#tree(#local #(, #proven)*))
                        }
                        Role::Constant { .. } => {
                            let tree = constant(field, "constant_tree");
                            quote!(#tree(#local))
                        }
                        Role::Skip(_) | Role::Unknown => quote!(#krate::private::Tree::Skipped),
                    }
                });
                let method = Ident::new(method, Span::call_site());
                quote!(#krate::private::Declaration::#method(&__TYPE, #index, #krate::private::vec![#(#trees),*]))
            })
        };
        let (tree, tree_mut) = (trees("tree"), trees("tree_mut"));
        let wrap = |value: TokenStream| {
            if known { quote!(#krate::record::Known(::core::option::Option::Some(#value))) } else { value }
        };
        let slots = |method: &'static str| {
            self.arms(ident, |_, variant| {
                wrap(self.value(record, variant, true, |field| {
                    let local = &field.local;
                    match &field.role {
                        Role::Part { .. } => {
                            let slot = part(field, method);
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
        let (record_body, into_record) = (slots("record"), slots("into_record"));
        let clone_record = if known {
            quote!(#krate::record::Known(::core::clone::Clone::clone(&__record.0)))
        } else {
            let arms = self.clone_arms();
            quote!(match __record { #arms })
        };
        let (parameter, own) = self.by_value("__record");
        let build_arms = self.arms(record, |index, variant| self.build(index, variant));
        let build = if known {
            quote! {
                match #own.0 {
                    ::core::option::Option::None => #krate::private::Builder::unknown_variant(__builder),
                    ::core::option::Option::Some(__record) => match __record { #build_arms },
                }
            }
        } else {
            quote!(match #own { #build_arms })
        };
        let associated = self.sized(quote!(type Record = #record_type;));
        let record_head = self.sized(quote!(fn record(&self) -> #record_type));
        let into_head = self.sized(quote!(fn into_record(self) -> #record_type));
        let borrowed = self.sized(quote!(&#record_type));
        let clone_head = self.sized(quote!(fn clone_record(__record: #borrowed) -> #record_type));
        let build_head = self.sized(quote!(
            fn build(#parameter: #record_type, __builder: &mut #krate::private::Builder) -> ::core::option::Option<Self>
        ));
        self.derived(quote! {
            impl #parameters #krate::module::Module for #ident #arguments #where_clause {
                #associated

                fn tree(&self) -> #krate::private::Tree<#krate::private::LeafRef<'_>> {
                    match self { #tree }
                }

                fn tree_mut(&mut self) -> #krate::private::Tree<#krate::private::LeafMut<'_>> {
                    match self { #tree_mut }
                }

                #record_head {
                    match self { #record_body }
                }

                #into_head {
                    match self { #into_record }
                }

                #clone_head {
                    #clone_record
                }

                #build_head {
                    #build
                }
            }
        })
    }

    /// Builds all parts, then the value of them: so that what every part lacks is noted.
    pub(super) fn build(&self, index: usize, variant: &Variant<'_>) -> TokenStream {
        let krate = self.krate;
        let parts = variant.fields.iter().enumerate().filter_map(|(place, field)| {
            let (local, ty) = (&field.local, &field.ty);
            let part = match &field.role {
                Role::Part { .. } => {
                    let build = part(field, krate, "build");
                    quote!(field(&mut __parts, #place, #local, #build))
                }
                Role::Constant { default: None } => quote!(constant(&mut __parts, #place, #local)),
                Role::Constant { default: Some(make) } => {
                    let default = self.make(field, make);
                    quote!(constant_or(&mut __parts, #local, || #default))
                }
                Role::Skip(_) | Role::Unknown => return None,
            };
            let part = spanned_as(ty, quote!(#krate::private::Parts::#part));
            Some(quote!(let #local = #part;))
        });
        let value = self.value(self.container.ident, variant, false, |field| {
            let local = &field.local;
            match &field.role {
                Role::Part { .. } | Role::Constant { .. } => local.to_token_stream(),
                Role::Skip(make) => self.make(field, make),
                Role::Unknown => quote!(::core::unreachable!()),
            }
        });
        let value = self.if_all(variant.fields.iter().filter(|field| field.is_saved()), &value);
        quote!({
            let mut __parts = #krate::private::Builder::declared(__builder, &__TYPE, #index);
            #(#parts)*
            #krate::private::Parts::finish(__parts);
            #value
        })
    }
}
