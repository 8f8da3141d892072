//! What a field is, and what a record holds for it.
//!
//! If a field is no module, its record is no type, and rustc would say so at every use: in what is printed, in every type that has the type
//! as a field, and in the user's code. So the type goes by a detour that has a constant in it, which can be computed only if it is a module.
//! Otherwise rustc has its error in the constant, takes the type for one that is in error already, and is silent wherever it is used.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::Generics;

use super::Print;
use super::parameters::{example, needed, parameter_name, unbounded};
use super::span::{innermost_qualified, qualified};
use crate::model::{Container, Derive, Field, Role};

impl Print<'_> {
    /// The type, and what stands above the field. There are two of a module: the documentation shows it without the detour.
    pub(super) fn slots(&self, field: &Field<'_>) -> Vec<(TokenStream, TokenStream)> {
        let (krate, ty) = (self.krate, &field.ty);
        let slot = match (&field.role, self.container.derive) {
            (Role::Part { .. }, Derive::Module) => {
                let record = |of: &TokenStream| qualified(of, &quote!(#krate::module::Module), "Record");
                let generics = needed(&self.container.record_generics, ty.to_token_stream());
                let held = self.held(&generics, &[field]);
                let proven = qualified(ty, &quote!(#krate::private::Proven<#held>), "Type");
                let (plain, proven) = (record(&ty.to_token_stream()), record(&proven));
                return vec![(quote!(#[cfg(doc)]), plain), (quote!(#[cfg(not(doc))]), proven)];
            }
            (Role::Part { .. }, Derive::Record) => ty.to_token_stream(),
            (Role::Constant { .. }, _) => quote!(#krate::record::Constant<#ty>),
            (Role::Skip(_) | Role::Unknown, _) => quote!(#krate::record::Skipped),
        };
        vec![(TokenStream::new(), slot)]
    }

    /// The types of all fields that are modules, by the detour: one for all that have the same parameters. A trait that nobody else sees may
    /// have private types.
    pub(super) fn parts(&self) -> TokenStream {
        let krate = self.krate;
        let Container { ident, record_generics, .. } = self.container;
        let (parameters, arguments, where_clause) = record_generics.split_for_impl();
        let mut groups: Vec<(Generics, Vec<&Field<'_>>)> = Vec::new();
        for field in self.container.fields().filter(|field| field.is_part()) {
            let needed = needed(record_generics, field.ty.to_token_stream());
            let names = |generics: &Generics| generics.params.iter().map(parameter_name).cloned().collect::<Vec<_>>();
            match groups.iter_mut().find(|(generics, _)| names(generics) == names(&needed)) {
                Some((_, fields)) => fields.push(field),
                None => groups.push((needed, vec![field])),
            }
        }
        if groups.is_empty() {
            return TokenStream::new();
        }
        let detours = groups.iter().enumerate().map(|(i, (generics, fields))| {
            let (detour, held) = (format_ident!("__Proven{i}"), self.held(generics, fields));
            quote!(type #detour<__T> = <__T as #krate::private::Proven<#held>>::Type;)
        });
        let parts = groups.iter().enumerate().flat_map(|(i, (_, fields))| {
            fields.iter().map(move |field| (format_ident!("__Proven{i}"), part(field), &field.ty))
        });
        let (names, parts): (Vec<Ident>, Vec<TokenStream>) =
            parts.map(|(detour, name, ty)| (name.clone(), quote!(type #name = #detour<#ty>;))).unzip();
        quote! {
            #(#detours)*
            trait __Parts {
                #(type #names;)*
            }
            impl #parameters __Parts for #ident #arguments #where_clause {
                #(#parts)*
            }
        }
    }

    /// `<Field as Module>::name`.
    pub(super) fn module_of(&self, field: &Field<'_>, name: &str) -> TokenStream {
        let krate = self.krate;
        let Container { ident, record_generics, .. } = self.container;
        let (_, arguments, _) = record_generics.split_for_impl();
        let (part, name) = (part(field), Ident::new(name, Span::call_site()));
        quote!(<<#ident #arguments as __Parts>::#part as #krate::module::Module>::#name)
    }

    /// A constant that can be computed if all fields are modules: `true`.
    ///
    /// A constant in a type has no parameters. What has some is checked for all of them in an impl of its own, and computed for one of each
    /// that is likely to have the bounds. Where it has not, the constant is the trait's, and says nothing.
    fn held(&self, generics: &Generics, fields: &[&Field<'_>]) -> TokenStream {
        let krate = self.krate;
        let module = quote!(#krate::module::Module);
        let trees = fields.iter().map(|field| innermost_qualified(&field.ty, krate, &module, "tree"));
        let held = quote!({
            #(let _ = #trees;)*
            true
        });
        if generics.params.is_empty() {
            return held;
        }
        let (parameters, arguments, where_clause) = generics.split_for_impl();
        let declared = generics.params.iter().map(unbounded);
        let types = generics.type_params().map(|own| &own.ident);
        let examples = generics.params.iter().map(|parameter| example(parameter, generics, krate));
        quote!({
            use #krate::private::Unproven as _;
            struct __Proof<#(#declared),*>(#(::core::marker::PhantomData<*const #types>),*);
            impl #parameters __Proof #arguments #where_clause {
                const __HELD: ::core::primitive::bool = #held;
            }
            <__Proof<#(#examples),*>>::__HELD
        })
    }
}

/// What generated code calls the type of a field.
fn part(field: &Field<'_>) -> Ident {
    format_ident!("Field{}", field.number)
}
