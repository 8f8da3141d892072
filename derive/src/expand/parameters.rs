//! The parameters of a type: which of them a field needs, and what can stand for them.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{ConstParam, GenericParam, Generics, Path, TypeParam, WherePredicate};

use crate::tokens::mentions;

/// The parameters that a proof about a type declares: all, if none of them can spoil it.
pub(super) fn of_proof(generics: &Generics, ty: TokenStream, krate: &Path) -> Generics {
    let sound = |parameter: &GenericParam| is_sound(parameter, generics, krate);
    if generics.params.iter().all(sound) { generics.clone() } else { needed(generics, ty) }
}

/// Whether it is known what can stand for a parameter, whatever stands for others.
pub(super) fn is_sound(parameter: &GenericParam, generics: &Generics, krate: &Path) -> bool {
    let alone = needed(generics, parameter.to_token_stream()).params.len() == 1;
    alone && example(parameter, generics, krate).is_some()
}

/// The parameters that a type is made of, and those whose bounds have to do with them.
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

pub(super) fn parameter_name(parameter: &GenericParam) -> &Ident {
    match parameter {
        GenericParam::Type(own) => &own.ident,
        GenericParam::Const(own) => &own.ident,
        GenericParam::Lifetime(own) => &own.lifetime.ident,
    }
}

/// The parameter without bounds and default.
pub(super) fn unbounded(parameter: &GenericParam) -> TokenStream {
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
pub(super) fn example(parameter: &GenericParam, generics: &Generics, krate: &Path) -> Option<TokenStream> {
    let parameter = match parameter {
        // Its type is inferred: in angle brackets rustc would have another advice on a type that it does not know.
        GenericParam::Const(_) => {
            return Some(quote!({ <_ as #krate::private::Example>::VALUE }));
        }
        GenericParam::Type(TypeParam { default: Some((_, default)), .. })
            if needed(generics, default.to_token_stream()).params.is_empty() =>
        {
            return Some(default.to_token_stream());
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
        return None;
    }
    Some(if asks(&["Module"]) {
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
    })
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
