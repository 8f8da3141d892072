//! What a field is, and what a record holds for it.
//!
//! If a field is no module, its record is no type, and rustc would say so at every use: in what is printed, in every type that has the type
//! as a field, and in the user's code. So the type goes by a detour that has a constant in it, which can be computed only if it is a module.
//! Otherwise rustc has its error in the constant, takes the type for one that is in error already, and is silent wherever it is used.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{GenericParam, Generics, Path, TypeParam, WherePredicate};

use super::Print;
use super::span::{innermost_qualified, qualified};
use crate::model::{Container, Derive, Field, Role, mentions};

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
        let (declared, types) = (generics.params.iter().map(undecorated), generics.type_params().map(|own| &own.ident));
        let declared = quote!(<#(#declared),*>);
        let examples = generics.params.iter().map(|parameter| example(parameter, generics, krate));
        quote!({
            use #krate::private::Unproven as _;
            struct __Proof #declared(#(::core::marker::PhantomData<fn() -> #types>),*);
            impl #parameters __Proof #arguments #where_clause {
                const HELD: ::core::primitive::bool = #held;
            }
            <__Proof<#(#examples),*>>::HELD
        })
    }
}

/// What generated code calls the type of a field.
fn part(field: &Field<'_>) -> Ident {
    format_ident!("Field{}", field.number)
}

/// The parameters that a type is made of, and those that their bounds speak of.
fn needed(generics: &Generics, ty: TokenStream) -> Generics {
    let predicates = || generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let (mut tokens, mut names) = (ty, Vec::new());
    let next = |tokens: &TokenStream, names: &[&Ident]| {
        let parameters = generics.params.iter().map(|parameter| (parameter, parameter_name(parameter)));
        parameters.clone().find(|(_, name)| !names.contains(name) && mentions(tokens.clone(), *name))
    };
    while let Some((parameter, name)) = next(&tokens, &names) {
        names.push(name);
        tokens.extend(parameter.to_token_stream());
        tokens.extend(said_of(predicates(), name));
    }
    let mut needed = Generics::default();
    needed
        .params
        .extend(generics.params.iter().filter(|parameter| names.contains(&parameter_name(parameter))).cloned());
    let about = |own: &WherePredicate| names.iter().any(|name| mentions(own.to_token_stream(), *name));
    let mut about = predicates().filter(|own| about(own)).cloned().peekable();
    if about.peek().is_some() {
        needed.make_where_clause().predicates.extend(about);
    }
    needed
}

fn said_of<'p>(predicates: impl Iterator<Item = &'p WherePredicate>, name: &Ident) -> TokenStream {
    predicates.map(ToTokens::to_token_stream).filter(|own| mentions(own.clone(), name)).collect()
}

fn parameter_name(parameter: &GenericParam) -> &Ident {
    match parameter {
        GenericParam::Type(own) => &own.ident,
        GenericParam::Const(own) => &own.ident,
        GenericParam::Lifetime(own) => &own.lifetime.ident,
    }
}

/// The parameter without bounds and default.
fn undecorated(parameter: &GenericParam) -> TokenStream {
    match parameter {
        GenericParam::Const(own) => {
            let (name, ty) = (&own.ident, &own.ty);
            quote!(const #name: #ty)
        }
        parameter => parameter_name(parameter).to_token_stream(),
    }
}

/// What may have the bounds of a parameter: its default, or a guess by what the bounds are called.
fn example(parameter: &GenericParam, generics: &Generics, krate: &Path) -> TokenStream {
    match parameter {
        GenericParam::Const(own) if mentions(own.ty.to_token_stream(), "bool") => quote!(false),
        GenericParam::Const(own) if mentions(own.ty.to_token_stream(), "char") => quote!(' '),
        GenericParam::Const(_) => quote!(0),
        GenericParam::Type(TypeParam { default: Some((_, default)), .. })
            if needed(generics, default.to_token_stream()).params.is_empty() =>
        {
            default.to_token_stream()
        }
        parameter => {
            let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
            let mut said = said_of(predicates, parameter_name(parameter));
            said.extend(parameter.to_token_stream());
            let asks = |words: &[&str]| words.iter().any(|word| mentions(said.clone(), *word));
            if asks(&["Module"]) {
                quote!(#krate::module::Param<::core::primitive::f32>)
            } else if asks(&["TensorKind"]) {
                quote!(#krate::backend::Float)
            } else if asks(&["Backend"]) {
                quote!(#krate::backend::NdArray)
            } else if asks(&["Dimension"]) {
                quote!(#krate::private::Ix1)
            } else if asks(&["AsRef", "Borrow", "Deref", "Into", "ToString"]) {
                quote!(#krate::private::String)
            } else if asks(&["Eq", "Hash", "Ord"]) {
                quote!(::core::primitive::u8)
            } else {
                quote!(::core::primitive::f32)
            }
        }
    }
}
