//! Fields of which nothing can be proven, because what their type's parameters can be is not known.
//!
//! A field of `Layer<T: Own>` is a module, or not, for all types that are `Own`, and nobody knows one. So that a field that is none is one
//! error all the same, the impls, and the record itself, only assume what the fields are: where a private trait holds, each field's type is some
//! module, and the field's own type. That the trait holds is said once, and without a condition, so that types may contain one another: there is
//! the error. Within the impls rustc knows no more than is assumed; outside of them it knows what the types are.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{GenericParam, Index, Type, WhereClause};

use super::Print;
use super::parameters::{is_sound, parameter_name};
use super::slot::part;
use super::span::spanned_as;
use crate::bound::parts;
use crate::model::{Container, Derive, Field};

/// How a value of a field is given to its module: which of the functions of `sameness` it is.
#[derive(Clone, Copy)]
pub(super) enum Given {
    Shared,
    Mutable,
    Owned,
    /// The other way: a value that the module made.
    Made,
}

impl Print<'_> {
    /// Whether there is a field of which nothing can be proven.
    pub(super) fn has_unproven(&self) -> bool {
        self.container.derive == Derive::Module
            && self.container.fields().any(|field| field.is_part() && self.is_unproven(&field.ty))
    }

    pub(super) fn is_unproven(&self, ty: &Type) -> bool {
        let generics = &self.container.record_generics;
        let sound = |own: &GenericParam| is_sound(own, generics, self.krate);
        // A parameter that is all of a field is a module by its bound.
        let bounded = |ty: &Type| {
            let alone = |own: &GenericParam| matches!(ty, Type::Path(path) if path.path.is_ident(parameter_name(own)));
            generics.params.iter().any(alone)
        };
        let mut other = false;
        parts(ty, false, &mut |part, _| other |= !bounded(part));
        other && !self.proof_generics(ty).params.iter().all(sound)
    }

    /// The trait that says what the fields are.
    pub(super) fn parts_trait(&self) -> TokenStream {
        let (_, arguments, _) = self.container.record_generics.split_for_impl();
        let name = self.parts_name();
        if self.assumed { quote!(#name #arguments) } else { quote!(#name) }
    }

    /// If it is assumed, the record speaks of it, which is no item of the block.
    pub(super) fn parts_name(&self) -> Ident {
        if self.assumed { format_ident!("__{}Parts", self.container.ident.unraw()) } else { format_ident!("__Parts") }
    }

    /// A where-clause, with what is assumed.
    pub(super) fn with_assumption(&self, where_clause: Option<&WhereClause>) -> TokenStream {
        if !self.assumed {
            return where_clause.to_token_stream();
        }
        let Container { ident, record_generics, .. } = self.container;
        let (_, arguments, _) = record_generics.split_for_impl();
        let predicates = where_clause.iter().flat_map(|clause| &clause.predicates);
        let parts = self.parts_trait();
        quote!(where #(#predicates,)* #ident #arguments: #parts)
    }

    /// That a field's type is what the trait says: what makes one of the other, a function for each way. The user's type is named in a signature
    /// and not in angle brackets or a body, where rustc gives other advice on a mistake in it, and so would show it twice.
    pub(super) fn sameness(&self, field: &Field<'_>) -> TokenStream {
        let (name, part, ty) = (sameness(field), part(field), self.type_of(field));
        let of = quote!(Self::#part);
        quote!(fn #name() -> (
            for<'__a> fn(&'__a #ty) -> &'__a #of,
            for<'__a> fn(&'__a mut #ty) -> &'__a mut #of,
            fn(#ty) -> #of,
            fn(#of) -> #ty,
        ))
    }

    /// A value of a field, as its module takes or makes it.
    pub(super) fn given(&self, field: &Field<'_>, given: Given, value: impl ToTokens) -> TokenStream {
        if !self.assumed || !field.is_part() {
            return value.to_token_stream();
        }
        let Container { ident, record_generics, .. } = self.container;
        let (_, arguments, _) = record_generics.split_for_impl();
        let (parts, name) = (self.parts_trait(), sameness(field));
        let how = Index::from(given as usize);
        spanned_as(&field.ty, quote!((<#ident #arguments as #parts>::#name().#how)(#value)))
    }
}

/// What generated code calls the sameness of a field's type.
fn sameness(field: &Field<'_>) -> Ident {
    format_ident!("__same{}", field.number)
}
