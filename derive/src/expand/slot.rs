//! What a field is, and what a record holds for it.
//!
//! If a field is no module, its record is no type, and rustc would say so at every use: in what is printed, in every type that has the type
//! as a field, and in the user's code. So the type goes by a detour that has a constant in it, which can be computed only if it is a module.
//! Otherwise rustc has its error in the constant, takes the type for one that is in error already, and is silent wherever it is used.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Generics, Type};

use super::Print;
use super::parameters::{example, of_proof, parameter_name, unbounded};
use super::span::{innermost_alone, qualified, spanned_as};
use super::unknown_name::declared;
use crate::bound::parts;
use crate::model::{Container, Derive, Field, Role};

impl Print<'_> {
    /// The type, and what stands above the field. There are two of what goes by a detour: the documentation shows it without.
    pub(super) fn slots(&self, field: &Field<'_>) -> Vec<(TokenStream, TokenStream)> {
        let (krate, ty) = (self.krate, &field.ty);
        let (plain, detour) = match (&field.role, self.container.derive) {
            (Role::Part { .. }, Derive::Module) => {
                let record = |of: &TokenStream| qualified(of, &quote!(#krate::module::Module), "Record");
                let detour = if self.assumed {
                    self.part_of(field)
                } else {
                    let proof = self.proof(&self.proof_generics(ty), &[self.asked_of(field)]);
                    self.proven(&self.type_of(field), &proof)
                };
                (record(&ty.to_token_stream()), record(&detour))
            }
            (Role::Constant { .. }, _) => {
                (quote!(#krate::record::Constant<#ty>), qualified(ty, &quote!(#krate::private::Same), "Constant"))
            }
            (Role::Part { .. }, Derive::Record) => return vec![(TokenStream::new(), ty.to_token_stream())],
            (Role::Skip(_) | Role::Unknown, _) => return vec![(TokenStream::new(), quote!(#krate::record::Skipped))],
        };
        vec![(quote!(#[cfg(doc)]), plain), (quote!(#[cfg(not(doc))]), detour)]
    }

    /// The types of all fields that are modules, by the detour: one for all that have the same parameters. A trait that nobody else sees may
    /// have private types.
    ///
    /// The trait, and that it holds.
    pub(super) fn parts(&self) -> (TokenStream, TokenStream) {
        let krate = self.krate;
        let Container { ident, record_generics, .. } = self.container;
        let (declared, arguments, where_clause) = record_generics.split_for_impl();
        let (parameters, _, _) = self.split(record_generics);
        let parts = self.parts_trait();
        let (mut asked, mut given) = (Vec::new(), Vec::new());
        let mut groups: Vec<(Generics, Vec<&Field<'_>>)> = Vec::new();
        for field in self.container.fields().filter(|field| field.is_part()) {
            let part = part(field);
            if self.assumed {
                let sameness = self.sameness(field);
                asked.push(quote!(type #part: #krate::module::Module; #sameness;));
                given.push(quote!(#sameness { #krate::private::same() }));
            } else {
                asked.push(quote!(type #part;));
            }
            if self.assumed && self.is_unproven(&field.ty) {
                let ty = self.type_of(field);
                given.push(quote!(type #part = #ty;));
                continue;
            }
            let needed = self.proof_generics(&field.ty);
            let names = |generics: &Generics| generics.params.iter().map(parameter_name).cloned().collect::<Vec<_>>();
            match groups.iter_mut().find(|(generics, _)| names(generics) == names(&needed)) {
                Some((_, fields)) => fields.push(field),
                None => groups.push((needed, vec![field])),
            }
        }
        for (i, (generics, fields)) in groups.iter().enumerate() {
            let held = format_ident!("Held{i}");
            let of_fields: Vec<TokenStream> = fields.iter().map(|field| self.asked_of(field)).collect();
            let proof = self.proof(generics, &of_fields);
            asked.push(quote!(type #held;));
            given.push(quote!(type #held = #proof;));
            for field in fields {
                let part = part(field);
                let ty = self.proven(&self.type_of(field), &quote!(<Self as #parts>::#held));
                given.push(quote!(type #part = #ty;));
            }
        }
        if asked.is_empty() {
            return (TokenStream::new(), TokenStream::new());
        }
        let name = self.parts_name();
        let head = if self.assumed { quote!(trait #name #declared #where_clause) } else { quote!(trait #name) };
        let holds = quote! {
            impl #parameters #parts for #ident #arguments #where_clause {
                #(#given)*
            }
        };
        (quote!(#head { #(#asked)* }), holds)
    }

    /// `<Field as Module>::name`.
    pub(super) fn module_of(&self, field: &Field<'_>, name: &str) -> TokenStream {
        let krate = self.krate;
        let (part, name) = (self.part_of(field), Ident::new(name, Span::call_site()));
        quote!(<#part as #krate::module::Module>::#name)
    }

    /// The type of a field, as the impls know it.
    pub(super) fn part_of(&self, field: &Field<'_>) -> TokenStream {
        let Container { ident, record_generics, .. } = self.container;
        let (_, arguments, _) = record_generics.split_for_impl();
        let (parts, part) = (self.parts_trait(), part(field));
        quote!(<#ident #arguments as #parts>::#part)
    }

    /// Something that asks of a field that it is a module. Of several in a tuple they are asked one after the other: if one is none, rustc says
    /// so of the first alone.
    pub(super) fn asked_of(&self, field: &Field<'_>) -> TokenStream {
        let (mut elements, mut held) = (Vec::new(), None);
        parts(&field.ty, false, &mut |part, argument| elements.push((part, argument)));
        let behind = |of: TokenStream, held: &Option<TokenStream>| match held {
            Some(held) => self.proven(&of, held),
            None => of,
        };
        for (element, argument) in elements.iter().filter(|_| elements.len() > 1) {
            let of = if *argument { self.itself(element) } else { self.in_impls(element) };
            let tree = self.tree_of(&behind(of, &held), element);
            held = Some(self.proof(&self.proof_generics(element), &[tree]));
        }
        self.tree_of(&behind(self.type_of(field), &held), &field.ty)
    }

    /// `<of as Module>::tree`, shown at `ty`.
    fn tree_of(&self, of: &TokenStream, ty: &Type) -> TokenStream {
        let krate = self.krate;
        let same = spanned_as(innermost_alone(ty), qualified(of, &quote!(#krate::private::Same), "Type"));
        qualified(&same, &quote!(#krate::module::Module), "tree")
    }

    /// The type, if the proof can be made.
    pub(super) fn proven(&self, ty: &TokenStream, proof: &TokenStream) -> TokenStream {
        let krate = self.krate;
        spanned_as(ty, quote!(<(#ty, #proof) as #krate::private::Proven>::Type))
    }

    pub(super) fn proof_generics(&self, ty: &Type) -> Generics {
        of_proof(&self.container.record_generics, ty.to_token_stream(), self.krate)
    }

    /// A type, if all that is asked in it holds: an array, whose length is not computed otherwise. Not an argument: of an unknown name in one
    /// rustc gives other advice than where the user wrote it, and so gives it twice.
    ///
    /// A constant in a type has no parameters. What has some is checked for all of them in an impl of its own, and computed for one of each
    /// that is likely to have the bounds. Where it has not, the constant is the trait's, and says nothing.
    pub(super) fn proof(&self, generics: &Generics, asked: &[TokenStream]) -> TokenStream {
        let krate = self.krate;
        let held = quote!({
            #(let _ = #asked;)*
            0
        });
        if generics.params.is_empty() {
            return quote!([(); #held]);
        }
        let (_, arguments, where_clause) = generics.split_for_impl();
        let parameters = declared(generics);
        let unbounded = generics.params.iter().map(unbounded);
        let types = generics.type_params().map(|own| &own.ident);
        let unknown = quote!(#krate::private::Unknown);
        let examples =
            generics.params.iter().map(|own| example(own, generics, krate).unwrap_or_else(|| unknown.clone()));
        quote!([(); {
            use #krate::private::Unproven as _;
            struct __Proof<#(#unbounded),*>(#(::core::marker::PhantomData<*const #types>),*);
            impl #parameters __Proof #arguments #where_clause {
                const __HELD: ::core::primitive::usize = #held;
            }
            <__Proof<#(#examples),*>>::__HELD
        }])
    }
}

/// What generated code calls the type of a field.
pub(super) fn part(field: &Field<'_>) -> Ident {
    format_ident!("Field{}", field.number)
}
