//! What rustc advises about a name that it does not know.
//!
//! It shows one error once, and two that differ in an advice are not one. Where the user's type names what is unknown, rustc may advise to
//! declare a parameter of that name. So must it where an impl names it: after the same token, and for the same reason, which is that the name
//! stands in angle brackets, or is one letter.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{ConstParam, GenericParam, Generics, Type, TypeGenerics};

use super::Print;
use super::parameters::parameter_name;
use super::span::spanned_as;
use crate::model::Field;
use crate::tokens::placed;

impl Print<'_> {
    /// What an impl declares, the type's arguments, and the where-clause.
    pub(super) fn split<'g>(&self, generics: &'g Generics) -> (TokenStream, TypeGenerics<'g>, TokenStream) {
        let (_, arguments, where_clause) = generics.split_for_impl();
        let declared = if generics.params.is_empty() { self.no_parameters() } else { declared(generics) };
        (declared, arguments, self.with_assumption(where_clause))
    }

    /// `<>`, where the user's type would have parameters.
    pub(super) fn no_parameters(&self) -> TokenStream {
        let name = self.container.ident.span();
        let end = if proc_macro::is_available() { name.unwrap().end().into() } else { Span::call_site() };
        quote_spanned!(end=> <>)
    }

    /// The type of a field, as impls name it.
    pub(super) fn type_of(&self, field: &Field<'_>) -> TokenStream {
        self.if_read(field, self.in_impls(&field.ty))
    }

    /// The type, as impls name it: in angle brackets, if something in it looks like a parameter.
    pub(super) fn in_impls(&self, ty: &Type) -> TokenStream {
        if self.looks_undeclared(ty) { self.itself(ty) } else { ty.to_token_stream() }
    }

    /// The type, in angle brackets.
    pub(super) fn itself(&self, ty: &Type) -> TokenStream {
        let krate = self.krate;
        spanned_as(ty, quote!(#krate::private::Itself<#ty>))
    }

    /// Whether a name of one letter stands outside of angle brackets, and is no parameter.
    fn looks_undeclared(&self, ty: &Type) -> bool {
        match ty {
            Type::Array(array) => {
                self.has_undeclared_letter(array.len.to_token_stream()) || self.looks_undeclared(&array.elem)
            }
            Type::Tuple(tuple) => tuple.elems.iter().any(|ty| self.looks_undeclared(ty)),
            Type::Path(path) => {
                path.qself.is_none() && path.path.get_ident().is_some_and(|name| self.is_undeclared_letter(name))
            }
            _ => false,
        }
    }

    fn has_undeclared_letter(&self, tokens: TokenStream) -> bool {
        tokens.into_iter().any(|tree| match tree {
            TokenTree::Ident(name) => self.is_undeclared_letter(&name),
            TokenTree::Group(group) => self.has_undeclared_letter(group.stream()),
            _ => false,
        })
    }

    fn is_undeclared_letter(&self, name: &Ident) -> bool {
        let letter = name.to_string();
        let declared = || self.container.record_generics.params.iter().any(|own| parameter_name(own) == name);
        letter.len() == 1 && letter.starts_with(char::is_uppercase) && !declared()
    }
}

/// What an impl declares, where rustc would advise as for the user's type. The last parameter may be a constant with a default, after which the user's type would have another: an impl has no
/// defaults, so the type of the constant stands there.
pub(super) fn declared(generics: &Generics) -> TokenStream {
    let mut generics = generics.clone();
    if let Some(GenericParam::Const(ConstParam { ty, default: Some((_, default)), .. })) = generics.params.last_mut()
        && let Type::Path(path) = &*ty
        && path.path.get_ident().is_some_and(is_primitive)
        && default.to_token_stream().into_iter().count() == 1
    {
        *ty = Type::Verbatim(placed(path.to_token_stream(), default.span()));
    }
    let (declared, ..) = generics.split_for_impl();
    declared.to_token_stream()
}

/// Whether it is called as a type that a constant can have, so that rustc has nothing to say of it.
fn is_primitive(name: &Ident) -> bool {
    let known =
        ["bool", "char", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize"];
    known.iter().any(|known| name == known)
}
