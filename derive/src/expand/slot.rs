//! What a field is, and what a record holds for it.
//!
//! If a field is no module, its record is no type, and rustc would say so at every use: in what is printed, in every type that has the type
//! as a field, and in the user's code. So the type goes by a detour that has a constant in it, which can be computed only if it is a module.
//! Otherwise rustc has its error in the constant, takes the type for one that is in error already, and is silent wherever it is used.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{ConstParam, GenericParam, Generics, Path, TypeParam, WherePredicate};

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

/// The parameters that a type is made of, and those that their bounds speak of.
fn needed(generics: &Generics, ty: TokenStream) -> Generics {
    let predicates = || generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let (mut tokens, mut names) = (ty, Vec::new());
    let next = |tokens: &TokenStream, names: &[&Ident]| {
        let parameters = generics.params.iter().map(|parameter| (parameter, parameter_name(parameter)));
        parameters.clone().find(|(parameter, name)| {
            let speaks = names.iter().any(|other| mentions(parameter.to_token_stream(), *other));
            !names.contains(name) && (speaks || mentions(tokens.clone(), *name))
        })
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
fn unbounded(parameter: &GenericParam) -> TokenStream {
    let name = parameter_name(parameter);
    match parameter {
        GenericParam::Const(ConstParam { ty, .. }) => quote!(const #name: #ty),
        _ => quote!(#name: ?::core::marker::Sized),
    }
}

/// Bounds that a number has.
const OF_A_NUMBER: [&str; 10] =
    ["Clone", "Copy", "Debug", "Default", "Display", "PartialEq", "PartialOrd", "Send", "Sync", "Unpin"];
/// Bounds that a whole number has, too.
const OF_A_WHOLE_NUMBER: [&str; 3] = ["Eq", "Hash", "Ord"];
/// Bounds that a text has, too, if it need not be `Copy`.
const OF_A_TEXT: [&str; 4] = ["AsRef", "Borrow", "Into", "ToString"];
/// Bounds of Vellum's.
const OF_OURS: [&str; 7] = ["Backend", "Dimension", "Element", "Leaf", "Module", "Record", "TensorKind"];

/// What may have the bounds of a parameter: its default, or a guess by what the bounds are called. Of a trait that is not known nothing is
/// asked of any public type: the answer can be an error of its own.
fn example(parameter: &GenericParam, generics: &Generics, krate: &Path) -> TokenStream {
    let parameter = match parameter {
        GenericParam::Const(ConstParam { ty, .. }) => return quote!({ <#ty as #krate::private::Example>::VALUE }),
        GenericParam::Type(TypeParam { default: Some((_, default)), .. })
            if needed(generics, default.to_token_stream()).params.is_empty() =>
        {
            return default.to_token_stream();
        }
        parameter => parameter,
    };
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let mut said = said_of(predicates, parameter_name(parameter));
    said.extend(parameter.to_token_stream());
    let mut traits = Vec::new();
    names_of_types(said, &mut traits);
    traits.retain(|name| generics.params.iter().all(|own| parameter_name(own) != name && name != "Sized"));
    let known = |name: &Ident| {
        let lists: [&[&str]; 4] = [&OF_A_NUMBER, &OF_A_WHOLE_NUMBER, &OF_A_TEXT, &OF_OURS];
        lists.concat().iter().any(|known| name == known)
    };
    let asks = |words: &[&str]| traits.iter().any(|name| words.iter().any(|word| name == word));
    if !traits.iter().all(known) {
        quote!(#krate::private::Unknown)
    } else if asks(&["Module"]) {
        quote!(#krate::module::Param<::core::primitive::f32>)
    } else if asks(&["TensorKind"]) {
        quote!(#krate::backend::Float)
    } else if asks(&["Backend"]) {
        quote!(#krate::backend::NdArray)
    } else if asks(&["Dimension"]) {
        quote!(#krate::private::Ix1)
    } else if asks(&OF_A_TEXT) {
        quote!(#krate::private::String)
    } else if asks(&OF_A_WHOLE_NUMBER) {
        quote!(::core::primitive::u8)
    } else {
        quote!(::core::primitive::f32)
    }
}

/// The identifiers that are called as types are.
fn names_of_types(tokens: TokenStream, found: &mut Vec<Ident>) {
    for tree in tokens {
        match tree {
            TokenTree::Ident(name) if name.to_string().starts_with(char::is_uppercase) => found.push(name),
            TokenTree::Group(group) => names_of_types(group.stream(), found),
            _ => {}
        }
    }
}
